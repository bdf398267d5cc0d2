"""Write files atomically."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file atomically.

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
    """Clear away what `write_atomically` may have left in a folder when it was killed."""
    for unfinished in folder.rglob(".new-*"):
        unfinished.unlink(missing_ok=True)
