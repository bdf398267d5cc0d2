"""A course of nbgrader: its settings, its folders, and the lock on its gradebook."""

from __future__ import annotations

import contextlib
import fcntl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets import Unicode
from traitlets.config import Configurable

from sealed_grader.errors import CourseError

RESULTS = "results"


class SealedGrader(Configurable):
    """The settings of this grader in `nbgrader_config.py`, as `c.SealedGrader.advice = ...`."""

    advice = Unicode(
        help="The dotted name of a function that gets an error, and returns advice for the student"
        " who made it, or None. The advice stands below the error in the feedback."
    ).tag(config=True)


class Course:
    """A course of nbgrader.

    Attributes:
        root: its folder.
        app: nbgrader's application, which holds the settings of `nbgrader_config.py`.
        settings: nbgrader's names of folders.
        advice: the dotted name of a function for advice on errors; empty if there is none.
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
        self.app = NbGrader()
        self.app.log_level = "CRITICAL"
        root = root.resolve()
        with contextlib.chdir(root):
            self.app.initialize([], root=str(root))
        self.settings = cast(CourseDirectory, self.app.coursedir)
        self.advice: str = SealedGrader(config=self.app.config).advice
        self.root = Path(self.settings.root)

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """Return a folder of the course.

        Args:
            step: the folder of the step, such as `settings.source_directory`.
            student: whose; "." for a step without students.
            assignment: which assignment.
        """
        return Path(self.settings.format_path(step, student, assignment))

    def results_folder(self, assignment: str) -> Path:
        """Return the folder of the stored results of an assignment."""
        return self.root / RESULTS / assignment

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from writing.

        Raises:
            CourseError: another run is writing.
        """
        (self.root / RESULTS).mkdir(exist_ok=True)
        with (self.root / RESULTS / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CourseError(
                    f"Another run is grading {self.root}. Wait until it ends."
                ) from None
            yield
