"""What must hold of a source before anything is made from it: one small rule each.

A rule takes a page as written, and yields the line and the cause of each fault that it finds.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from authoring.pages import Cell, Fault, Page

Rule = Callable[[Page], Iterator[tuple[int, str]]]

TASK = "## Task: "
MARKED = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")


def faults_of(page: Page, rules: tuple[Rule, ...]) -> list[Fault]:
    """Return what is wrong with a page by some rules, in the order of its lines."""
    found = [Fault(page.path, line, cause) for rule in rules for line, cause in rule(page)]
    return sorted(found, key=lambda fault: fault.line)


def is_count(value: object) -> bool:
    """Whether a value is a whole number above zero."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


# Pages of the book.


def a_figure_has_name_caption_and_alt(page: Page) -> Iterator[tuple[int, str]]:
    for cell in page.cells:
        about = cell.node.metadata.get("mystnb", {})
        if "figure" not in about:
            continue
        for place, key in (("figure", "name"), ("figure", "caption"), ("image", "alt")):
            if not (about.get(place) or {}).get(key):
                yield cell.line, f"the figure of this cell has no {key}; it belongs under {place}."


def an_exercise_has_minutes(page: Page) -> Iterator[tuple[int, str]]:
    for directive in page.directives():
        if directive.name == "exercise" and not directive.options.get("minutes", "").isdecimal():
            yield directive.line, "This exercise needs the option minutes."


PAGE_RULES = (a_figure_has_name_caption_and_alt, an_exercise_has_minutes)


# Front matter of a chapter; of its further pages only the last holds.


def a_chapter_has_a_question(page: Page) -> Iterator[tuple[int, str]]:
    yield from _text(page, "question")


def a_chapter_says_what_to_know(page: Page) -> Iterator[tuple[int, str]]:
    yield from _text(page, "knowledge")


def a_chapter_has_aims(page: Page) -> Iterator[tuple[int, str]]:
    yield from _list(page, "aims")
    if page.about.get("aims") == []:
        yield page.line_of("aims"), "aims is empty: say what the reader will be able to do."


def a_chapter_lists_its_needs(page: Page) -> Iterator[tuple[int, str]]:
    yield from _list(page, "needs")


def a_page_has_minutes(page: Page) -> Iterator[tuple[int, str]]:
    given = page.about.get("minutes")
    if given is None:
        yield 1, "the front matter has no minutes."
    elif not is_count(given):
        yield page.line_of("minutes"), f"minutes should be a whole number above 0, not {given!r}."


def _text(page: Page, key: str) -> Iterator[tuple[int, str]]:
    given = page.about.get(key)
    if given is None:
        yield 1, f"the front matter has no {key}."
    elif not isinstance(given, str) or not given.strip():
        yield page.line_of(key), f"{key} should be a sentence, not {given!r}."


def _list(page: Page, key: str) -> Iterator[tuple[int, str]]:
    given = page.about.get(key)
    if given is None:
        yield 1, f"the front matter has no {key}."
    elif not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        yield page.line_of(key), f"{key} should be a list of texts, not {given!r}."


CHAPTER_RULES = (a_chapter_has_a_question, a_chapter_says_what_to_know, a_chapter_has_aims,
                 a_chapter_lists_its_needs, a_page_has_minutes)  # fmt: skip


# Sources of exercises, whose nbgrader metadata are filled in.


def graded_cells(page: Page) -> Iterator[tuple[Cell, dict]]:
    """Yield the cells that nbgrader knows, with what it is told of them."""
    for cell in page.cells:
        if "nbgrader" in cell.node.metadata:
            yield cell, cell.node.metadata["nbgrader"]


def split_tasks(page: Page) -> list[list[Cell]]:
    """Return the cells of each task: from its heading to the next one of that level."""
    tasks: list[list[Cell]] = []
    within = False
    for cell in page.cells:
        if not cell.is_code and cell.source.startswith("## "):
            within = cell.source.startswith(TASK)
            if within:
                tasks.append([])
        if within:
            tasks[-1].append(cell)
    return tasks


def points_of(cells: list[Cell]) -> int | float:
    """Return what the cells that are graded give together."""
    about = [cell.node.metadata.get("nbgrader", {}) for cell in cells]
    return sum(each.get("points", 0) for each in about if each.get("grade"))


def a_notebook_has_kernel_title_and_tasks(page: Page) -> Iterator[tuple[int, str]]:
    if "kernelspec" not in page.about:
        yield 1, "the front matter has no `kernelspec`."
    if not page.cells or not page.cells[0].source.startswith("# "):
        yield 1, "it does not begin with a title, as in: # Gradients"
    if not split_tasks(page):
        yield 1, f"it has no task; one begins with a heading, as in: {TASK}the tangent"


def misconceptions_are_a_list(page: Page) -> Iterator[tuple[int, str]]:
    if "misconceptions" in page.about:
        yield from _list(page, "misconceptions")


