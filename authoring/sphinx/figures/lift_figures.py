"""Show the figure of a cell elsewhere on its page: the directive `lift-figure`.

A cell cannot stand inside other markup, such as the columns of the landing page. Its figure can.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from authoring.sphinx import priorities


class place_of_figure(nodes.Element):  # noqa: N801
    """Where the figure of this name belongs."""


class LiftFigure(SphinxDirective):
    """Mark the place; the argument is the `name` of the figure."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [place_of_figure(name=self.arguments[0])]


class MoveFigures(SphinxTransform):
    """Move the figure to its place."""

    default_priority = priorities.LIFT_FIGURES

    def apply(self) -> None:
        for place in list(self.document.findall(place_of_figure)):
            [figure] = [each for each in self.document.findall(nodes.figure)
                        if place["name"] in each["names"]]  # fmt: skip
            output = figure.parent
            output.remove(figure)
            if not output.children:
                output.parent.remove(output)
            place.replace_self(figure)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_node(place_of_figure)
    app.add_directive("lift-figure", LiftFigure)
    app.add_transform(MoveFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
