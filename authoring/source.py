"""The one description of chapters and graded tasks, and of the order in which they come.

Facts stand in one place each: those of a chapter in the front matter of its page, those of a task
in the metadata of its cells. Cards, headings, sums, the map and tables are written from what is
read here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import nbformat
from sphinx_external_toc.api import SiteMap
from sphinx_external_toc.parsing import parse_toc_yaml

from authoring.pages import Fault, Page, SourceError, read_page
from authoring.rules import (
    CHAPTER_RULES,
    EXERCISE_RULES,
    PAGE_RULES,
    TASK,
    a_page_has_minutes,
    faults_of,
    points_of,
    split_tasks,
)

T = TypeVar("T")

ROOT = Path(__file__).parents[1]

# Which of these a page has makes it a chapter; it then needs them all.
FACTS = {"question", "aims", "needs", "knowledge"}
CARD = "chapter-card"

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
           "Eleven", "Twelve")  # fmt: skip
HOW_TO_WORK = """\
Write your code where a cell says `YOUR CODE HERE`, and remove the line that raises an error. The
cell after it checks your answer; you may run it as often as you like. When you submit, more checks
are run, on data that you have not seen, so do not write for the example alone. Hints are folded:
try first."""


def counted(number: int | float, noun: str) -> str:
    """Return a number with its noun, as in `1 point` or `4 points`."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def wrapped(text: str) -> str:
    """Return a paragraph in lines of at most 100 characters, with formulas and code unbroken."""
    kept = re.sub(r"\$[^$]+\$|`[^`]+`", lambda whole: whole[0].replace(" ", "\0"), text)
    lines = textwrap.fill(kept, 100, break_long_words=False, break_on_hyphens=False)
    return lines.replace("\0", " ")


# Contents


def read_contents(root: Path) -> dict[str, list[str]]:
    """Return the pages of each part in the order of `_toc.yml`; before all parts, under "", some.

    Args:
        root: the folder of the course.

    Returns:
        Pages by their names without ending, such as `book/goldfield`.
    """
    site = parse_toc_yaml(root / "_toc.yml")
    parts = {"": [site.root.docname]}
    for tree in site.root.subtrees:
        pages = parts.setdefault(tree.caption or "", [])
        for page in tree.files():
            pages += _with_sections(site, page)
    return parts


def _with_sections(site: SiteMap, page: str) -> Iterator[str]:
    yield page
    for tree in site[page].subtrees:
        for section in tree.files():
            yield from _with_sections(site, section)


# Chapters


@dataclass(frozen=True)
class Chapter:
    """A chapter of the book.

    Attributes:
        name: what its files are called.
        pages: its page, and those that carry it on; their names begin with its own.
        question: what it answers.
        aims: what the reader will be able to do; each goes on from "You will be able to".
        needs: the names of the chapters to read before.
        knowledge: what the reader should know, of these chapters and besides.
        minutes: about how long it takes to read, all pages together.
        practice_minutes: how long the exercises under its headings *Practice* take.
    """

    name: str
    pages: tuple[str, ...]
    question: str
    aims: tuple[str, ...]
    needs: tuple[str, ...]
    knowledge: str
    minutes: int
    practice_minutes: int

    @property
    def card(self) -> str:
        """The box with which it opens, in MyST Markdown."""
        *others, last = self.aims
        aims = f"{'; '.join(others)}; and {last}" if others else last
        *near, end = (f"{{doc}}`{need}`" for need in self.needs) if self.needs else [""]
        chapters = f"the chapters {', '.join(near)} and {end}: " if near else f"the chapter {end}: "
        on = f" on {NUMBERS[len(self.pages)].lower()} pages" if len(self.pages) > 1 else ""
        paragraphs = [
            f"**You will be able to** {aims}.",
            f"**You need** {chapters if self.needs else ''}{self.knowledge.strip()}",
            f"**Time** about {self.minutes} minutes{on}, and {self.practice_minutes} for the"
            " practice.",
        ]
        head = f":::{{admonition}} In this chapter\n:class: {CARD}"
        return "\n\n".join([head, *map(wrapped, paragraphs)]) + "\n:::"


def read_chapters(root: Path) -> dict[str, Chapter]:
    """Return the chapters by their names, in the order of the table of contents.

    Raises:
        SourceError: the front matter of one lacks a fact, or names a chapter that does not come
            before it.
    """
    pages, faults = _read_all(read_page, _paths_of_book(root))
    if faults:
        raise SourceError(faults)
    return _chapters_of(pages)


