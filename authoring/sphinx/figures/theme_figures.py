"""Show each figure in the colours of the page: light ink on a dark page, dark ink on a light one.

The house style (`dl_workshop.plotting`) draws on a transparent ground with a few named colours.
Here every SVG output gets a twin in which each of those colours is replaced by its partner, and
`course.css` shows one of the two.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from authoring.sphinx import priorities
from dl_workshop.plotting import DARK_PARTNER


def darken(svg: str) -> str:
    """Replace every colour of the house style by the one it has on a dark page."""
    colours = re.compile("|".join(DARK_PARTNER), re.IGNORECASE)
    return colours.sub(lambda match: DARK_PARTNER[match[0].lower()], svg)


class PairFigures(SphinxTransform):
    """Put the dark twin beside every SVG that a cell has drawn."""

    default_priority = priorities.PAIR_FIGURES

    def apply(self) -> None:
        executed = Path(self.app.outdir).parent / "jupyter_execute"
        for light in list(self.document.findall(nodes.image)):
            source = Path(self.app.srcdir) / self.env.relfn2path(light["uri"])[0]
            if source.suffix != ".svg" or executed not in source.resolve().parents:
                continue
            drawn = source.read_text(encoding="utf-8")
            source.with_suffix(".dark.svg").write_text(darken(drawn), encoding="utf-8")
            dark = light.deepcopy()
            dark["uri"] = str(Path(light["uri"]).with_suffix(".dark.svg"))
            # Not the theme's own only-light and only-dark: those hide the caption that follows.
            light["classes"].append("on-light-page")
            # dark-light tells the theme not to dim the image.
            dark["classes"] += ["on-dark-page", "dark-light"]
            light.parent.insert(light.parent.index(light) + 1, dark)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(PairFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
