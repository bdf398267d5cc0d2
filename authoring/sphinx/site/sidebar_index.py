"""List the index in the sidebar, as the last entry of the table of contents.

`_toc.yml` can name only pages that have a source, and Sphinx writes the index itself.
"""

from __future__ import annotations

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from authoring.sphinx import priorities


class ListIndex(SphinxTransform):
    """Add the index to the last part of the table of contents."""

    default_priority = priorities.LIST_INDEX

    def apply(self) -> None:
        if self.env.docname == self.config.root_doc:
            *_, last = self.document.findall(addnodes.toctree)
            last["entries"].append(("Index", "genindex"))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(ListIndex)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
