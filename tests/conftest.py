"""The built book, its executed chapters, and the rule that nothing is skipped in CI."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from book_builds import build
from bs4 import BeautifulSoup
from jupyter_cache import get_cache
from matplotlib.figure import Figure
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from small_course import SmallCourse

from authoring.source import is_of_exercises, read_chapters, read_contents
from authoring.sphinx.execution.execution_cache import cache_folder, keep_compiled_programs
from sealed_grader import cli

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
PARTS = read_contents(ROOT)
PAGES = [*itertools.chain(*PARTS.values())]
EXERCISES = [page for page in PAGES if is_of_exercises(page)]
CHAPTERS = [f"book/{name}" for name in read_chapters(ROOT)]

keep_compiled_programs(ROOT)


def _fail_instead_of_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI nothing may be skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_instead_of_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_instead_of_skip(report)
    return report


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.slow)


def need_program(name: str) -> str:
    """Return where a program is, or skip the test and say how to get it."""
    path = shutil.which(name)
    if path is None:
        package = {"bwrap": "bubblewrap"}.get(name, name)
        pytest.skip(f"{name} is missing; install it with: apt-get install {package}")
    return path


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built book, built now if need be."""
    result = build(ROOT)
    assert result.returncode == 0, result.stdout
    return ROOT / "_build" / "html"


@pytest.fixture(scope="module")
def soup(site):
    """A function that returns a page, parsed once for a module: whoever changes it takes a copy."""
    return functools.cache(
        lambda name: BeautifulSoup((site / f"{name}.html").read_text(), "html.parser")
    )


