"""Results on disk, by the hash of all that they depend on."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sealed_grader.course.files import write_atomically
from sealed_grader.errors import CourseError
from sealed_grader.model import Result


class Store:
    """A folder of results.

    Attributes:
        folder: where they are, one file for each.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder.

        Args:
            folder: where the results are; it need not exist.
        """
        self.folder = folder

    def get(self, key: str) -> Result | None:
        """Return the result under a key, or None."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError, CourseError):
            return Result.from_json(self._path(key).read_text(encoding="utf-8"))
        return None

    def put(self, key: str, result: Result) -> None:
        """Keep a result; one in which the grader failed is not kept, so that it is tried again."""
        if result.verdict != "grader's fault":
            write_atomically(self._path(key), result.to_json().encode())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
