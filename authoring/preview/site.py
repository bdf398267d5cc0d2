"""A Sphinx application that stays warm, and writes only the pages that have changed.

It differs from the build of `make book` in four ways: other pages than the changed one are not read
again; the folders of pictures and styles are not emptied; a fault does not end it, but leaves the
last good state of the page; and what the site carries is not trimmed.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter

from jupyter_book.config import get_final_config
from jupyter_book.sphinx import REDIRECT_TEXT
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util.build_phase import BuildPhase
from sphinx.util.logging import (
    OnceFilter,
    WarningLogRecordTranslator,
    WarningStreamHandler,
    WarningSuppressor,
    getLogger,
)

from authoring.source import SourceError, check
from authoring.sphinx.execution.execution_cache import renew_all_on_change
from authoring.sphinx.markup.exercise_pages import write_pages
from authoring.sphinx.site.offline_assets import copy_mathjax, tidy

logger = getLogger(__name__)

# What makes the build thorough, and would make the preview slow.
LEFT_OUT = (renew_all_on_change, tidy)

# Colours, and what Sphinx calls a kind of warning.
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
KIND = re.compile(r"\s*(\[[\w.]+\])?\s*$")
FAILED_CELL = re.compile(r"following cell:\n-+\n(.*?)\n-+\n", re.DOTALL)
LINE_IN_CELL = re.compile(r"(?:Cell In\[\d+\], line |File <ipython-input[^>]*>:)(\d+)")


class PreviewBuilder(StandaloneHTMLBuilder):
    """Writes pages without faults, and leaves the others as they are.

    Attributes:
        faulty: the pages that could not be read without a complaint.
        written: the pages that the last build has written.
        static_changed: whether `_static` is to be copied again.
    """

    def init(self) -> None:
        super().init()
        self.faulty: set[str] = set()
        self.written: list[str] = []
        self.static_changed = True

    def _read_serial(self, docnames: list[str]) -> None:
        for name in docnames:
            self.faulty.discard(name)
            try:
                super()._read_serial([name])
            except Exception as error:
                self.env.temp_data.clear()
                self.env.ref_context.clear()
                logger.warning("%s: %s", type(error).__name__, error, location=name)

    def write(
        self, build_docnames: Iterable[str], updated_docnames: Sequence[str], method: str = "update"
    ) -> None:
        self.events.emit("write-started", self)
        self.written = sorted({*build_docnames, *updated_docnames} - self.faulty)
        self.prepare_writing(set(self.written))
        self.copy_assets()
        self._write_serial(self.written)

    def copy_static_files(self) -> None:
        if self.static_changed:
            super().copy_static_files()
            copy_mathjax(self.app, Path(self.outdir) / "_static")
            self.static_changed = False


class Executions(logging.Handler):
    """Say which chapters are executed, and remember that."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if found := re.search(r"(\w+)\.md: Executing notebook", record.getMessage()):
            self.names.append(found[1])
            print(f"executing book/{found[1]}.md", flush=True)


class Faults(WarningStreamHandler):
    """Print faults with file, line and cause, and hold back the pages that cannot be read."""

    def __init__(self, app: Sphinx, builder: PreviewBuilder) -> None:
        super().__init__(sys.stdout)
        self.setLevel(logging.WARNING)
        self.app, self.builder = app, builder
        self.failed: set[str] = set()
        for each in (WarningSuppressor(app), WarningLogRecordTranslator(app), OnceFilter()):
            self.addFilter(each)

    def emit(self, record: logging.LogRecord) -> None:
        path, _, line = (getattr(record, "location", None) or "").partition(":")
        if path in self.failed:
            return  # what else is said of it follows from the cell that failed
        # The record's own class would put the whole path before it.
        cause = KIND.sub("", ESCAPE.sub("", logging.LogRecord.getMessage(record)))
        if self.app.phase is BuildPhase.READING and path:
            self.builder.faulty.add(self.app.project.path2doc(path) or path)
        if cell := FAILED_CELL.search(cause):
            self.failed.add(path)
            line = line_of_failure(Path(path).read_text(encoding="utf-8"), cell[1], cause)
            cause = cause.rpartition("\n")[2]
        if path:
            path = os.path.relpath(path, self.app.srcdir)
        print(": ".join(filter(None, [f"{path}:{line}" if line else path, cause])), flush=True)