def _paths_of_book(root: Path) -> list[Path]:
    """Return the pages that the table of contents names, but for those that the build writes."""
    names = [page for part in read_contents(root).values() for page in part]
    paths = [root / f"{name}.md" for name in names if not is_of_exercises(name)]
    return [path for path in paths if path.exists()]


def is_of_exercises(page: str) -> bool:
    """Whether a page is one of those that the build writes from the exercises."""
    return page.startswith("book/exercises/")


def _chapters_of(pages: list[Page]) -> dict[str, Chapter]:
    chapters: dict[str, Chapter] = {}
    faults, before = [], []
    for page in pages:
        if not FACTS & page.about.keys() and not _has_card(page):
            continue
        found = faults_of(page, CHAPTER_RULES)
        further = [each for each in pages if each.name.startswith(f"{page.name}-")]
        for each in further:
            found += faults_of(each, (a_page_has_minutes,))
        needs = page.about.get("needs")
        for need in needs if isinstance(needs, list) else ():
            if need not in before:
                known = f"there are {', '.join(before)}" if before else "there is none"
                cause = f"needs names {need!r}, but of the chapters before this one {known}."
                found.append(Fault(page.path, page.line_of("needs"), cause))
        if not found:
            chapters[page.name] = _chapter_of(page, further)
        faults += found
        before.append(page.name)
    if faults:
        raise SourceError(faults)
    return chapters


def _has_card(page: Page) -> bool:
    return any(each.options.get("class") == CARD for each in page.directives())


def _chapter_of(page: Page, further: list[Page]) -> Chapter:
    about, pages = page.about, [page, *further]
    practice = [int(minutes) for one in pages for each in one.directives()
                if each.name == "exercise" and each.heading == "Practice"
                and (minutes := each.options.get("minutes", "")).isdecimal()]  # fmt: skip
    return Chapter(
        name=page.name,
        pages=tuple(each.name for each in pages),
        question=about["question"],
        aims=tuple(about["aims"]),
        needs=tuple(about["needs"]),
        knowledge=about["knowledge"],
        minutes=sum(each.about["minutes"] for each in pages),
        practice_minutes=sum(practice),
    )


# Exercises


@dataclass(frozen=True)
class Task:
    """A graded task.

    Attributes:
        number: its place in the notebook, from 1.
        name: what it is called, without its number.
        points: what its cells give together.
        minutes: about how long it takes.
        by_hand: whether a person reads it; otherwise checks grade it.
        start: the position of the cell in which it begins.
    """

    number: int
    name: str
    points: int | float
    minutes: int
    by_hand: bool
    start: int

    @property
    def title(self) -> str:
        """Its name with its number, as in `Task 2: a walk that remembers`."""
        return f"Task {self.number}: {self.name}"

    @property
    def heading(self) -> str:
        """Its title, with what it gives and what it takes."""
        cost = f"{counted(self.points, 'point')}, {counted(self.minutes, 'minute')}"
        return f"{self.title} ({cost})"


@dataclass(frozen=True)
class Exercise:
    """The graded tasks of a chapter.

    Attributes:
        path: the source.
        title: the title of the chapter.
        tasks: its tasks.
        misconceptions: what students get wrong most, as sentences of theirs.
        notebook: the notebook with solutions, in which headings and sums are written.
    """

    path: Path
    title: str
    tasks: tuple[Task, ...]
    misconceptions: tuple[str, ...]
    notebook: nbformat.NotebookNode = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def points(self) -> int | float:
        return sum(task.points for task in self.tasks)

    @property
    def minutes(self) -> int:
        return sum(task.minutes for task in self.tasks)

    @property
    def sums(self) -> str:
        """How many tasks there are, what they give and what they take."""
        number = len(self.tasks)
        count = NUMBERS[number] if number < len(NUMBERS) else str(number)
        noun = "task" if number == 1 else "tasks"
        points = counted(self.points, "point")
        return f"{count} {noun}, {points}, about {counted(self.minutes, 'minute')}."


def exercise_paths(root: Path) -> list[Path]:
    """Return the sources of the exercises, in the order of the alphabet."""
    return sorted(root.glob("solutions/*/*.md"))


def read_exercises(root: Path) -> list[Exercise]:
    """Return the exercises of a course, in the order of their names.

    Raises:
        SourceError: some cannot be released; it names all faults of all sources.
    """
    exercises, faults = _read_all(read_exercise, exercise_paths(root))
    if faults:
        raise SourceError(faults)
    return exercises


