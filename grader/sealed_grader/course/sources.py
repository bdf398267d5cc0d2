"""Read the source of an assignment, through nbgrader's own steps."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IncludeHeaderFooter,
    LockCells,
    SaveCells,
)
from nbgrader.utils import find_all_files

from sealed_grader.course.course import Course
from sealed_grader.course.gradebook import open_gradebook
from sealed_grader.errors import CourseError
from sealed_grader.model import Assignment, SourceNotebook
from sealed_grader.notebooks import read_notebook


def read_assignment(course: Course, name: str) -> Assignment:
    """Read the source of an assignment, and record its tests and points in the gradebook.

    Args:
        course: the course.
        name: the assignment.

    Returns:
        What submissions are graded against.

    Raises:
        CourseError: there is no source, or nbgrader would not release it.
    """
    directory = course.settings.source_directory
    folder = course.folder(directory, ".", name)
    paths = sorted(folder.glob("*.ipynb"))
    if not paths:
        others = course.folder(directory, ".", "x").parent
        found = sorted(path.name for path in others.glob("*") if path.is_dir())
        raise CourseError(
            f"{folder} has no notebook. Assignments that have: {', '.join(found) or 'none'}."
        )
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(name)
    notebooks = {path.stem: _read_source(course, name, path) for path in paths}
    beside = find_all_files(str(folder), [*course.settings.ignore, "*.ipynb"])
    files = {os.path.relpath(path, folder): Path(path).read_bytes() for path in beside}
    return Assignment(name, notebooks, files, course.advice)


def _read_source(course: Course, assignment: str, path: Path) -> SourceNotebook:
    """Return the three forms of a source, made by `nbgrader generate_assignment`'s steps."""
    try:
        return _make_forms(
            course, assignment, path, read_notebook(path.read_text(encoding="utf-8"))
        )
    except CourseError:
        raise
    except Exception as error:
        # nbgrader reports only that a cell is invalid; the cause is in `__context__`.
        raise CourseError(f"{path}: {error.__context__ or error}") from error


def _make_forms(
    course: Course, assignment: str, path: Path, notebook: NotebookNode
) -> SourceNotebook:
    about = {"notebook": path.stem, "assignment": assignment, "student": ".",
             "db_url": course.settings.db_url}  # fmt: skip
    resources = ResourcesDict(None, nbgrader=about)
    if re.search(r"^\s*#+ *AUTOTEST\b", nbformat.writes(notebook), re.MULTILINE):
        raise CourseError(f"{path}: AUTOTEST has to be instantiated first.")
    forms = []
    with contextlib.chdir(course.root):
        for steps in (
            (IncludeHeaderFooter, LockCells, ClearOutput, CheckCellMetadata),
            (ClearSolutions, ComputeChecksums, SaveCells),
            (ClearHiddenTests, ClearMarkScheme),
        ):
            for step in steps:
                notebook, _ = step(parent=course.app).preprocess(notebook, resources)
            _number_cells(notebook)
            forms.append(nbformat.writes(notebook))
    return SourceNotebook(path.stem, *forms)


def _number_cells(notebook: NotebookNode) -> None:
    """Give an id to each cell without one, as in older formats, or with another cell's."""
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        if "id" not in cell or cell.id in seen:
            cell.id = f"numbered-{number}"
        seen.add(cell.id)
