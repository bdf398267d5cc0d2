"""Facts of chapters and tasks: each has one home, and a fault is told with file and line."""

import re
import subprocess
import sys

import pytest
from book_builds import SmallBook
from bs4 import BeautifulSoup
from conftest import ROOT

from authoring.cards import write_cards
from authoring.chapter import new_chapter
from authoring.pages import SourceError
from authoring.source import check, read_chapters, read_contents

CHAPTER = """\
---
kernelspec: {name: python3, display_name: Python 3}
question: How many?
aims:
  - count
  - count again
needs: [NEEDS]
knowledge: nothing.
minutes: 20
---

# Title

:::{admonition} In this chapter
:class: chapter-card

**You will be able to** count; and count again.

**You need** NEED_TEXTnothing.

**Time** about 20 minutes, and 5 for the practice.
:::

```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-one
    caption: One.
  image:
    alt: A line.
---
1
```

:::{exercise} Not counted
:label: one
:minutes: 7
:::

## Practice

:::{exercise} Counted
:label: two
:minutes: 5
:::
"""
FIRST = CHAPTER.replace("[NEEDS]", "[]").replace("NEED_TEXT", "")
SECOND = CHAPTER.replace("NEEDS", "first").replace("NEED_TEXT", "the chapter {doc}`first`: ")


@pytest.fixture
def course(tmp_path):
    """The pages of two chapters, the second of which needs the first."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book/first.md").write_text(FIRST)
    (tmp_path / "book/second.md").write_text(SECOND)
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/first\nchapters:\n  - file: book/second\n"
    )
    return tmp_path


def faults_in(course, page, old, new):
    """What is told of a page in which something was changed: line and cause of each fault."""
    path = course / "book" / f"{page}.md"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(SourceError) as refused:
        check(course)
    found = [re.fullmatch(r"(.*?):(\d+): (.*)", line) for line in str(refused.value).splitlines()]
    assert {fault[1] for fault in found} == {str(path)}
    return [(path.read_text().splitlines()[int(fault[2]) - 1], fault[3]) for fault in found]


BAD = {
    "no question": ("question: How many?\n", "", "---", "the front matter has no question."),
    "an empty question": ("How many?", "''", "question: ''",
                          "question should be a sentence, not ''."),
    "no minutes": ("minutes: 20\n", "", "---", "the front matter has no minutes."),
    "minutes in words": ("minutes: 20", "minutes: some", "minutes: some",
                         "minutes should be a whole number above 0, not 'some'."),
    "no minutes at all": ("minutes: 20", "minutes: 0", "minutes: 0",
                          "minutes should be a whole number above 0, not 0."),
    "no aims": ("aims:\n  - count\n  - count again\n", "", "---", "the front matter has no aims."),
    "an aim that is no text": ("- count\n", "- count: 1\n", "aims:",
                               "aims should be a list of texts, not [{'count': 1}"),
    "no needs": ("needs: [first]\n", "", "---", "the front matter has no needs."),
    "an unknown need": ("[first]", "[first, glm]", "needs: [first, glm]",
                        "needs names 'glm', but of the chapters before this one there are first."),
    "nothing to know": ("knowledge: nothing.\n", "", "---", "the front matter has no knowledge."),
    "no alternative text": ("    alt: A line.\n", "    width: 10px\n", "1",
                            "the figure of this cell has no alt; it belongs under image."),
    "no caption": ("    caption: One.\n", "", "1",
                   "the figure of this cell has no caption; it belongs under figure."),
    "an exercise without minutes": (":minutes: 7\n", "", ":::{exercise} Not counted",
                                    "This exercise needs the option minutes."),
    "an old card": ("about 20 minutes", "about 25 minutes", ":::{admonition} In this chapter",
                    "the card is not what the front matter says: run make cards."),
    "a practice that grew": (":minutes: 5\n", ":minutes: 6\n", ":::{admonition} In this chapter",
                             "the card is not what the front matter says: run make cards."),
    "odd front matter": ("needs: [first]", "needs: [first", "---", "metadata cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "cause"), BAD.values(), ids=BAD.keys())
def test_a_fault_in_a_chapter_is_one_line_with_file_line_and_cause(course, old, new, line, cause):
    [(named, said)] = faults_in(course, "second", old, new)
    assert named == line
    assert said.startswith(cause)


def test_a_chapter_cannot_need_one_that_comes_after_it(course):
    [(named, said)] = faults_in(course, "first", "needs: []", "needs: [second]")
    assert named == "needs: [second]"
    assert said.endswith("but of the chapters before this one there is none.")


def test_all_faults_of_all_pages_are_told_at_once(course):
    for name in ("first", "second"):
        path = course / "book" / f"{name}.md"
        path.write_text(path.read_text().replace("minutes: 20\n", "").replace("alt:", "alto:"))
    with pytest.raises(SourceError) as refused:
        check(course)
    told = [(fault.path.stem, fault.cause.split()[-1]) for fault in refused.value.faults]
    assert told == [("first", "minutes."), ("first", "image."),
                    ("second", "minutes."), ("second", "image.")]  # fmt: skip


def test_a_page_without_facts_is_not_a_chapter(course):
    (course / "book/second.md").write_text("# A page\n")
    check(course)
    assert list(read_chapters(course)) == ["first"]


def test_further_pages_belong_to_a_chapter_and_their_minutes_are_added(course):
    (course / "_toc.yml").write_text(
        "format: jb-book\nroot: book/first\nparts:\n- caption: All\n  chapters:\n"
        "  - file: book/second\n    sections:\n    - file: book/second-more\n"
    )
    further = course / "book/second-more.md"
    further.write_text(
        "---\nminutes: 15\nauthor: me\n---\n\n# More\n\n## Practice\n\n"
        ":::{exercise} More\n:label: three\n:minutes: 4\n:::\n"
    )
    assert read_contents(course) == {"": ["book/first"], "All": ["book/second", "book/second-more"]}
    chapter = read_chapters(course)["second"]
    assert chapter.pages == ("second", "second-more")
    assert (chapter.minutes, chapter.practice_minutes) == (35, 9)
    assert write_cards(course) == [course / "book/second.md"]
    card = (course / "book/second.md").read_text()
    assert "about 35 minutes on two pages, and 9 for the practice" in card
    check(course)
    [(named, said)] = faults_in(course, "second-more", "minutes: 15\n", "")
    assert (named, said) == ("---", "the front matter has no minutes.")


def test_cards_are_written_where_there_is_none_and_left_where_they_are_right(course):
    path = course / "book/second.md"
    path.write_text(re.sub(r":::\{admonition.*?:::\n\n", "", SECOND, count=1, flags=re.DOTALL))
    assert write_cards(course) == [path]
    assert path.read_text() == SECOND
    assert write_cards(course) == []


def test_a_formula_stays_on_one_line_of_a_card(course):
    formula = "$x_\\text{new} = x - \\eta f'(x)$"
    path = course / "book/second.md"
    path.write_text(
        SECOND.replace("knowledge: nothing.", f"knowledge: >-\n  {'word ' * 11}{formula}.")
    )
    write_cards(course)
    assert formula in path.read_text().partition("chapter-card")[2]


def test_the_sources_are_read_without_nbgrader():
    code = (
        "import sys; from pathlib import Path; from authoring.source import check;"
        "import authoring.sphinx.markup.exercise_pages, authoring.sphinx.markup.chapter_map;"
        "check(Path()); print('nbgrader' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                            check=True)  # fmt: skip
    assert result.stdout == "False\n"


INTRO = """\
# A course

