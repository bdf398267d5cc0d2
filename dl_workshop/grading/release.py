"""Make the student edition and the student kit from the exercises as written: `make release`.

An exercise is written once, in `solutions/<chapter>/<notebook>.md`. Here it is checked, and becomes
a notebook with solutions in `_build/source/`, from which stock nbgrader generates `exercises/`.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from jupytext.formats import JupytextFormatError
from nbgrader.api import Gradebook, MissingEntry

ROOT = Path(__file__).parents[2]
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


def write_sources(root: Path, source: Path) -> list[str]:
    """Write the notebooks with solutions into a new folder, and nothing else.

    nbgrader would copy any other file that lies there into the release.

    Args:
        root: the folder of the course.
        source: the folder to write.

    Returns:
        The names of the assignments, one for each folder in `solutions/`.

    Raises:
        SourceError: a source cannot be released; nothing was written.
    """
    notebooks = {path: read_source(path) for path in sorted(root.glob("solutions/*/*.md"))}
    for path, notebook in notebooks.items():
        _refuse_lost_cells(root, path, notebook)
    shutil.rmtree(source, ignore_errors=True)
    for path, notebook in notebooks.items():
        target = source / path.parent.name / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
    return sorted({path.parent.name for path in notebooks})


def _refuse_lost_cells(root: Path, path: Path, notebook: nbformat.NotebookNode) -> None:
    """Refuse a grade id that was renamed or removed once there are answers to it."""
    if not (root / "gradebook.db").exists():
        return
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        try:
            known = gradebook.find_notebook(path.stem, path.parent.name)
        except MissingEntry:
            return
        old = {cell.name for cell in known.source_cells}
        new = {cell.id for cell in notebook.cells if "nbgrader" in cell.metadata}
        if known.submissions and old != new:
            raise SourceError(
                f"{path}: the gradebook holds answers for other cells than these"
                f" (missing {sorted(old - new)}, new {sorted(new - old)}). Give them their old"
                " grade_id, or start another assignment."
            )


def run_nbgrader(root: Path, *arguments: str) -> str:
    """Run an nbgrader command in a course.

    Args:
        root: the folder of the course, with its `nbgrader_config.py`.
        arguments: the command and its options.

    Returns:
        What it printed.

    Raises:
        SystemExit: the command failed; the message is what it printed.
    """
    tools = Path(sys.executable).parent
    result = subprocess.run(
        [tools / "nbgrader", *arguments],
        cwd=root,
        # For a new gradebook nbgrader calls alembic by its name.
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}\nnbgrader {' '.join(arguments)} failed.")
    return result.stdout


def release(root: Path = ROOT) -> list[str]:
    """Release every assignment of a course anew.

    The student edition takes the place of the old one at the end, when all of it is there.

    Args:
        root: the folder of the course.

    Returns:
        The names of the assignments.

    Raises:
        SourceError: a source cannot be released; nothing was changed.
        SystemExit: nbgrader failed; the student edition is as it was.
    """
    build = root / "_build"
    assignments = write_sources(root, build / "source")
    fresh = build / "release"
    shutil.rmtree(fresh, ignore_errors=True)
    for assignment in assignments:
        option = f"--CourseDirectory.release_directory={fresh.relative_to(root)}"
        run_nbgrader(root, "generate_assignment", assignment, "--force", "--create", option)
    old = build / "release-before"
    shutil.rmtree(old, ignore_errors=True)
    if (root / "exercises").exists():
        (root / "exercises").rename(old)
    fresh.rename(root / "exercises")
    return assignments


def main() -> None:
    """Release the exercises of this course and make the student kit, or write the sources alone."""
    from dl_workshop.grading.kit import make_kit

    try:
        if sys.argv[1:] == ["--sources"]:
            write_sources(ROOT, ROOT / "_build" / "source")
            return
        assignments = release()
    except SourceError as error:
        raise SystemExit(str(error)) from error
    print("\n".join(f"exercises/{assignment}" for assignment in assignments))
    print(make_kit(ROOT).relative_to(ROOT))


if __name__ == "__main__":
    main()