class Chapter:
    """A chapter with the outputs that the book shows.

    Cells are named by their last line of code.
    """

    def __init__(self, source: Path) -> None:
        text = source.read_text(encoding="utf-8")
        reader = create_nb_reader(str(source), MdParserConfig(), NbParserConfig(), text)
        cache = get_cache(cache_folder(ROOT))
        _, notebook = cache.merge_match_into_notebook(reader.read(text))
        cache.db.dispose()
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell in self.cells:
            cell.metadata.setdefault("tags", [])

    def sources(self, *, folded: bool = True) -> list[str]:
        """Return the code of each cell, by default also where it is folded away."""
        folds = {"hide-input", "hide-cell", "remove-cell"}
        return [c.source for c in self.cells if folded or not folds & set(c.metadata.tags)]

    def run(self, *, folded: bool = True) -> tuple[dict[str, object], list[Figure]]:
        """Run the cells here; return the variables and the figures that were shown.

        Args:
            folded: run the cells whose code is folded away as well.
        """
        variables: dict[str, object] = {}
        figures: list[Figure] = []
        with mpl.rc_context(), pytest.MonkeyPatch.context() as patch:
            mpl.use("agg")
            patch.setattr(plt, "show", lambda: figures.append(plt.gcf()))
            exec("\n".join(self.sources(folded=folded)), variables)
        plt.close("all")
        return variables, figures

    def text(self, last_line: str) -> str:
        """Return what the one cell that ends with this line printed or returned."""
        cells = [c for c in self.cells if c.source.rstrip().splitlines()[-1].strip() == last_line]
        assert len(cells) == 1, f"{len(cells)} cells end with {last_line!r}, expected one"
        return "".join(
            output.text if output.output_type == "stream" else output.data["text/plain"]
            for output in cells[0].outputs
        )

    def value(self, last_line: str) -> object:
        """Return the value of the one cell that ends with this line; arrays become NumPy's."""
        names = {
            "Array": lambda values, **_: np.asarray(values),
            "float32": "float32",
            "nan": np.nan,
        }
        return eval(self.text(last_line), {"__builtins__": {}}, names)

    def numbers(self, last_line: str) -> list[float]:
        """Return all numbers in what the one cell that ends with this line printed."""
        return [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", self.text(last_line))]


@pytest.fixture(scope="session")
def bubblewrap():
    """Skip where there is no bubblewrap, without which nothing is graded."""
    need_program("bwrap")


@pytest.fixture
def whole_course(tmp_path):
    """A copy of this course, without what was built and what students handed in."""
    made = shutil.ignore_patterns(
        "_build", ".*", "*.db", "submitted", "autograded", "feedback", "__pycache__"
    )
    return shutil.copytree(ROOT, tmp_path / "course", ignore=made)


@pytest.fixture
def course(tmp_path):
    """A small course with one assignment, which nobody has handed in."""
    course = SmallCourse(tmp_path / "course")
    course.write()
    return course


@pytest.fixture
def command(monkeypatch, capsys):
    """A function that runs `sealed-grader` in this process; it returns exit code and words."""
    monkeypatch.setenv("COLUMNS", "250")
    # nbgrader would configure logging anew, and so close what others log to: pytest's own stderr.
    monkeypatch.setattr("traitlets.config.application.dictConfig", lambda _: None)

    def command(course, *arguments):
        status = cli.main([*map(str, arguments), "--course", str(course.root)])
        return status, "".join(capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def run(executed):
    """A function that returns the variables and figures of a whole chapter, run once here."""
    return functools.cache(lambda name: executed(name).run())


@pytest.fixture(scope="session")
def executed(site: Path) -> Callable[[str], Chapter]:
    """A function that returns an executed chapter by its name."""
    return lambda name: Chapter(ROOT / "book" / f"{name}.md")


@pytest.fixture(scope="session")
def seal() -> list[str]:
    """What to put before a command, so that it runs where there is no network to connect to."""
    seal = [need_program("bwrap"), "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent"]
    trial = subprocess.run([*seal, "true"], capture_output=True, text=True, check=False)
    if trial.returncode:
        pytest.skip(f"bubblewrap cannot cut the network here: {trial.stderr.strip()}")
    return seal


@pytest.fixture(scope="module")
def browser(tmp_path_factory, seal):
    """Chromium in a network namespace of its own, where there is nothing to connect to."""
    chromium = need_program("chromium")
    sealed = tmp_path_factory.mktemp("browser") / "chromium"
    sealed.write_text(f'#!/bin/sh\nexec {" ".join(seal)} {chromium} "$@"\n')
    sealed.chmod(sealed.stat().st_mode | stat.S_IXUSR)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(sealed), args=["--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, site):
    """A function that opens a page from disk, and what went wrong while pages were open."""
    with visiting(browser, site) as visit:
        yield visit


@pytest.fixture(scope="module")
def opened(browser, site, request):
    """A page at which several tests look; with its `name` and what went `wrong`.

    Its name is the parameter.
    """
    with visiting(browser, site) as visit:
        page = visit.open(request.param, reduced_motion="reduce")
        page.wait_for_load_state("networkidle")  # so that late requests are noted as well
        yield SimpleNamespace(page=page, name=request.param, wrong=visit.trouble)


@contextlib.contextmanager
def visiting(browser, site):
    contexts, trouble = [], []

    def note(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            trouble.append(f"request to {request.url}")

    def visit(name, mode="light", width=1440, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.add_init_script(
            f"localStorage.setItem('mode', '{mode}'); localStorage.setItem('theme', '{mode}')"
        )
        page = context.new_page()
        page.on("request", note)
        page.on("requestfailed", lambda r: trouble.append(f"failed: {r.url}"))
        page.on("pageerror", lambda error: trouble.append(f"exception: {error}"))
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and trouble.append(f"{m.type}: {m.text}"),
        )
        page.goto((site / f"{name}.html").as_uri())
        page.wait_for_function(
            "(window.MathJax?.startup?.promise ?? Promise.resolve()).then(() => 1)"
        )
        return page

    yield SimpleNamespace(open=visit, trouble=trouble)
    for context in contexts:
        context.close()
