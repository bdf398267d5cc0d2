"""Put figures that `interactive.js` moves into the page itself, where a script can reach them.

A cell asks for it with `classes: interactive` under `mystnb: image`. What an artist was named by
`set_gid` becomes `data-part`; a name may go on with words for the script, which become
`data-words`. All other identifiers get the name of the figure in front, because matplotlib gives
the same ones to every figure and a page must not hold one twice.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from authoring.sphinx import priorities
from dl_workshop.plotting import DARK_PARTNER


def inline(svg: str, name: str, alt: str) -> str:
    """Turn a drawing of matplotlib's into an element for an HTML page.

    Args:
        svg: the whole file.
        name: the name of the figure, unlike that of any other on the page.
        alt: what the figure shows.
    """
    svg = svg[svg.index("<svg") :]
    # What describes the file has no use in a page, and the style would hold for the whole page.
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:"|url\()#([^")]+)', svg))

    def rename(match: re.Match[str]) -> str:
        if match[1] in used:
            return f'id="{name}-{match[1]}"'
        part, _, words = match[1].partition(" ")
        return f'data-part="{part}"' + (f' data-words="{words}"' if words else "")

    svg = re.sub(r'\bid="([^"]*)"', rename, svg)
    svg = re.sub(r'("|url\()#(?=[^")]+[")])', rf"\1#{name}-", svg)
    # Only a dark page defines these variables (see `dark_variables`).
    for light in DARK_PARTNER:
        svg = svg.replace(light, f"var(--dark-{light[1:]}, {light})")
    head = f'<svg class="interactive" role="img" aria-label="{html.escape(alt)}"'
    return svg.replace("<svg", head, 1)


def dark_variables() -> str:
    """Return the style sheet that gives each colour its partner on a dark page."""
    pairs = "".join(f"--dark-{light[1:]}:{dark};" for light, dark in DARK_PARTNER.items())
    return f'<style>html[data-theme="dark"] svg.interactive {{{pairs}}}</style>'


class InlineFigures(SphinxTransform):
    """Replace the image by the drawing, in figures that ask for it."""

    default_priority = priorities.INLINE_FIGURES

    def apply(self) -> None:
        style = dark_variables()
        for image in list(self.document.findall(nodes.image)):
            if "interactive" not in image["classes"]:
                continue
            source = Path(self.app.srcdir) / self.env.relfn2path(image["uri"])[0]
            figure = image.parent
            while not isinstance(figure, nodes.figure):
                figure = figure.parent
            name = figure["names"][0]
            drawing = inline(source.read_text(encoding="utf-8"), name, image["alt"])
            # Not replace_self: the classes of the image would go over to a wrapper.
            image.parent.replace(image, nodes.raw(text=style + drawing, format="html"))
            style = ""  # once a page


def setup(app: Sphinx) -> dict[str, object]:
    app.add_transform(InlineFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
