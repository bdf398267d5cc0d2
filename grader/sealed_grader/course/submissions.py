"""Read submissions: untrusted folders and files."""

from __future__ import annotations

import glob
import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from sealed_grader.course.course import Course
from sealed_grader.errors import CourseError
from sealed_grader.model import Assignment

BY_HAND = ("timestamp.txt",)


@dataclass
class Submission:
    """What a student has handed in.

    Attributes:
        student: whose it is.
        folder: where it lies.
        timestamp: when it was handed in, if that is known.
        notebooks: the bytes of each notebook of the assignment; or why there are none.
        notes: what else is remarkable about the folder.
    """

    student: str
    folder: Path
    timestamp: datetime | None
    notebooks: dict[str, bytes | str]
    notes: list[str]


def read_submissions(
    course: Course, assignment: Assignment, students: list[str], max_bytes: int
) -> list[Submission]:
    """Read the submissions to an assignment.

    Args:
        course: the course.
        assignment: which assignment.
        students: whose; empty for all.
        max_bytes: how large a notebook may be.

    Returns:
        The submissions, sorted by student.

    Raises:
        CourseError: one of the students has handed nothing in.
    """
    directory, settings = course.settings.submitted_directory, course.settings
    pattern = settings.format_path(directory, "*", glob.escape(assignment.name))
    named = settings.format_path(directory, "(?P<student>[^/]*)", re.escape(assignment.name), True)
    excluded = settings.student_id_exclude.split(",")
    found = {}
    for folder in glob.glob(pattern):
        match = re.fullmatch(named, folder)
        if match and match["student"] not in excluded and os.path.isdir(folder):
            found[match["student"]] = Path(folder)
    if missing := set(students) - set(found):
        raise CourseError(f"Nothing was handed in by {', '.join(sorted(missing))}.")
    return [_read_submission(student, found[student], assignment, max_bytes)
            for student in sorted(students or found)]  # fmt: skip


def _read_submission(
    student: str, folder: Path, assignment: Assignment, max_bytes: int
) -> Submission:
    """Read the notebooks of a submission, and nothing else of it."""
    notes: list[str] = []
    wanted = {f"{name}.ipynb" for name in assignment.notebooks}
    notebooks: dict[str, bytes | str] = {
        name: f"{name}.ipynb was not handed in." for name in assignment.notebooks
    }
    if folder.is_symlink():
        links = dict.fromkeys(notebooks, "The folder is a link.")
        return Submission(student, folder, None, {**links}, notes)
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name in wanted:
            content = _read_regular_file(Path(entry.path), max_bytes)
            notebooks[entry.name.removesuffix(".ipynb")] = content
        elif entry.name not in (*BY_HAND, *assignment.files, ".ipynb_checkpoints"):
            # A name may be any bytes.
            readable = os.fsencode(entry.name).decode("utf-8", "replace")
            notes.append(f"{readable} is not part of the assignment, and was not read.")
    timestamp = read_timestamp(folder, notes)
    return Submission(student, folder, timestamp, notebooks, notes)


def _read_regular_file(path: Path, max_bytes: int) -> bytes | str:
    """Return the bytes of a regular file, or why there are none."""

    def open_without_waiting(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)

    try:
        file = open(path, "rb", opener=open_without_waiting)  # noqa: SIM115, it is closed below
    except OSError as error:
        is_known = path.is_symlink() or path.is_dir()
        return f"{path.name} is not a regular file." if is_known else f"{error}"
    with file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            return f"{path.name} is not a regular file."
        if about.st_size > max_bytes:
            return f"{path.name} is larger than {max_bytes >> 20} MiB."
        return file.read(max_bytes + 1)


def read_timestamp(folder: Path, notes: list[str]) -> datetime | None:
    """Return the time in a folder's `timestamp.txt`; note it if there is none in the file."""
    path = folder / "timestamp.txt"
    if not path.exists() and not path.is_symlink():
        return None
    text = _read_regular_file(path, 1000)
    try:
        if isinstance(text, bytes):
            return parse_utc(text.decode().strip()) if text else None
    except (ValueError, AttributeError, OverflowError):
        pass
    notes.append("timestamp.txt does not hold a time.")
    return None