def line_of_failure(text: str, code: str, traceback: str) -> str:
    """Return the line of a source at which a cell failed, or nothing if it is not found."""
    start = text.find(code)
    if start == -1:
        return ""
    within = LINE_IN_CELL.search(traceback)
    return str(text.count("\n", 0, start) + (int(within[1]) if within else 1))


class WarmSite:
    """The preview of a course, which can be brought up to date again and again."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Read the settings of the book.

        Args:
            root: the folder of the course.
            folder: where the preview goes; the pages into `html` in it.
        """
        self.root, self.pages = root, folder / "html"
        settings, _ = get_final_config(
            user_yaml=root / "_config.yml",
            sourcedir=root,
            cli_config={
                "external_toc_path": "_toc.yml",
                "latex_individualpages": False,
                "nb_execution_raise_on_error": False,
                "nitpicky": True,
            },
        )
        settings["extensions"] = [*settings["extensions"], __name__]
        self.app = Sphinx(
            srcdir=root,
            confdir=None,
            outdir=self.pages,
            doctreedir=folder / ".doctrees",
            buildername="html",
            confoverrides=settings,
            status=None,
            warning=None,
        )
        self.builder = self.app.builder
        self.executions = Executions()
        self.faults = Faults(self.app, self.builder)
        sphinx_log = logging.getLogger("sphinx")
        for theirs in sphinx_log.handlers[:]:
            if isinstance(theirs, WarningStreamHandler):
                sphinx_log.removeHandler(theirs)
        sphinx_log.addHandler(self.executions)
        sphinx_log.addHandler(self.faults)
        logging.getLogger("traitlets").setLevel(logging.WARNING)  # it says again what is executed
        first = f"{self.app.config.root_doc}.html"
        (self.pages / "index.html").write_text(REDIRECT_TEXT.format(first_page=first))

    def update(self, changed: Iterable[Path] = ()) -> list[str]:
        """Write the pages that have changed, and say what was done.

        Args:
            changed: the files that were saved since the last time.

        Returns:
            The pages that look different now.
        """
        begun = perf_counter()
        builder = self.builder
        self.executions.names.clear()
        self.faults.failed.clear()
        builder.written = []
        restyled = any(self.root / "book" / "_static" in path.parents for path in changed)
        builder.static_changed |= restyled
        if any(self.root / "solutions" in path.parents for path in changed):
            attempt(write_pages, self.app, self.app.config)
        attempt(self.app.build)
        if builder.static_changed:  # and no page, or this would have been done with it
            builder.prepare_writing(set())
            attempt(builder.copy_static_files)
        for name in sorted(builder.faulty):
            print(f"{name}.html stays as it was until this is fixed")
        executed = ", ".join(self.executions.names) or "nothing"
        seconds = perf_counter() - begun
        print(
            f"wrote {len(builder.written)} pages in {seconds:.1f} s; executed {executed}",
            flush=True,
        )
        return sorted(self.app.env.all_docs) if restyled else builder.written

    def check(self) -> None:
        """Say what is wrong with the sources, as the build of `make book` does when it begins."""
        try:
            check(self.root)
        except SourceError as error:
            print(error, flush=True)


def attempt(step: Callable[..., None], *arguments: object) -> None:
    """Run a step, and print why it could not be done; the preview goes on."""
    try:
        step(*arguments)
    except SphinxError as error:
        print(error, flush=True)
    except Exception:
        traceback.print_exc(file=sys.stdout)


def note_titles(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    app.builder.titles = titles_of(env)


def titles_of(env: BuildEnvironment) -> dict[str, str]:
    return {name: title.astext() for name, title in env.titles.items()}


def write_all_on_new_title(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have all pages written when a title has changed, which the sidebar of each one shows."""
    return [] if titles_of(env) == app.builder.titles else sorted(env.all_docs)


def remove_pages(
    app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Remove the pages whose sources are gone."""
    for name in removed:
        Path(app.builder.get_outfilename(name)).unlink(missing_ok=True)
    return []


def setup(app: Sphinx) -> dict[str, object]:
    for listeners in app.events.listeners.values():
        listeners[:] = [each for each in listeners if each.handler not in LEFT_OUT]
    app.add_builder(PreviewBuilder, override=True)
    app.connect("env-get-outdated", remove_pages)
    app.connect("env-before-read-docs", note_titles)
    app.connect("env-updated", write_all_on_new_title)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
