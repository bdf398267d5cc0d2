"""The data that pass between the parts of the grader: assignments, steps, limits, results."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sealed_grader.errors import CourseError

if TYPE_CHECKING:
    # The worker needs none of it, and it takes long to import.
    from nbformat import NotebookNode

# The form in which results and graded notebooks are stored. The first one had no number.
SCHEMA = 2
INSIDE = "run-inside"
NOBODY = 65534
# What a browser would run never leaves the session. Feedback shows the plain form beside it.
KEPT_TYPES = {"text/plain", "text/latex", "image/png", "image/jpeg"}


@dataclass(frozen=True)
class SourceNotebook:
    """A notebook of an assignment, in the three forms that nbgrader makes of it, as JSON.

    Attributes:
        name: its name, without ending.
        reference: as it was written, with solutions and tests.
        graded: without solutions, with all tests.
        released: as students received it, without hidden tests.
    """

    name: str
    reference: str
    graded: str
    released: str


@dataclass
class Step:
    """A cell of the graded notebook, and the code to run for it.

    Attributes:
        cell: the cell as it will be shown; None for one that is not.
        student_code: what the student's process runs; None for nothing.
        examiner_code: what the examiner runs; None for nothing.
        names: the variables that the examiner needs from the student for it.
        test: the test's grade id, if it is one.
        inside: whether the test runs in the student's process.
        has_hidden_tests: whether part of the cell is kept from the student.
        defines: the names that the reference defines in this answer.
        trusted: whether the text of the cell is the source's.
    """

    cell: NotebookNode | None
    student_code: str | None = None
    examiner_code: str | None = None
    names: list[str] = field(default_factory=list)
    test: str | None = None
    inside: bool = False
    has_hidden_tests: bool = False
    defines: set[str] = field(default_factory=set)
    trusted: bool = True

    @property
    def shown(self) -> NotebookNode:
        """Return the cell of a step that has one, as all tests have."""
        if self.cell is None:
            raise TypeError("This step shows no cell.")
        return self.cell

    @property
    def name(self) -> str:
        """Return the grade id of the cell, or else its id."""
        about = self.shown.metadata.get("nbgrader", {})
        return about.get("grade_id") or self.shown.get("id", "")

    @property
    def points(self) -> float:
        """Return the most that a test gives."""
        return float(self.shown.metadata.nbgrader.points)


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        cell_seconds: wall time for one cell.
        total_seconds: wall time for the whole notebook.
        cpu_seconds: processor time of all processes together.
        memory_mb: memory of all processes together, in MiB; private and shared.
        disk_mb: size of the folder for temporary files, in MiB.
        processes: how many processes and threads.
        open_files: how many open files for each process.
        output_kb: how much a cell may print, in KiB; the rest is cut off.
        answer_mb: how much one call may return, in MiB.
        submission_mb: how large a notebook may be, in MiB.
    """

    cell_seconds: float = 30.0
    total_seconds: float = 600.0
    cpu_seconds: float = 600.0
    memory_mb: int = 2048
    disk_mb: int = 64
    processes: int = 64
    open_files: int = 256
    output_kb: int = 512
    answer_mb: int = 16
    submission_mb: int = 16


@dataclass(frozen=True)
class Assignment:
    """An assignment, against which submissions are graded.

    Attributes:
        name: the assignment.
        notebooks: its notebooks, by name.
        files: other files that lie beside them, by relative path.
        advice: the dotted name of a function that returns advice on an error, or None; empty if
            the course has none.
    """

    name: str
    notebooks: dict[str, SourceNotebook]
    files: dict[str, bytes]
    advice: str = ""

    # Both are asked for with each submission.
    @cached_property
    def digest(self) -> str:
        """Return a hash of all of it."""
        forms = [dataclasses.astuple(notebook) for notebook in self.notebooks.values()]
        parts = [self.name, forms, self.file_hashes, self.advice]
        return sha256(json.dumps(parts, sort_keys=True).encode())

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
    """The result of one notebook.

    Attributes:
        verdict: "graded", "repaired" (and then graded), "malformed" or "grader's fault".
        notes: repairs, and other remarks for the instructor.
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
        return json.dumps({"schema": SCHEMA} | dataclasses.asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Result:
        """Read what `to_json` wrote, now or in an older version.

        Raises:
            CourseError: it was written by a newer version of the grader.
        """
        data = in_current_form(json.loads(text), "A result")
        del data["schema"]
        data["tests"] = [Test(**test) for test in data["tests"]]
        return cls(**data)


def in_current_form(data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what an older version stored about a notebook, in the terms of this one.

    Args:
        data: the stored form.
        name: how the message calls it.

    Raises:
        CourseError: it was written by a newer version of the grader.
    """
    if data.get("schema", 1) > SCHEMA:
        raise CourseError(f"{name} was written by a newer version of sealed-grader: update this.")
    data = {**data, "schema": SCHEMA}
    if data.get("verdict") == "tampered":
        data["verdict"] = "repaired"
    if "sealed" in data.get("receipt", {}):
        receipt = dict(data["receipt"])
        data["receipt"] = receipt | {"sandboxed": receipt.pop("sealed")}
    return data


def sha256(data: bytes) -> str:
    """Return a hash of bytes."""
    return hashlib.sha256(data).hexdigest()
