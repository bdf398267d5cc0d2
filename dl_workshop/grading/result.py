"""What is graded against, and what comes of it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dl_workshop.grading.notebook import SourceNotebook


@dataclass(frozen=True)
class Assignment:
    """What is graded against.

    Attributes:
        name: the assignment.
        notebooks: its notebooks, by name.
        files: other files that lie beside them, by relative path.
    """

    name: str
    notebooks: dict[str, SourceNotebook]
    files: dict[str, bytes]

    # Both are asked for with each submission.
    @cached_property
    def digest(self) -> str:
        """Return a hash of all of it."""
        forms = [dataclasses.astuple(notebook) for notebook in self.notebooks.values()]
        return sha256(json.dumps([self.name, forms, self.file_hashes], sort_keys=True).encode())

    @cached_property
    def file_hashes(self) -> dict[str, str]:
        """Return a hash of each of the other files, by path."""
        return {path: sha256(content) for path, content in self.files.items()}


@dataclass
class Test:
    """The verdict on one test.

    Attributes:
        name: its grade id.
        verdict: "passed", "failed", "error", "timeout", "out of memory", "crashed", "malformed" or
            "grader's fault".
        message: what the test, or the error, says.
        score: the points; None where the grader failed.
        points: the most that it gives.
        inside: whether it ran in the student's process, where the verdict can be forged.
    """

    name: str
    verdict: str
    message: str
    score: float | None
    points: float
    inside: bool = False


@dataclass
class Result:
    """What came of one notebook.

    Attributes:
        verdict: "graded", "tampered" (repaired, and then graded), "malformed" or
            "grader's fault".
        notes: what was repaired or is remarkable.
        tests: the verdict on each test.
        notebook: the notebook with its outputs, as JSON.
        receipt: hashes, times, seed and limits.
    """

    verdict: str
    notes: list[str]
    tests: list[Test]
    notebook: str
    receipt: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Result:
        """Return what `to_json` wrote."""
        data = json.loads(text)
        return cls(**data | {"tests": [Test(**test) for test in data["tests"]]})


def sha256(data: bytes) -> str:
    """Return a hash of bytes."""
    return hashlib.sha256(data).hexdigest()
