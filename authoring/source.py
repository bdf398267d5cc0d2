"""The exercises as written: read, checked, and turned into notebooks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from jupytext.formats import JupytextFormatError

ROOT = Path(__file__).parents[1]

TASK = re.compile(r"^## Task \d+: .*\((\d+) points?, (\d+) minutes?\)$", re.MULTILINE)


class SourceError(ValueError):
    """A source cannot be released; the message names file, cell and reason."""


def read_source(path: Path) -> nbformat.NotebookNode:
    """Return the notebook that a MyST source stands for, the same one each time.

    What the source leaves out of nbgrader's metadata is filled in: a cell is neither graded nor a
    solution unless it says so, and locked unless it is a solution.

    Args:
        path: a source such as `solutions/goldfield/goldfield.md`.

    Returns:
        A notebook whose cells are named after their grade ids, or else numbered. (jupytext draws
        new names each time, which would make every release differ from the one before.)

    Raises:
        SourceError: the source cannot be released.
    """
    try:
        notebook = jupytext.read(path)
    except (JupytextFormatError, ValueError) as error:
        raise SourceError(f"{path}: this is no notebook in MyST Markdown: {error}") from error
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if "nbgrader" in cell.metadata:
            given = cell.metadata["nbgrader"]
            solution = given.get("solution", False)
            defaults = {"grade": False, "locked": not solution, "schema_version": 3,
                        "solution": False, "task": False}  # fmt: skip
            cell.metadata["nbgrader"] = defaults | given
            cell.id = given.get("grade_id", cell.id)
    for cell, reason in faults(notebook):
        shown = cell.source.strip().partition("\n")[0] if cell else ""
        where = f", cell {cell.id} ({shown[:60]})" if cell else ""
        raise SourceError(f"{path}{where}: {reason}")
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec}
    nbformat.validate(notebook)
    return notebook


def faults(notebook: nbformat.NotebookNode) -> Iterator[tuple[nbformat.NotebookNode | None, str]]:
    """Yield each cell that cannot be released, None for the whole notebook, and the reason."""
    seen: set[str] = set()
    solutions: dict[str, nbformat.NotebookNode] = {}
    promised = total = earned = 0
    heading = None
    for cell in notebook.cells:
        task = TASK.search(cell.source) if cell.cell_type == "markdown" else None
        if task and "nbgrader" in cell.metadata:
            yield cell, "a task begins within it: put a line +++ before the heading."
        if task or (cell.cell_type == "markdown" and cell.source.startswith("## ")):
            if earned != promised:
                yield heading, f"the task promises {promised} points, and its cells give {earned}."
            heading, earned = cell, 0
            promised = int(task[1]) if task else 0
            total += promised
        marked = "BEGIN SOLUTION" in cell.source or "BEGIN HIDDEN TESTS" in cell.source
        if "nbgrader" not in cell.metadata:
            if marked:
                yield cell, "it has a solution or hidden tests, and no nbgrader metadata."
            continue
        about = cell.metadata["nbgrader"]
        name = about.get("grade_id", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield cell, f"its grade_id is {name!r}; it needs one of small letters, digits and _."
        if name in seen:
            yield cell, f"the grade_id {name} stands twice in the notebook."
        seen.add(name)
        if about["grade"]:
            if not about.get("points", 0) > 0:
                yield cell, "it is graded, and gives no points."
            earned += about.get("points", 0)
        for kind in ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME"):
            if cell.source.count(f"BEGIN {kind}") != cell.source.count(f"END {kind}"):
                yield cell, f"a BEGIN {kind} has no END {kind}, or the other way round."
        if about["solution"] and cell.cell_type == "code":
            solutions[name] = cell
            if not re.search(r"^ *### BEGIN SOLUTION$", cell.source, re.MULTILINE):
                yield (
                    cell,
                    "it is a solution without the lines ### BEGIN SOLUTION and END SOLUTION.",
                )
        if about["solution"] and cell.cell_type == "markdown" and "MARK SCHEME" not in cell.source:
            yield cell, "a written answer needs a rubric, between the lines of a MARK SCHEME."
        if about["grade"] and not about["solution"]:
            if not any(name.startswith(f"{solution}_") for solution in solutions):
                yield cell, "its grade_id begins with that of no solution before it."
        elif about["locked"]:
            names = {node.id for node in _walk(cell) if isinstance(node, ast.Name)}
            for other in notebook.cells:
                if other.metadata.get("nbgrader", {}).get("solution") and names & _defines(other):
                    yield cell, f"it is locked, and depends on the solution {other.id}."
    if earned != promised:
        yield heading, f"the task promises {promised} points, and its cells give {earned}."
    if not re.search(rf"\b{total} points, about \d+ minutes", notebook.cells[0].source):
        yield notebook.cells[0], f"it should say: {total} points, about … minutes."


def _walk(cell: nbformat.NotebookNode) -> Iterator[ast.AST]:
    if cell.cell_type == "code":
        lines = [line for line in cell.source.splitlines() if not line.startswith("%")]
        yield from ast.walk(ast.parse("\n".join(lines)))


def _defines(cell: nbformat.NotebookNode) -> set[str]:
    return {node.name for node in _walk(cell) if isinstance(node, ast.FunctionDef)}