```{chapter-map}
```

```{exercise-table}
```

```{misconception-table}
```
"""
CONTENTS = """\
format: jb-book
root: book/intro
parts:
  - caption: Chapters
    chapters:
      - file: book/students
  - caption: Reference
    chapters:
      - file: book/glossary
"""


@pytest.fixture
def new_book(tmp_path):
    """A book that holds nothing yet but a map, tables, and what every chapter refers to."""
    book = SmallBook(tmp_path)
    for path in (book.folder / "book").glob("*.md"):
        path.unlink()
    glossary = "# Glossary\n\n```{glossary}\nslope\n  How fast it rises.\n```\n"
    pages = {"intro": INTRO, "students": "# Guide for students\n", "glossary": glossary}
    for name, text in pages.items():
        (book.folder / "book" / f"{name}.md").write_text(text)
    (book.folder / "_toc.yml").write_text(CONTENTS)
    (book.folder / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    return book


def shown(book, name):
    """The words of a page."""
    html = BeautifulSoup(book.page(name), "html.parser").find("article")
    return " ".join(html.get_text().split())


@pytest.mark.slow
def test_all_that_is_said_of_a_chapter_and_its_tasks_follows_from_its_metadata(new_book):
    folder = new_book.folder
    new_chapter(folder, "survival")
    succeeded, _, printed = new_book.build_here()
    assert succeeded, printed
    assert "about 20 minutes, and 5 for the practice" in shown(new_book, "survival")
    intro = shown(new_book, "intro")
    assert "20 minutes, and 5 to practise." in intro
    assert "Exercises: Survival 2 5 Task 1: value and slope 2 5 by checks" in intro
    assert "Survival The slope at a point depends on the value there." in intro
    page = shown(new_book, "exercises/survival")
    assert "One task, 2 points, about 5 minutes." in page
    assert page.count("Task 1: value and slope") == 2
    assert "Task 1: value and slope (2 points, 5 minutes)" in page

    chapter, exercise = folder / "book/survival.md", folder / "solutions/survival/survival.md"
    chapter.write_text(chapter.read_text().replace("minutes: 20", "minutes: 25")
                       .replace(":minutes: 5", ":minutes: 6"))  # fmt: skip
    task = exercise.read_text().partition("+++")[2]
    exercise.write_text(exercise.read_text().replace('"minutes": 5', '"minutes": 8')
                        .replace("value_and_slope_hidden, grade: true, points: 1",
                                 "value_and_slope_hidden, grade: true, points: 4")
                        + "\n+++" + task.replace("value_and_slope", "again")
                        .replace("value and slope", "once more"))  # fmt: skip
    succeeded, _, printed = new_book.build_here()
    assert not succeeded
    assert "book/survival.md:22: the card is not what the front matter says" in printed
    write_cards(folder)
    succeeded, _, printed = new_book.build_here()
    assert succeeded, printed
    assert "about 25 minutes, and 6 for the practice" in shown(new_book, "survival")
    intro = shown(new_book, "intro")
    assert "25 minutes, and 6 to practise." in intro
    assert (
        "Exercises: Survival 7 13 Task 1: value and slope 5 8 by checks"
        " Task 2: once more 2 5 by checks"
    ) in intro
    page = shown(new_book, "exercises/survival")
    assert "Two tasks, 7 points, about 13 minutes." in page
    assert "Task 1: value and slope (5 points, 8 minutes)" in page
    assert "Task 2: once more (2 points, 5 minutes)" in page
