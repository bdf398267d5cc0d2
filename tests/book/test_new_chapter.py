"""`make chapter`: what it creates passes all tests, or else nothing is left of it."""

import re
import subprocess
import sys
from itertools import chain

import pytest
from conftest import ROOT

from authoring.chapter import ChapterError, new_chapter, refuse_name, with_entry
from authoring.source import SourceError, check, read_chapters, read_contents

# The tests of a chapter that need no built site. What builds one is tested with the sources.
CHOSEN = "survival or spelt or written_answer or for_each_chapter or nothing_else"


def files_of(root):
    """All files of a course but those that are built, each with its content."""
    return {path: path.read_bytes() for path in root.rglob("*")
            if path.is_file() and "_build" not in path.parts}  # fmt: skip


@pytest.mark.slow
def test_a_new_chapter_passes_the_tests_of_the_course(whole_course):
    before = files_of(whole_course)
    written = new_chapter(whole_course, "survival", "How long does it last?")
    after = files_of(whole_course)
    assert {path for path in after if after[path] != before.get(path)} == {
        *written, whole_course / "gradebook.db"}  # fmt: skip
    assert list(read_chapters(whole_course))[-1] == "survival"
    assert read_chapters(whole_course)["survival"].needs == (list(read_chapters(ROOT))[-1],)
    old, new = ([*chain(*read_contents(root).values())] for root in (ROOT, whole_course))
    assert [page for page in new if page not in old] == [
        "book/survival", "book/exercises/survival"]  # fmt: skip
    check(whole_course)
    for command in (
        ["pytest", "tests/book/test_spelling.py", "tests/exercises", "-k", CHOSEN,
         "-m", "not nightly"],
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
    ):  # fmt: skip
        result = subprocess.run([sys.executable, "-m", *command], cwd=whole_course, text=True,
                                capture_output=True, check=False)  # fmt: skip
        assert result.returncode == 0, result.stdout + result.stderr
        if command[0] == "pytest":
            assert int(re.search(r"(\d+) passed", result.stdout)[1]) >= 10


@pytest.mark.parametrize(
    ("name", "reason"),
    [("Survival", "lower-case letters and digits"), ("my-chapter", "'my-chapter' cannot be"),
     ("2nd", "beginning with a letter"), ("", "as in NAME=survival"),
     ("mle", "The name mle is taken: book/mle.md, solutions/mle/mle.md"),
     ("glossary", "taken: book/glossary.md"), ("site", "taken: tests/book/test_site.py")],
)  # fmt: skip
def test_a_name_that_cannot_be_used_is_refused(name, reason):
    with pytest.raises(ChapterError, match=re.escape(reason)):
        refuse_name(ROOT, name)


def test_a_taken_name_changes_nothing(whole_course):
    before = files_of(whole_course)
    with pytest.raises(ChapterError, match="The name mle is taken"):
        new_chapter(whole_course, "mle")
    assert files_of(whole_course) == before


def test_nothing_is_left_of_a_chapter_that_cannot_be_released(whole_course):
    (whole_course / "nbgrader_config.py").write_text("c = get_config()\nc.NbGrader.nonsense = [\n")
    before = files_of(whole_course)
    with pytest.raises(SystemExit, match="failed"):
        new_chapter(whole_course, "survival")
    assert files_of(whole_course) == before
    assert not (whole_course / "solutions/survival").exists()
    assert not (whole_course / "exercises/survival").exists()


def test_no_chapter_is_added_while_another_has_a_fault(whole_course):
    page = whole_course / "book/mle.md"
    page.write_text(page.read_text().replace("\nquestion:", "\nquery:", 1))
    before = files_of(whole_course)
    with pytest.raises(SourceError, match=r"mle.md:1: the front matter has no question"):
        new_chapter(whole_course, "survival")
    assert files_of(whole_course) == before


def test_contents_that_are_written_otherwise_are_left_alone():
    with pytest.raises(ChapterError, match="should have one line '- file: book/mle', but has 0"):
        with_entry("root: book/intro\nchapters: [{file: book/mle}]\n", "survival", "book/mle")
