"""Read what was handed in: untrusted folders and files."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

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


def _read_submission(student: str, folder: Path, assignment: Assignment, most: int) -> Submission:
    """Read the notebooks of a submission, and nothing else of it."""
    notes: list[str] = []
    wanted = {f"{name}.ipynb" for name in assignment.notebooks}
    notebooks: dict[str, bytes | str] = {
        name: f"{name}.ipynb was not handed in." for name in assignment.notebooks
    }
    if folder.is_symlink():
        return Submission(student, folder, None, dict.fromkeys(notebooks, "It is a link."), notes)
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name in wanted:
            notebooks[entry.name.removesuffix(".ipynb")] = _read_regular(Path(entry.path), most)
        elif entry.name not in (*BY_HAND, *assignment.files, ".ipynb_checkpoints"):
            # A name may be any bytes.
            readable = os.fsencode(entry.name).decode("utf-8", "replace")
            notes.append(f"{readable} is not part of the assignment, and was not read.")
    timestamp = _timestamp(folder / "timestamp.txt", notes)
    return Submission(student, folder, timestamp, notebooks, notes)


def _read_regular(path: Path, most: int) -> bytes | str:
    """Return the bytes of a regular file, or why there are none."""

    def opened(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)

    try:
        file = open(path, "rb", opener=opened)  # noqa: SIM115, it is closed below
    except OSError as error:
        is_known = path.is_symlink() or path.is_dir()
        return f"{path.name} is no regular file." if is_known else f"{error}"
    with file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            return f"{path.name} is no regular file."
        if about.st_size > most:
            return f"{path.name} is larger than {most >> 20} MiB."
        return file.read(most + 1)


def _timestamp(path: Path, notes: list[str]) -> datetime | None:
    text = _read_regular(path, 1000) if path.exists() or path.is_symlink() else b""
    try:
        return parse_utc(text.decode().strip()) if text else None
    except (ValueError, AttributeError, OverflowError):
        notes.append("timestamp.txt does not hold a time.")
        return None