def a_task_begins_a_cell(page: Page) -> Iterator[tuple[int, str]]:
    for cell in page.cells:
        for number, line in enumerate(cell.source.split("\n")):
            if not cell.is_code and number and line.startswith(TASK):
                yield (
                    cell.line + number,
                    'a task begins within a cell: put a line +++ {"minutes": 10} before it.',
                )


def a_task_has_minutes_and_points(page: Page) -> Iterator[tuple[int, str]]:
    for first, *rest in split_tasks(page):
        minutes = first.node.metadata.get("minutes")
        if not is_count(minutes):
            given = "no minutes" if minutes is None else f"the minutes {minutes!r}"
            cause = 'put a line +++ {"minutes": 10} before its heading.'
            yield first.line, f"this task has {given}: {cause}"
        if not points_of(rest):
            yield first.line, "this task gives no points: no cell in it is graded."


def points_belong_to_a_task(page: Page) -> Iterator[tuple[int, str]]:
    within = {cell.line for task in split_tasks(page) for cell in task}
    for cell, about in graded_cells(page):
        if about["grade"] and cell.line not in within:
            yield cell.line, f"this cell is graded outside of a task; {TASK}… comes first."


def a_graded_cell_gives_points(page: Page) -> Iterator[tuple[int, str]]:
    for cell, about in graded_cells(page):
        if about["grade"] and not about.get("points", 0) > 0:
            yield cell.line, f"{_name(about)} is graded, but gives no points."


def each_cell_has_a_name_of_its_own(page: Page) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for cell, about in graded_cells(page):
        name = about.get("grade_id", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield (
                cell.line,
                f"the grade_id of this cell is {name!r}; use lower-case letters, digits"
                " and _, beginning with a letter.",
            )
        elif name in seen:
            yield cell.line, f"the grade_id {name} is already used in line {seen[name]}."
        seen[name] = cell.line


def marks_have_beginning_and_end(page: Page) -> Iterator[tuple[int, str]]:
    for cell in page.cells:
        for kind in MARKED:
            if cell.source.count(f"BEGIN {kind}") != cell.source.count(f"END {kind}"):
                yield cell.line, f"a BEGIN {kind} has no END {kind}, or the other way round."


def what_is_hidden_is_marked(page: Page) -> Iterator[tuple[int, str]]:
    for cell in page.cells:
        marked = "BEGIN SOLUTION" in cell.source or "BEGIN HIDDEN TESTS" in cell.source
        if marked and "nbgrader" not in cell.node.metadata:
            yield cell.line, "this cell has a solution or hidden tests, but no nbgrader metadata."
    for cell, about in graded_cells(page):
        if not about["solution"]:
            continue
        if cell.is_code and not re.search(r"^ *### BEGIN SOLUTION$", cell.source, re.MULTILINE):
            yield (
                cell.line,
                f"{_name(about)} is a solution without the lines ### BEGIN SOLUTION and"
                " ### END SOLUTION.",
            )
        if not cell.is_code and "BEGIN MARK SCHEME" not in cell.source:
            yield (
                cell.line,
                f"{_name(about)} is a written answer, and needs a rubric, between the lines of a"
                " MARK SCHEME.",
            )


def a_check_is_named_after_its_solution(page: Page) -> Iterator[tuple[int, str]]:
    solutions: list[str] = []
    for cell, about in graded_cells(page):
        name = about.get("grade_id", "")
        if about["solution"]:
            solutions.append(f"{name}_")
        elif about["grade"] and not name.startswith(tuple(solutions)):
            yield cell.line, f"the grade_id {name} should begin with that of a solution before it."


def what_is_locked_needs_no_solution(page: Page) -> Iterator[tuple[int, str]]:
    definitions = [(about.get("grade_id", ""), _definitions(cell))
                   for cell, about in graded_cells(page) if about["solution"]]  # fmt: skip
    for cell, about in graded_cells(page):
        if not about["locked"] or about["grade"] or about["solution"]:
            continue
        names = {node.id for node in _walk(cell) if isinstance(node, ast.Name)}
        for solution, defined in definitions:
            if names & defined:
                yield (
                    cell.line,
                    f"{_name(about)} is locked, but depends on the solution {solution}.",
                )


def _name(about: dict) -> str:
    return f"the cell {about.get('grade_id') or '?'}"


def _walk(cell: Cell) -> Iterator[ast.AST]:
    if cell.is_code:
        lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
        yield from ast.walk(ast.parse("\n".join(lines)))


def _definitions(cell: Cell) -> set[str]:
    return {node.name for node in _walk(cell) if isinstance(node, ast.FunctionDef)}


EXERCISE_RULES = (
    a_notebook_has_kernel_title_and_tasks, misconceptions_are_a_list, a_task_begins_a_cell,
    a_task_has_minutes_and_points, points_belong_to_a_task, a_graded_cell_gives_points,
    each_cell_has_a_name_of_its_own, marks_have_beginning_and_end, what_is_hidden_is_marked,
    a_check_is_named_after_its_solution, what_is_locked_needs_no_solution,
)  # fmt: skip
