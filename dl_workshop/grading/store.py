"""Results on disk, by the hash of all that they depend on."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from dl_workshop.grading.grader import Result


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file at once: whoever looks finds the old content or the new, never a part.

    Args:
        path: where; the folder is made.
        content: the bytes.
        mode: the permissions of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def clear_unfinished(folder: Path) -> None:
    """Clear away what `write_whole` may have left in a folder when it was killed."""
    for unfinished in folder.rglob(".new-*"):
        unfinished.unlink(missing_ok=True)


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
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            return Result.from_json(self._path(key).read_text(encoding="utf-8"))
        return None

    def put(self, key: str, result: Result) -> None:
        """Keep a result; one in which the grader failed is not kept, so that it is tried again."""
        if result.verdict != "grader's fault":
            write_whole(self._path(key), result.to_json().encode())

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