def read_exercise(path: Path) -> Exercise:
    """Return the exercise that a MyST source stands for, the same one each time.

    What the source leaves out of nbgrader's metadata is filled in: a cell is neither graded nor a
    solution unless it says so, and locked unless it is a solution.

    Args:
        path: a source such as `solutions/goldfield/goldfield.md`.

    Returns:
        An exercise. The cells of its notebook are named after their grade ids, or else numbered.

    Raises:
        SourceError: the source cannot be released.
    """
    page = read_page(path)
    for number, cell in enumerate(page.cells):
        node = cell.node
        node.id = f"cell-{number}"
        if "nbgrader" in node.metadata:
            given = node.metadata["nbgrader"]
            solution = given.get("solution", False)
            defaults = {"grade": False, "locked": not solution, "schema_version": 3,
                        "solution": False, "task": False}  # fmt: skip
            node.metadata["nbgrader"] = defaults | given
            node.id = given.get("grade_id", node.id)
    if faults := faults_of(page, EXERCISE_RULES):
        raise SourceError(faults)
    tasks = []
    for number, cells in enumerate(split_tasks(page), start=1):
        head = cells[0]
        by_hand = any("BEGIN MARK SCHEME" in cell.source for cell in cells)
        task = Task(number, head.first_line.removeprefix(TASK), points_of(cells),
                    head.node.metadata.pop("minutes"), by_hand, page.cells.index(head))  # fmt: skip
        head.node.source = head.source.replace(head.first_line, f"## {task.heading}", 1)
        tasks.append(task)
    nodes = [cell.node for cell in page.cells]
    title, _, introduction = nodes[0].source.partition("\n")
    notebook = nbformat.v4.new_notebook(
        cells=nodes, metadata={"kernelspec": page.about["kernelspec"]}
    )
    misconceptions = tuple(page.about.get("misconceptions", ()))
    exercise = Exercise(path, title.removeprefix("# "), tuple(tasks), misconceptions, notebook)
    first, *others = introduction.strip().split("\n\n")
    nodes[0].source = "\n\n".join(
        [title, wrapped(f"{exercise.sums} {first}"), HOW_TO_WORK, *others]
    )
    nbformat.validate(notebook)
    return exercise


def read_source(path: Path) -> nbformat.NotebookNode:
    """Return the notebook of an exercise; see `read_exercise`."""
    return read_exercise(path).notebook


# Faults


def check(root: Path) -> None:
    """Refuse a course in whose pages or exercises something is wrong.

    Raises:
        SourceError: it has a line for each fault of all of them.
    """
    _, faults = _read_all(read_exercise, exercise_paths(root))
    if (root / "_toc.yml").exists():
        faults += _faults_of_book(root)
    if faults:
        raise SourceError(sorted(faults))


def _faults_of_book(root: Path) -> list[Fault]:
    pages, faults = _read_all(read_page, _paths_of_book(root))
    if faults:
        return faults  # what else is wrong might only follow from a page that cannot be read
    for page in pages:
        faults += faults_of(page, PAGE_RULES)
    try:
        chapters = _chapters_of(pages)
    except SourceError as error:
        return faults + error.faults
    for page in pages:
        if page.name in chapters and chapters[page.name].card not in page.text:
            cause = "the card is not what the front matter says: run make cards."
            faults.append(Fault(page.path, line_of_card(page), cause))
    listed = {page for part in read_contents(root).values() for page in part}
    return faults + [
        Fault(path, 1, f"_toc.yml does not list the page book/exercises/{path.stem}.")
        for path in exercise_paths(root) if f"book/exercises/{path.stem}" not in listed
    ]  # fmt: skip


def line_of_card(page: Page) -> int:
    """Return the line of the card of a chapter, or where it belongs: below the title."""
    cards = [each.line for each in page.directives() if each.options.get("class") == CARD]
    return cards[0] if cards else page.cells[0].line


def _read_all(read: Callable[[Path], T], paths: Iterable[Path]) -> tuple[list[T], list[Fault]]:
    """Return what was read of some files, and what is wrong with the others."""
    found, faults = [], []
    for path in paths:
        try:
            found.append(read(path))
        except SourceError as error:
            faults += error.faults
    return found, faults


def main() -> None:
    """Say what is wrong in the sources of this course, if anything is."""
    try:
        check(ROOT)
    except SourceError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
