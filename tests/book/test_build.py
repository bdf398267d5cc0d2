"""What `jupyter-book build` executes again and what it refuses, on a book of two chapters."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from book_builds import build, executed
from conftest import ROOT

pytestmark = pytest.mark.slow

CHAPTER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
  display_name: Python 3
---
# {title}

{prose}

```{{code-cell}} ipython3
{code}
```
"""
FIRST = {
    "title": "First",
    "prose": "(here)=\n## A label",
    "code": "import dl_workshop\nprint('one')",
}
SECOND = {"title": "Second", "prose": "{ref}`here`", "code": "import dl_workshop\nprint('two')"}


class Book:
    def __init__(self, folder):
        self.folder = folder
        for name in ("_config.yml", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
        (folder / "book").mkdir()
        shutil.copy(ROOT / "book/references.bib", folder / "book")
        for name in ("authoring", "book/_static", "book/_templates", "book/licenses"):
            shutil.copytree(ROOT / name, folder / name)
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "dl_workshop", folder / "dl_workshop", ignore=ignore)
        (folder / "_toc.yml").write_text(
            "format: jb-book\nroot: book/first\nchapters: [{file: book/second}]\n"
        )
        self.write("first", **FIRST)
        self.write("second", **SECOND)

    def write(self, name, **parts):
        (self.folder / "book" / f"{name}.md").write_text(CHAPTER.format(**parts))

    def build(self, **environment):
        """Return whether the build succeeded, the chapters it executed, and what it printed."""
        # The kernel imports the helper package of this folder, not the installed one.
        result = build(self.folder, PYTHONPATH=str(self.folder), **environment)
        return result.returncode == 0, executed(result.stdout), result.stdout

    def page(self, name):
        return (self.folder / "_build" / "html" / "book" / f"{name}.html").read_text()


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def test_only_what_changed_is_executed_again(book):
    succeeded, executed, printed = book.build()
    assert (succeeded, executed) == (True, ["first", "second"])
    index = book.folder / "_build" / "html" / "index.html"
    assert index.exists()
    assert index.as_uri() in printed
    assert book.build()[:2] == (True, [])

    book.write("second", **SECOND | {"code": "print('changed')"})
    assert book.build()[:2] == (True, ["second"])
    assert "changed" in book.page("second")

    book.write("first", **FIRST | {"prose": "(here)=\n## Another heading"})
    assert book.build()[:2] == (True, [])
    assert "Another heading" in book.page("second")

    style = book.folder / "book" / "_static" / "course.css"
    style.write_text(style.read_text() + "p { color: red; }\n")
    assert book.build()[:2] == (True, [])
    built = book.folder / "_build" / "html" / "_static" / "course.css"
    assert built.read_text() == style.read_text()

    style.rename(style.with_name("other.css"))
    config = book.folder / "_config.yml"
    config.write_text(config.read_text().replace("course.css", "other.css"))
    assert book.build()[:2] == (True, [])
    assert not built.exists(), "what an earlier build left must go"


def test_chapters_are_executed_side_by_side(book):
    # Each waits for a file that the other one writes.
    meet = """\
import pathlib, time
pathlib.Path("{mine}").touch()
deadline = time.monotonic() + 60
while not pathlib.Path("{other}").exists():
    assert time.monotonic() < deadline, "the other chapter is not being executed"
    time.sleep(0.1)"""
    book.write("first", **FIRST | {"code": meet.format(mine="a", other="b")})
    book.write("second", **SECOND | {"code": meet.format(mine="b", other="a")})
    succeeded, executed, printed = book.build()
    assert (succeeded, executed) == (True, ["first", "second"])
    assert re.search(r"Executed 2 chapters in \d+\.\d s", printed)


def test_one_at_a_time_if_asked(book):
    alone = """\
import pathlib, time
running = pathlib.Path("running")
running.touch(exist_ok=False)
time.sleep(1)
running.unlink()
# {}"""
    book.write("first", **FIRST | {"code": alone.format("first")})
    book.write("second", **SECOND | {"code": alone.format("second")})
    assert book.build(BOOK_JOBS="1")[:2] == (True, ["first", "second"])


@pytest.mark.parametrize("jobs", ["0", "two"])
def test_a_number_of_jobs_that_is_none(book, jobs):
    succeeded, executed, printed = book.build(BOOK_JOBS=jobs)
    assert (succeeded, executed) == (False, [])
    assert f"BOOK_JOBS should be a whole number from 1 on, not '{jobs}'" in printed


def test_a_fault_in_one_chapter_does_not_cost_the_other_its_outputs(book):
    book.write("second", **SECOND | {"code": "1 / 0"})
    assert not book.build()[0]
    book.write("second", **SECOND)
    assert book.build()[:2] == (True, ["second"])


def test_helper_package_and_lock_file_are_part_of_the_cache(book):
    book.write("second", **SECOND | {"code": "import dl_workshop\nprint(dl_workshop.ANSWER)"})
    helper = book.folder / "dl_workshop" / "__init__.py"
    helper.write_text('"""Helpers."""\nANSWER = "forty-one"\n')
    assert book.build()[:2] == (True, ["first", "second"])
    assert "forty-one" in book.page("second")

    helper.write_text('"""Helpers."""\nANSWER = "forty-two"\n')
    assert book.build()[:2] == (True, ["first", "second"])
    assert "forty-two" in book.page("second")

    with (book.folder / "requirements.lock").open("a") as lock:
        lock.write("# another version\n")
    assert book.build()[:2] == (True, ["first", "second"])


FAULTS = {
    "exception": ({"code": "1 / 0"}, "ZeroDivisionError"),
    "drawing": (
        {
            "code": "import matplotlib.pyplot as plt\nfrom matplotlib.colors import PowerNorm\n"
            "plt.imshow([[0.0]], norm=PowerNorm(0.4, vmin=0.5))\nplt.show()"
        },
        "A cell shows a traceback",
    ),
    "stderr": (
        {"code": "import sys\nprint('hm', file=sys.stderr)"},
        "stderr was found in the cell outputs",
    ),
    "label": ({"prose": "{ref}`nowhere`"}, "undefined label: 'nowhere'"),
    "link": ({"prose": "[there](nowhere.md)"}, "nowhere.md"),
    "warning": ({"prose": "```{unheard-of}\n```"}, "unheard-of"),
    "exercise": (
        {"prose": "```{exercise}\n:label: one\n:difficulty: easier\n\nTry.\n```"},
        "This exercise needs the option minutes",
    ),
}


def build_twice(folder, change):
    book = Book(folder)
    book.write("second", **SECOND | change)
    return book.build(), book.build()


@pytest.fixture(scope="module")
def built_twice(tmp_path_factory, request):
    """A function that returns how a book with a fault was built; two are being built at a time."""
    chosen = [item.callspec.params["fault"] for item in request.session.items
              if "built_twice" in item.fixturenames]  # fmt: skip
    pool = ThreadPoolExecutor(2)
    futures = {fault: pool.submit(build_twice, tmp_path_factory.mktemp(fault), FAULTS[fault][0])
               for fault in chosen}  # fmt: skip
    yield lambda fault: futures[fault].result()
    pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_build(built_twice, fault):
    (succeeded, _, printed), (forgiven, *_) = built_twice(fault)
    assert not succeeded
    assert FAULTS[fault][1] in printed
    assert not forgiven, "a second build must not forgive the fault"


def test_a_label_that_another_page_needs_is_missed(book):
    assert book.build()[0]
    book.write("first", **FIRST | {"prose": "## No label"})
    succeeded, _, printed = book.build()
    assert not succeeded
    assert "undefined label: 'here'" in printed
