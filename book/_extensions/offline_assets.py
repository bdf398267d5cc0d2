"""Ship the one MathJax file that the pages load."""

from __future__ import annotations

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from third_party import installed_file


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Copy MathJax from the package that carries it into the finished site."""
    if exception is not None or app.builder.format != "html":
        return
    wanted = app.config.mathjax_path
    target = Path(app.outdir) / "_static" / wanted
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(installed_file("sphinx-mathjax-offline", f"static/{wanted}"), target)


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
