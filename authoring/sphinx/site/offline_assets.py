"""Ship what the pages load from `_static`, and nothing else.

MathJax is copied from the package that carries it, for pages that need no network. Theme and
extensions bring more than any page loads: maps for debuggers, translations, logos, fonts for
browsers of long ago. Those are removed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from sphinx.application import Sphinx

from authoring.sphinx.site.third_party import installed_file

IN_PAGE = re.compile(r'(?:src|href)="([^"#?:]+)')
IN_STYLE_SHEET = re.compile(r"""(?:url\(|@import )["']?([^"'#?:)]+)""")

# What a style sheet or a script names, and no browser of today loads.
OLD_FONT = re.compile(r',\s*url\([^)]*\.ttf\) format\("truetype"\)')
DEBUGGER_MAP = re.compile(r"^/[/*]# sourceMappingURL=.*", re.MULTILINE)


def files_named_in(path: Path) -> Iterator[Path]:
    """Yield the files that a page or a style sheet loads or links to."""
    pattern = IN_STYLE_SHEET if path.suffix == ".css" else IN_PAGE
    for name in pattern.findall(path.read_text(encoding="utf-8")):
        yield (path.parent / unquote(name)).resolve()


def used_files(site: Path) -> set[Path]:
    """Return all that the pages of a site load or link to, themselves or through style sheets."""
    static = site / "_static"
    used: set[Path] = set()
    unread = {page for page in site.rglob("*.html") if static not in page.parents}
    while unread:
        named = {file for path in unread for file in files_named_in(path)} - used
        used |= named
        unread = {file for file in named if file.suffix == ".css" and file.is_file()}
    return used


def copy_mathjax(app: Sphinx, static: Path) -> None:
    """Copy the one file of MathJax that pages load."""
    wanted = app.config.mathjax_path
    target = static / wanted
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(installed_file("sphinx-mathjax-offline", f"static/{wanted}"), target)


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Complete the finished site, and remove what no page needs."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir).resolve()
    static = site / "_static"
    copy_mathjax(app, static)
    for path in [*static.rglob("*.css"), *static.rglob("*.js")]:
        text = path.read_text(encoding="utf-8")
        shorter = DEBUGGER_MAP.sub("", OLD_FONT.sub("", text))
        if shorter != text:
            path.write_text(shorter, encoding="utf-8")
    used = used_files(site)
    for path in sorted(static.rglob("*"), reverse=True):  # a folder comes after what it holds
        if path.is_file() and path not in used and not path.name.endswith("LICENSE.txt"):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
