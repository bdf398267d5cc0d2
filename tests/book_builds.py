"""Build a book as a person would by hand, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

from click.testing import CliRunner

ROOT = Path(__file__).parent.parent
ARGUMENTS = ["build", "-W", "-n", "."]


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the book in a folder as a person would by hand, and return what was printed."""
    return subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), *ARGUMENTS],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )


def build_here(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do what `build` does, in this process and with this repository's extensions.

    That takes a fraction of the time, since all that a build imports has been imported already.
    """
    with (
        mock.patch.dict(os.environ, {"NO_COLOR": "1"} | environment),
        mock.patch.object(sys, "path", sys.path.copy()),
        contextlib.chdir(folder),
        warnings.catch_warnings(action="ignore"),
    ):
        from jupyter_book.cli.main import main

        result = CliRunner().invoke(main, ARGUMENTS)
        gc.collect()  # or pytest would hear later of the event loops that Jupyter leaves open
    # Sphinx would go on writing to what CliRunner has closed.
    logging.getLogger("sphinx").handlers.clear()
    return subprocess.CompletedProcess(ARGUMENTS, result.exit_code, result.output)


def executed(printed: str) -> list[str]:
    """Return the names of the chapters that a build executed, in order of the alphabet."""
    return sorted(re.findall(r"book/(\w+)\.md: Executing notebook", printed))


FRONT_MATTER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---
"""


class SmallBook:
    """A book of two chapters with the settings and extensions of the course."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("_config.yml", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
        (folder / "book").mkdir()
        shutil.copy(ROOT / "book/references.bib", folder / "book")
        ignore = shutil.ignore_patterns("__pycache__")
        for name in (
            "authoring",
            "book/_static",
            "book/_templates",
            "book/licenses",
            "dl_workshop",
        ):
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        (folder / "_toc.yml").write_text(
            "format: jb-book\nroot: book/first\nchapters: [{file: book/second}]\n"
        )
        self.first()
        self.second()

    def first(
        self,
        prose: str = "(here)=\n## A label",
        code: str | None = "import dl_workshop\nprint('one')",
    ) -> None:
        """Write the first chapter, by default with a label."""
        self.write("first", "First", prose, code)

    def second(
        self,
        prose: str = "{ref}`here`",
        code: str | None = "import dl_workshop\nprint('two')",
    ) -> None:
        """Write the second chapter, which by default refers to that label."""
        self.write("second", "Second", prose, code)

    def write(self, name: str, title: str, prose: str, code: str | None) -> None:
        """Write a chapter with one cell, or a page without any if there is no code."""
        text = f"# {title}\n\n{prose}\n"
        if code is not None:
            text = f"{FRONT_MATTER}{text}\n```{{code-cell}} ipython3\n{code}\n```\n"
        (self.folder / "book" / f"{name}.md").write_text(text)

    def build(self, **environment: str) -> tuple[bool, list[str], str]:
        """Return whether the build succeeded, the chapters it executed, and what it printed."""
        return self._build(build, environment)

    def build_here(self, **environment: str) -> tuple[bool, list[str], str]:
        """Do what `build` does, in this process."""
        return self._build(build_here, environment)

    def _build(self, build, environment: dict[str, str]) -> tuple[bool, list[str], str]:
        # Kernels import the helper package of this folder, not the installed one.
        result = build(self.folder, PYTHONPATH=str(self.folder), **environment)
        return result.returncode == 0, executed(result.stdout), result.stdout

    def page(self, name: str) -> str:
        """Return a page of the built book as HTML."""
        return (self.folder / "_build" / "html" / "book" / f"{name}.html").read_text()
