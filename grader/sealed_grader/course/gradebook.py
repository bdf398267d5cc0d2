"""The course on disk: sources and submissions to read, gradebook and graded notebooks to write.

All of nbgrader's settings are read from the course's `nbgrader_config.py`, and all marks go through
nbgrader's own code, so that `nbgrader generate_feedback`, `nbgrader export` and the formgrader find
what they expect. Only one process writes at a time.
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import glob
import html
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
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
from nbgrader.apps.baseapp import NbGrader
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    IncludeHeaderFooter,
    LockCells,
    SaveAutoGrades,
    SaveCells,
)
from nbgrader.utils import find_all_files
from sqlalchemy import create_engine
from sqlalchemy.exc import SAWarning

from sealed_grader.course.files import write_whole
from sealed_grader.course.submissions import Submission, _read_submission, _timestamp
from sealed_grader.model import Assignment, Result, SourceNotebook

RESULTS = "results"


class CourseError(ValueError):
    """The course does not hold what is needed; the message says what to do."""


@dataclass
class Written:
    """What was written for a student.

    Attributes:
        student: whose marks they are.
        changed: for each test whose mark is another than before, its name, and the marks.
        is_new: whether there were no marks before.
        fault: why it could not be written, if so.
    """

    student: str
    changed: list[tuple[str, float | None, float | None]] = field(default_factory=list)
    is_new: bool = True
    fault: str = ""


def _stamp(gradebook: Gradebook) -> None:
    """Write down which version of nbgrader's tables these are, unless it is written already."""
    # It takes long to import, and only a new gradebook needs it.
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with gradebook.engine.begin() as connection:
        migration = MigrationContext.configure(connection)
        if migration.get_current_revision() is None:
            migration.stamp(ScriptDirectory(ALEMBIC_DIR), "head")


