"""What `jupyter-book build` executes again and what it refuses, on a book of two chapters.

Where a process of its own could make a difference, the command itself is run: what is kept from one
build to the next, side by side and one at a time. The other builds run in this process.
"""

import re

import pytest
from book_builds import SmallBook

pytestmark = pytest.mark.slow


@pytest.fixture
def book(tmp_path):
    return SmallBook(tmp_path)


def test_only_what_changed_is_executed_again(book):
    succeeded, executed, printed = book.build()
    assert (succeeded, executed) == (True, ["first", "second"])
    index = book.folder / "_build" / "html" / "index.html"
    assert index.exists()
    assert index.as_uri() in printed
    assert book.build()[:2] == (True, [])

    book.second(code="print('changed')")
    assert book.build_here()[:2] == (True, ["second"])
    assert "changed" in book.page("second")

    book.first(prose="(here)=\n## Another heading")
    assert book.build_here()[:2] == (True, [])
    assert "Another heading" in book.page("second")

    style = book.folder / "book" / "_static" / "course.css"
    style.write_text(style.read_text() + "p { color: red; }\n")
    assert book.build_here()[:2] == (True, [])
    built = book.folder / "_build" / "html" / "_static" / "course.css"
    assert built.read_text() == style.read_text()

    style.rename(style.with_name("other.css"))
    config = book.folder / "_config.yml"
    config.write_text(config.read_text().replace("course.css", "other.css"))
    assert book.build_here()[:2] == (True, [])
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
    book.first(code=meet.format(mine="a", other="b"))
    book.second(code=meet.format(mine="b", other="a"))
    succeeded, executed, printed = book.build_here()
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
    book.first(code=alone.format("first"))
    book.second(code=alone.format("second"))
    assert book.build(BOOK_JOBS="1")[:2] == (True, ["first", "second"])


@pytest.mark.parametrize("jobs", ["0", "two"])
def test_a_number_of_jobs_that_is_none(book, jobs):
    succeeded, executed, printed = book.build_here(BOOK_JOBS=jobs)
    assert (succeeded, executed) == (False, [])
    assert f"BOOK_JOBS should be a positive integer, not '{jobs}'" in printed


def test_a_fault_in_one_chapter_does_not_cost_the_other_its_outputs(book):
    book.second(code="1 / 0")
    assert not book.build_here()[0]
    book.second()
    assert book.build_here()[:2] == (True, ["second"])


def test_helper_package_and_lock_file_are_part_of_the_cache(book):
    book.second(code="import dl_workshop\nprint(dl_workshop.ANSWER)")
    helper = book.folder / "dl_workshop" / "__init__.py"
    helper.write_text('"""Helpers."""\nANSWER = "forty-one"\n')
    assert book.build_here()[:2] == (True, ["first", "second"])
    assert "forty-one" in book.page("second")

    helper.write_text('"""Helpers."""\nANSWER = "forty-two"\n')
    assert book.build_here()[:2] == (True, ["first", "second"])
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


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_build(book, fault):
    change, message = FAULTS[fault]
    if "code" not in change:
        book.first(code=None)
    book.second(**{"code": None} | change)
    # The first build in a process of its own: that a fault fails the command can then be seen.
    succeeded, _, printed = (book.build if fault == "exception" else book.build_here)()
    assert not succeeded
    assert message in printed
    forgiven, *_ = book.build_here()
    assert not forgiven, "a second build must not forgive the fault"


def test_a_label_that_another_page_needs_is_missed(book):
    book.first(code=None)
    book.second(code=None)
    assert book.build_here()[0]
    book.first(code=None, prose="## No label")
    succeeded, _, printed = book.build()
    assert not succeeded
    assert "undefined label: 'here'" in printed
