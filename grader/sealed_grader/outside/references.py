"""Keep which references have been proven, and what JAX compiled for them, in the user's cache."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

# In the folder of a reference which passed.
PROOF = "proof.json"
UNFINISHED = "new-"
KEPT_DAYS = 30


@dataclass
class Proof:
    """The findings of a run of the source's own solutions.

    Attributes:
        counting: the tests whose last line gives a number of points.
        inside: for each notebook, the tests that pass in the student's process only.
    """

    counting: list[str] = field(default_factory=list)
    inside: dict[str, list[str]] = field(default_factory=dict)


class ReferenceFolder:
    """A folder for one reference, which is kept once the reference is proven.

    Attributes:
        path: where it is.
        proof: None if the reference has to be proven first.
    """

    def __init__(self, key: str) -> None:
        """Find the folder under a key, or begin a new one."""
        root = reference_cache()
        self._kept = root / key
        self.proof: Proof | None = None
        try:
            self.proof = Proof(**json.loads((self._kept / PROOF).read_text(encoding="utf-8")))
            os.utime(self._kept)
            self.path = self._kept
        except (OSError, ValueError, TypeError):
            self.path = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))

    def keep(self, proof: Proof) -> bool:
        """Keep the folder, under its key; return whether it has moved there."""
        self.proof = proof
        (self.path / PROOF).write_text(json.dumps(asdict(proof)), encoding="utf-8")
        # If another grader was faster, its folder is as good.
        with contextlib.suppress(OSError):
            self.path = self.path.rename(self._kept)
            return True
        return False

    def clear_unfinished(self) -> None:
        """Remove the folder if it is not kept."""
        if self.path.name.startswith(UNFINISHED):
            shutil.rmtree(self.path, ignore_errors=True)


def reference_cache() -> Path:
    """Return the cache of proven references; entries unused for 30 days are pruned."""
    folder = platformdirs.user_cache_path("sealed-grader", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        # Where nothing can be kept, it lasts as long as other temporary files.
        return Path(tempfile.mkdtemp(prefix="sealed-grader-cache-"))
    for old in folder.iterdir():
        # Another grader may have cleared it away by now.
        with contextlib.suppress(FileNotFoundError):
            if old.stat().st_mtime < time.time() - KEPT_DAYS * 86_400:
                shutil.rmtree(old, ignore_errors=True)
    return folder