class Course:
    """A course of nbgrader.

    Attributes:
        root: its folder.
        settings: nbgrader's idea of its folders.
    """

    def __init__(self, root: Path) -> None:
        """Read the settings of a course.

        Args:
            root: its folder, with `nbgrader_config.py`.

        Raises:
            CourseError: there is none.
        """
        if not (root / "nbgrader_config.py").exists():
            raise CourseError(f"{root} has no nbgrader_config.py. Name the course: --course DIR.")
        # nbgrader reads while it has unsaved objects, on purpose; SQLAlchemy would warn each time.
        warnings.filterwarnings("ignore", category=SAWarning)
        self._app = NbGrader()
        self._app.log_level = "CRITICAL"
        with contextlib.chdir(root):
            self._app.initialize([], root=str(root.resolve()))
        self.settings = self._app.coursedir
        self.root = Path(self.settings.root)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes.

        Raises:
            CourseError: somebody else does.
        """
        (self.root / RESULTS).mkdir(exist_ok=True)
        with (self.root / RESULTS / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CourseError(
                    f"Another run is grading {self.root}. Wait for its end."
                ) from None
            yield

    @contextlib.contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open the gradebook."""
        # nbgrader finds the version of new tables by starting a program, which takes seconds, and
        # never again looks for it if it is killed meanwhile. It leaves tables that are there alone.
        engine = create_engine(self.settings.db_url)
        Base.metadata.create_all(engine)
        engine.dispose()
        with Gradebook(self.settings.db_url, self.settings.course_id) as gradebook:
            if not gradebook.assignments:
                _stamp(gradebook)
            yield gradebook

    def assignment(self, name: str) -> Assignment:
        """Read the source of an assignment, and tell the gradebook of its tests and points.

        Args:
            name: the assignment.

        Returns:
            What is graded against.

        Raises:
            CourseError: there is no source, or its cells are not those that there are answers to.
        """
        folder = Path(self.settings.format_path(self.settings.source_directory, ".", name))
        paths = sorted(folder.glob("*.ipynb"))
        if not paths:
            others = Path(
                self.settings.format_path(self.settings.source_directory, ".", "x")
            ).parent
            found = sorted(p.name for p in others.glob("*") if p.is_dir())
            raise CourseError(
                f"{folder} has no notebook. Assignments that have: {', '.join(found) or 'none'}."
            )
        with self.gradebook() as gradebook:
            gradebook.update_or_create_assignment(name)
        notebooks = {path.stem: self._source(name, path) for path in paths}
        others = find_all_files(str(folder), [*self.settings.ignore, "*.ipynb"])
        files = {os.path.relpath(path, folder): Path(path).read_bytes() for path in others}
        return Assignment(name, notebooks, files)

    def _source(self, assignment: str, path: Path) -> SourceNotebook:
        """Return the three forms of a source, made by `nbgrader generate_assignment`'s steps."""
        try:
            return self._forms(assignment, path, nbformat.read(path, as_version=4))
        except CourseError:
            raise
        except Exception as error:
            # Of what is wrong with a cell, nbgrader tells no more than that there is something.
            raise CourseError(f"{path}: {error.__context__ or error}") from error

    def _forms(
        self, assignment: str, path: Path, notebook: nbformat.NotebookNode
    ) -> SourceNotebook:
        resources = {"nbgrader": {"notebook": path.stem, "assignment": assignment, "student": ".",
                                  "db_url": self.settings.db_url}}  # fmt: skip
        if re.search(r"^\s*#+ *AUTOTEST\b", nbformat.writes(notebook), re.MULTILINE):
            raise CourseError(f"{path}: AUTOTEST has to be instantiated first.")
        forms = []
        with contextlib.chdir(self.root):
            for steps in (
                (IncludeHeaderFooter, LockCells, ClearOutput, CheckCellMetadata),
                (ClearSolutions, ComputeChecksums, SaveCells),
                (ClearHiddenTests, ClearMarkScheme),
            ):
                for step in steps:
                    notebook, _ = step(parent=self._app).preprocess(notebook, resources)
                _number_cells(notebook)
                forms.append(nbformat.writes(notebook))
        return SourceNotebook(path.stem, *forms)

    def submissions(
        self, assignment: Assignment, students: list[str], most: int
    ) -> list[Submission]:
        """Read what was handed in.

        Args:
            assignment: which assignment.
            students: whose; empty for all.
            most: how many bytes a notebook may have.

        Returns:
            The submissions, sorted by student.

        Raises:
            CourseError: somebody is named who has handed nothing in.
        """
        step = self.settings.submitted_directory
        pattern = self.settings.format_path(step, "*", glob.escape(assignment.name))
        named = self.settings.format_path(
            step, "(?P<student>[^/]*)", re.escape(assignment.name), True
        )
        excluded = self.settings.student_id_exclude.split(",")
        found = {}
        for folder in glob.glob(pattern):
            match = re.fullmatch(named, folder)
            if match and match["student"] not in excluded and os.path.isdir(folder):
                found[match["student"]] = Path(folder)
        if missing := set(students) - set(found):
            raise CourseError(f"Nothing was handed in by {', '.join(sorted(missing))}.")
        return [_read_submission(student, found[student], assignment, most)
                for student in sorted(students or found)]  # fmt: skip

    def is_written(
        self, gradebook: Gradebook, submission: Submission, assignment: str, keys: dict[str, str]
    ) -> bool:
        """Return whether gradebook and graded notebooks already hold these results."""
        folder = self.graded_folder(submission.student, assignment)
        if _timestamp(folder / "timestamp.txt", []) != submission.timestamp:
            return False
        told = {name: read_about(folder / f"{name}.ipynb") for name in keys}
        for name, key in keys.items():
            receipt = told[name].get("receipt", {})
            if receipt.get("key") != key or told[name]["verdict"] == "grader's fault":
                return False
        # The gradebook may be an older one, brought back.
        kept = _marks(gradebook, assignment, submission.student)
        return _found(gradebook, assignment, submission.student) and all(
            kept.get((name, test["name"])) == test["score"]
            for name in keys
            for test in told[name]["tests"]
        )

    def write(
        self,
        gradebook: Gradebook,
        submission: Submission,
        assignment: Assignment,
        results: dict[str, Result],
    ) -> Written:
        """Write results into the gradebook, then the graded notebooks.

        The notebook comes last, since it says that all before it is done.

        Args:
            gradebook: the gradebook.
            submission: what was graded.
            assignment: the assignment.
            results: for each notebook.

        Returns:
            Which marks have changed.
        """
        student = submission.student
        done = Written(student, is_new=not _found(gradebook, assignment.name, student))
        notebooks = {name: nbformat.reads(result.notebook, as_version=4)
                     for name, result in results.items()}  # fmt: skip
        with _as_one(gradebook):
            gradebook.update_or_create_student(student)
            gradebook.update_or_create_submission(
                assignment.name, student, timestamp=submission.timestamp
            )
            for name, notebook in notebooks.items():
                nothing_was_read = isinstance(submission.notebooks[name], str)
                changed = self._save_marks(gradebook, notebook, assignment.name, name, student,
                                           results[name], nothing_was_read)  # fmt: skip
                done.changed += [] if done.is_new else changed
        self._save_penalties(gradebook, notebooks, assignment.name, student)
        folder = self.graded_folder(student, assignment.name)
        for path, content in assignment.files.items():
            write_whole(folder / path, content)
        for name, notebook in notebooks.items():
            _describe(notebook, results[name], submission.notes)
            text = nbformat.writes(notebook)
            write_whole(folder / f"{name}.ipynb", text.encode(), mode=0o444)
        if submission.timestamp:
            stamp = f"{submission.timestamp:%Y-%m-%d %H:%M:%S.%f} UTC\n"
            write_whole(folder / "timestamp.txt", stamp.encode())
        else:
            (folder / "timestamp.txt").unlink(missing_ok=True)
        return done

    def _save_marks(
        self,
        gradebook: Gradebook,
        notebook: nbformat.NotebookNode,
        assignment: str,
        name: str,
        student: str,
        result: Result,
        nothing_was_read: bool,
    ) -> list[tuple[str, float | None, float | None]]:
        """Save marks and comments by nbgrader's own step; return those that have changed."""
        found = gradebook.find_submission_notebook(name, assignment, student)
        before = {grade.name: grade.auto_score for grade in found.grades}
        save = SaveAutoGrades(parent=self._app)
        # The step would open the gradebook anew for each notebook, which takes longer than grading.
        save.gradebook, save.notebook_id = gradebook, name
        save.assignment_id, save.student_id = assignment, student
        for number, cell in enumerate(notebook.cells):
            # It would also read points from what a test shows, and stop at what it does not expect.
            # The points of tests are known, and set below.
            without_outputs = copy.copy(cell)
            without_outputs.outputs = []
            save.preprocess_cell(without_outputs, {}, number)
        tests = {test.name: test for test in result.tests}
        for grade in found.grades:
            if grade.name in tests:
                grade.auto_score = tests[grade.name].score
                if grade.auto_score is None:
                    # The grader failed: this asks for a person, instead of giving 0.
                    grade.needs_manual_grade = True
            elif nothing_was_read:
                # There is nothing for a person to look at.
                grade.auto_score, grade.needs_manual_grade = 0.0, False
        return [(test.name, before[test.name], test.score) for test in result.tests
                if before[test.name] != test.score]  # fmt: skip

    def _save_penalties(
        self,
        gradebook: Gradebook,
        notebooks: dict[str, nbformat.NotebookNode],
        assignment: str,
        student: str,
    ) -> None:
        """Save what a late submission costs by nbgrader's own step."""
        late = gradebook.find_submission(assignment, student).total_seconds_late > 0
        for name, notebook in notebooks.items():
            found = gradebook.find_submission_notebook(name, assignment, student)
            if late or found.late_submission_penalty:
                about = {"notebook": name, "assignment": assignment, "student": student,
                         "db_url": self.settings.db_url}  # fmt: skip
                AssignLatePenalties(parent=self._app).preprocess(notebook, {"nbgrader": about})
                gradebook.db.expire_all()

    def graded_folder(self, student: str, assignment: str) -> Path:
        """Return where the graded notebooks of a student are."""
        step = self.settings.autograded_directory
        return Path(self.settings.format_path(step, student, assignment))

    def graded(self, assignment: str) -> dict[str, dict]:
        """Return what the graded notebooks of an assignment say about themselves, by path."""
        step = self.settings.autograded_directory
        folders = self.settings.format_path(step, "*", glob.escape(assignment))
        return {path: read_about(Path(path)) for path in sorted(glob.glob(f"{folders}/*.ipynb"))}


