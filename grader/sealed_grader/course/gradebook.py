"""Write marks into the gradebook, and graded notebooks beside it.

All marks go through nbgrader's own code, so that `nbgrader generate_feedback`, `nbgrader export`
and the formgrader find what they expect. Only one process writes at a time.
"""

from __future__ import annotations

import contextlib
import copy
import glob
import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import (
    Base,
    BaseCell,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy import create_engine

from sealed_grader.course.course import Course
from sealed_grader.course.files import write_atomically
from sealed_grader.course.submissions import Submission, read_timestamp
from sealed_grader.model import SCHEMA, Assignment, Result, in_current_form
from sealed_grader.notebooks import read_notebook

# Under this key a graded notebook says what became of it; the first version had another name.
METADATA_KEY, FIRST_METADATA_KEY = "sealed_grader", "dl_workshop"


@dataclass
class WriteReport:
    """What was recorded for a student.

    Attributes:
        student: whose marks they are.
        changed: each test whose mark differs from the one before, with both marks.
        is_new: whether there were no marks before.
        fault: why it could not be written, if so.
    """

    student: str
    changed: list[tuple[str, float | None, float | None]] = field(default_factory=list)
    is_new: bool = True
    fault: str = ""


@contextlib.contextmanager
def open_gradebook(course: Course) -> Iterator[Gradebook]:
    """Open the gradebook of a course."""
    # nbgrader finds the version of new tables by starting a program, which takes seconds, and
    # never again looks for it if it is killed meanwhile. It leaves tables that are there alone.
    engine = create_engine(course.settings.db_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    with Gradebook(course.settings.db_url, course.settings.course_id) as gradebook:
        if not gradebook.assignments:
            _stamp_version(gradebook)
        yield gradebook


def _stamp_version(gradebook: Gradebook) -> None:
    """Record the version of nbgrader's tables, unless it is recorded already."""
    # It takes long to import, and only a new gradebook needs it.
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with gradebook.engine.begin() as connection:
        migration = MigrationContext.configure(connection)
        if migration.get_current_revision() is None:
            migration.stamp(ScriptDirectory(str(ALEMBIC_DIR)), "head")


def is_recorded(
    course: Course,
    gradebook: Gradebook,
    submission: Submission,
    assignment: str,
    keys: dict[str, str],
) -> bool:
    """Return whether gradebook and graded notebooks already hold the results under these keys."""
    folder = graded_folder(course, submission.student, assignment)
    if read_timestamp(folder, []) != submission.timestamp:
        return False
    recorded = {name: read_judgement(folder / f"{name}.ipynb") for name in keys}
    for name, key in keys.items():
        receipt = recorded[name].get("receipt", {})
        if receipt.get("key") != key or recorded[name]["verdict"] == "grader's fault":
            return False
    # The gradebook may be an older one, brought back.
    scores = _stored_scores(gradebook, assignment, submission.student)
    return _has_submission(gradebook, assignment, submission.student) and all(
        scores.get((name, test["name"])) == test["score"]
        for name in keys
        for test in recorded[name]["tests"]
    )


def record(
    course: Course,
    gradebook: Gradebook,
    submission: Submission,
    assignment: Assignment,
    results: dict[str, Result],
) -> WriteReport:
    """Write results into the gradebook, then the graded notebooks.

    The notebook comes last, since it says that all before it is done.

    Args:
        course: the course.
        gradebook: its gradebook.
        submission: the submission.
        assignment: the assignment.
        results: for each notebook.

    Returns:
        Which marks have changed.
    """
    student = submission.student
    report = WriteReport(student, is_new=not _has_submission(gradebook, assignment.name, student))
    notebooks = {name: read_notebook(result.notebook)
                 for name, result in results.items()}  # fmt: skip
    with _single_commit(gradebook):
        gradebook.update_or_create_student(student)
        # nbgrader declares a wrong type for keyword arguments.
        facts: dict[str, Any] = {"timestamp": submission.timestamp}
        gradebook.update_or_create_submission(assignment.name, student, **facts)
        for name, notebook in notebooks.items():
            nothing_was_read = isinstance(submission.notebooks[name], str)
            changed = _save_marks(course, gradebook, notebook, assignment.name, name, student,
                                  results[name], nothing_was_read)  # fmt: skip
            report.changed += [] if report.is_new else changed
    _save_penalties(course, gradebook, notebooks, assignment.name, student)
    folder = graded_folder(course, student, assignment.name)
    for path, content in assignment.files.items():
        write_atomically(folder / path, content)
    for name, notebook in notebooks.items():
        _add_judgement(notebook, results[name], submission.notes)
        text = nbformat.writes(notebook)
        write_atomically(folder / f"{name}.ipynb", text.encode(), mode=0o444)
    if submission.timestamp:
        stamp = f"{submission.timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n"
        write_atomically(folder / "timestamp.txt", stamp.encode())
    else:
        (folder / "timestamp.txt").unlink(missing_ok=True)
    return report


def _save_marks(
    course: Course,
    gradebook: Gradebook,
    notebook: NotebookNode,
    assignment: str,
    name: str,
    student: str,
    result: Result,
    nothing_was_read: bool,
) -> list[tuple[str, float | None, float | None]]:
    """Save marks and comments by nbgrader's own step; return those that have changed."""
    found = gradebook.find_submission_notebook(name, assignment, student)
    before = {grade.name: grade.auto_score for grade in found.grades}
    save = SaveAutoGrades(parent=course.app)
    # The step would open the gradebook again for each notebook, which takes longer than grading.
    save.gradebook, save.notebook_id = gradebook, name
    save.assignment_id, save.student_id = assignment, student
    for number, cell in enumerate(notebook.cells):
        # Outputs would be read for points, and unexpected ones would stop it. The points of tests
        # are known, and set below.
        without_outputs = copy.copy(cell)
        without_outputs.outputs = []
        save.preprocess_cell(without_outputs, ResourcesDict(None), number)
    tests = {test.name: test for test in result.tests}
    grades: Any = found.grades
    for grade in grades:
        if grade.name in tests:
            grade.auto_score = tests[grade.name].score
            if grade.auto_score is None:
                # The grader failed: this asks for a person, instead of giving 0.
                grade.needs_manual_grade = True
        elif nothing_was_read:
            # There is nothing to grade by hand.
            grade.auto_score, grade.needs_manual_grade = 0.0, False
    return [(test.name, before[test.name], test.score) for test in result.tests
            if before[test.name] != test.score]  # fmt: skip


def _save_penalties(
    course: Course,
    gradebook: Gradebook,
    notebooks: dict[str, NotebookNode],
    assignment: str,
    student: str,
) -> None:
    """Save the penalty for a late submission by nbgrader's own step."""
    late = gradebook.find_submission(assignment, student).total_seconds_late > 0
    for name, notebook in notebooks.items():
        found = gradebook.find_submission_notebook(name, assignment, student)
        penalty = cast(float | None, found.late_submission_penalty)
        if late or penalty:
            about = {"notebook": name, "assignment": assignment, "student": student,
                     "db_url": course.settings.db_url}  # fmt: skip
            AssignLatePenalties(parent=course.app).preprocess(
                notebook, ResourcesDict(None, nbgrader=about)
            )
            gradebook.db.expire_all()


@contextlib.contextmanager
def _single_commit(gradebook: Gradebook) -> Iterator[None]:
    """Commit once what nbgrader's steps commit bit by bit, each time waiting for the disk."""
    gradebook.db.commit = gradebook.db.flush
    try:
        yield
    finally:
        del gradebook.db.commit
    gradebook.db.commit()


def _stored_scores(
    gradebook: Gradebook, assignment: str, student: str
) -> dict[tuple[str, str], float | None]:
    """Return the points that the gradebook holds, by notebook and test, in one query."""
    query = (
        gradebook.db.query(Notebook.name, BaseCell.name, Grade.auto_score)
        .select_from(SubmittedAssignment)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .filter(
            SubmittedAssignment.assignment_id == gradebook.find_assignment(assignment).id,
            SubmittedAssignment.student_id == student,
        )
    )
    return {(notebook, test): score for notebook, test, score in query}


def _has_submission(gradebook: Gradebook, assignment: str, student: str) -> bool:
    try:
        gradebook.find_submission(assignment, student)
    except MissingEntry:
        return False
    return True


def graded_folder(course: Course, student: str, assignment: str) -> Path:
    """Return where the graded notebooks of a student are."""
    return course.folder(course.settings.autograded_directory, student, assignment)


def read_judgements(course: Course, assignment: str) -> dict[str, dict[str, Any]]:
    """Return what the graded notebooks of an assignment say about themselves, by path."""
    folders = graded_folder(course, "*", glob.escape(assignment))
    return {path: read_judgement(Path(path)) for path in sorted(glob.glob(f"{folders}/*.ipynb"))}


def _add_judgement(notebook: NotebookNode, result: Result, notes: list[str]) -> None:
    """Add the verdict to a graded notebook: on top for people, in its metadata for programs."""
    notes = [" ".join(note.split()) for note in [*result.notes, *notes]]
    if notes:
        # In pre, neither Markdown nor mathematics is looked for; names may come from the student.
        listed = html.escape("\n".join(notes))
        text = f"**The grader's notes: {result.verdict}**\n\n<pre>\n{listed}\n</pre>"
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="notes"))
    notebook.metadata[METADATA_KEY] = {
        "schema": SCHEMA,
        "verdict": result.verdict,
        "notes": notes,
        "tests": [vars(test) for test in result.tests],
        "receipt": result.receipt,
    }


def read_judgement(path: Path) -> dict[str, Any]:
    """Return what a graded notebook says about itself: verdict, notes, tests and receipt.

    Raises:
        CourseError: it was written by a newer version of the grader.
    """
    try:
        metadata = read_notebook(path.read_text(encoding="utf-8")).metadata
    except (OSError, ValueError):
        return {}
    found = metadata.get(METADATA_KEY) or metadata.get(FIRST_METADATA_KEY) or {}
    return in_current_form(found, str(path)) if found else {}
