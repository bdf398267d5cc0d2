"""The notices of everything by others that the site carries.

`COMPONENTS` says which files under `_static` belong to whom; a test compares it with the built
site, so nothing can slip in unmentioned. The directive `third-party-notices` prints each licence in
full, from the installed package, or from `book/licenses/` where the package does not hold it.
"""

from __future__ import annotations

import html
from importlib.metadata import PackagePath, distribution
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Component(NamedTuple):
    """A work by others in the built site.

    Attributes:
        name: what its authors call it.
        licence: the short name of its licence.
        package: the installed package that brings it.
        text: where the licence stands: the end of a path in that package, or a file in
            `book/licenses/`.
        files: its files under `_static`, as glob patterns.
    """

    name: str
    licence: str
    package: str
    text: str
    files: tuple[str, ...]


COMPONENTS = (
    Component("Sphinx", "BSD-2-Clause", "sphinx", "LICENSE.rst", (
        "basic.css", "doctools.js", "documentation_options.js", "file.png", "language_data.js",
        "searchtools.js", "sphinx_highlight.js")),
    Component("Snowball stemmer", "BSD-3-Clause", "snowballstemmer", "COPYING",
              ("language_data.js",)),
    Component("Pygments", "BSD-2-Clause", "pygments", "LICENSE", ("pygments.css",)),
    Component("MyST-NB", "BSD-3-Clause", "myst-nb", "LICENSE", ("mystnb.*.css",)),
    Component("Sphinx Book Theme", "BSD-3-Clause", "sphinx-book-theme", "LICENSE", (
        "scripts/sphinx-book-theme.*", "styles/sphinx-book-theme.*")),
    Component("PyData Sphinx Theme", "BSD-3-Clause", "pydata-sphinx-theme", "LICENSE", (
        "scripts/pydata-sphinx-theme.*", "styles/pydata-sphinx-theme.*", "styles/theme.css")),
    Component("Bootstrap", "MIT", "pydata-sphinx-theme", "bootstrap.txt",
              ("scripts/bootstrap.*", "styles/bootstrap.*")),
    Component("Font Awesome Free", "CC-BY-4.0, OFL-1.1 and MIT", "pydata-sphinx-theme",
              "fontawesome/6.5.2/LICENSE.txt", ("vendor/fontawesome/**/*",)),
    Component("sphinx-copybutton", "MIT", "sphinx-copybutton", "LICENSE", ("copybutton*",)),
    Component("clipboard.js", "MIT", "sphinx-copybutton", "clipboard.txt", ("clipboard.min.js",)),
    Component("sphinx-exercise", "MIT", "sphinx-exercise", "LICENSE", ("exercise.css",)),
    Component("sphinx-togglebutton", "MIT", "sphinx-togglebutton", "LICENSE", ("togglebutton.*",)),
    Component("MathJax", "Apache-2.0", "sphinx-mathjax-offline", "mathjax.txt", ("mathjax/*",)),
    Component("DejaVu fonts, whose letters the figures hold as outlines",
              "Bitstream Vera and public domain", "matplotlib", "LICENSE_DEJAVU", ()),
)  # fmt: skip


def installed_file(package: str, ending: str) -> Path:
    """Return the file of an installed package whose path ends so.

    Raises:
        FileNotFoundError: the package has no such file.
    """
    found: list[PackagePath] = [f for f in distribution(package).files or [] if f.match(ending)]
    if not found:
        raise FileNotFoundError(f"The package {package} has no file that ends with {ending}.")
    return Path(str(found[0].locate()))


class ThirdPartyNotices(SphinxDirective):
    """Print a heading and the licence, folded, for each component."""

    def run(self) -> list[nodes.Node]:
        kept = Path(self.env.srcdir) / "book" / "licenses"
        output: list[nodes.Node] = []
        for component in COMPONENTS:
            text = kept / component.text
            if not text.exists():
                text = installed_file(component.package, component.text)
            version = distribution(component.package).version
            name, licence, package = map(html.escape, (component[:3]))
            output.append(nodes.raw(format="html", text=(
                f"<details class='notice'><summary><strong>{name}</strong>, {licence}"
                f" (from {package} {version})</summary>"
                f"<pre>{html.escape(text.read_text(encoding='utf-8'))}</pre></details>"
            )))  # fmt: skip
        return output


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("third-party-notices", ThirdPartyNotices)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