@contextlib.contextmanager
def _as_one(gradebook: Gradebook) -> Iterator[None]:
    """Commit once what nbgrader's steps commit bit by bit, each time waiting for the disk."""
    gradebook.db.commit = gradebook.db.flush
    try:
        yield
    finally:
        del gradebook.db.commit
    gradebook.db.commit()


def _number_cells(notebook: nbformat.NotebookNode) -> None:
    """Give an id to each cell that has none, as in notebooks of older formats, or not its own."""
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    seen = set()
    for number, cell in enumerate(notebook.cells):
        if cell.get("id") in {None, *seen}:
            cell.id = f"numbered-{number}"
        seen.add(cell.id)


def _marks(
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


def _found(gradebook: Gradebook, assignment: str, student: str) -> bool:
    try:
        gradebook.find_submission(assignment, student)
    except MissingEntry:
        return False
    return True


def _describe(notebook: nbformat.NotebookNode, result: Result, notes: list[str]) -> None:
    """Have the notebook say what became of it: on top for people, in its metadata for programs."""
    notes = [" ".join(note.split()) for note in [*result.notes, *notes]]
    if notes:
        # In pre, neither Markdown nor mathematics is looked for; names may come from the student.
        listed = html.escape("\n".join(notes))
        text = f"**The grader's notes: {result.verdict}**\n\n<pre>\n{listed}\n</pre>"
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="notes"))
    notebook.metadata["dl_workshop"] = {
        "verdict": result.verdict,
        "notes": notes,
        "tests": [vars(test) for test in result.tests],
        "receipt": result.receipt,
    }


def read_about(path: Path) -> dict:
    """Return what a graded notebook says about itself: verdict, notes, tests and receipt."""
    try:
        return nbformat.read(path, as_version=4).metadata.get("dl_workshop", {})
    except (OSError, ValueError):
        return {}
