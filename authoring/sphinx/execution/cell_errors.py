"""Fail the build when a cell shows a traceback.

A cell that raises fails on its own. But an error while IPython draws a figure at the end of a cell
is only printed there, and the kernel reports that all went well.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from authoring.sphinx import priorities

logger = logging.getLogger(__name__)


class RefuseTracebacks(SphinxTransform):
    """Warn of each traceback; the build takes warnings for errors."""

    default_priority = priorities.REFUSE_TRACEBACKS

    def apply(self) -> None:
        for block in self.document.findall(nodes.literal_block):
            if block.get("language") == "ipythontb":
                logger.warning("A cell shows a traceback:\n%s", block.astext(), location=block)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(RefuseTracebacks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
