"""Mend the markup that others write, for those who hear the page or speak to it."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from authoring.sphinx import priorities

MENDED = {
    # MyST-NB calls all folded code alike, whatever the words on the fold say.
    ' aria-label="Toggle hidden content"': "",
    # docutils puts entries into a list; as entries of a bibliography they would be none of a list.
    'role="doc-biblioentry"': 'role="listitem"',
}


def mend(
    app: Sphinx, page: str, template: str, context: dict[str, object], tree: nodes.document | None
) -> None:
    """Mend the text of the page, and the table of contents beside it."""
    if tree is not None:
        for theirs, ours in MENDED.items():
            context["body"] = context["body"].replace(theirs, ours)
    contents = context["generate_toctree_html"]

    def named(*arguments: object, **options: object) -> str:
        # The theme has nothing but an arrow on these folds.
        folds = '<summary aria-label="Pages of this chapter">'
        return str(contents(*arguments, **options)).replace("<summary>", folds)

    context["generate_toctree_html"] = named


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", mend, priority=priorities.MEND_MARKUP)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
