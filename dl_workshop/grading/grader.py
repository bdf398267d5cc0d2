"""Grade one submitted notebook: a pure function of its bytes, its source and the environment."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import math
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode

import dl_workshop
from dl_workshop.grading.notebook import (
    INSIDE,
    MalformedError,
    SourceNotebook,
    Step,
    merge,
    modules_imported,
)
from dl_workshop.grading.sandbox import LostError, Process, Sandbox
from dl_workshop.grading.walls import Limits
from dl_workshop.hints import RULES, advice_for

SEED = 0
# What is shown to students about each way in which their code can be lost.
LOST = {
    "timeout": "Your code took longer than {cell_seconds:g} s. Is there a loop without an end?",
    "out of memory": "Your code needed more than {memory_mb} MiB of memory.",
    "crashed": "Your code ended the process that ran it ({detail}).",
}


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

    @property
    def digest(self) -> str:
        """Return a hash of all of it."""
        forms = [dataclasses.astuple(notebook) for notebook in self.notebooks.values()]
        files = {path: _sha(content) for path, content in self.files.items()}
        return _sha(json.dumps([self.name, forms, files], sort_keys=True).encode())


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


@cache
def environment() -> dict[str, str]:
    """Return what else a result depends on: Python, all installed packages, this package."""
    installed = sorted(f"{d.name}=={d.version}" for d in importlib.metadata.distributions())
    own = sorted(Path(dl_workshop.__file__).parent.rglob("*.py"))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in own))
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "packages": hashlib.sha256("\n".join(installed).encode()).hexdigest(),
        "dl_workshop": code.hexdigest(),
    }


def key_of(assignment: Assignment, name: str, submission: bytes, limits: Limits, sealed: bool) -> str:
    """Return the key under which a result is stored: equal exactly if all that matters is equal."""
    parts = [environment(), dataclasses.asdict(limits), sealed, name,
             _digest_of(assignment.notebooks[name]),
             {path: _sha(content) for path, content in sorted(assignment.files.items())},
             _sha(submission)]  # fmt: skip
    return _sha(json.dumps(parts, sort_keys=True).encode())


@cache
def _digest_of(source: SourceNotebook) -> str:
    """Return a hash of all in a source on which marks depend; its prose is not among that."""
    forms = [nbformat.reads(text, as_version=4) for text in (source.reference, source.released)]
    parts = [[(c.cell_type, c.source, c.metadata) for c in form.cells
              if c.cell_type == "code" or "nbgrader" in c.metadata] for form in forms]  # fmt: skip
    return _sha(json.dumps(parts, sort_keys=True).encode())


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class RefusedError(ValueError):
    """Tests cannot be run from outside; the message names them."""


class Grader:
    """Grades submissions to one assignment, several at a time if asked from several threads."""

    def __init__(
        self, assignment: Assignment, limits: Limits | None = None, *, sealed: bool = True
    ) -> None:
        """Run the source's own solutions, to see that its tests work, and start the worker.

        What JAX compiles for them is kept, for the submissions to read.

        Args:
            assignment: what is graded against.
            limits: what a submission may use.
            sealed: whether there are walls.

        Raises:
            RefusedError: a test does not pass with the source's own solution.
            SealError: there cannot be walls here.
        """
        self.assignment, self.limits, self.sealed = assignment, limits or Limits(), sealed
        self._folder = Path(tempfile.mkdtemp(prefix="dl-workshop-cache-"))
        modules = modules_imported(list(assignment.notebooks.values()))
        self._sandbox = Sandbox(modules, cache=self._folder, writable_cache=True, sealed=sealed)
        try:
            self._try_reference()
        except BaseException:
            self.close()
            raise
        self._sandbox.close()
        self._sandbox = Sandbox(modules, cache=self._folder, sealed=sealed)

    def close(self) -> None:
        """End the worker."""
        self._sandbox.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Grader:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def _try_reference(self) -> None:
        refused = []
        # Compiling for the first time takes longer than it will for the submissions.
        patient = dataclasses.replace(self.limits, cell_seconds=self.limits.cell_seconds + 120)
        for name, notebook in self.assignment.notebooks.items():
            steps, _ = merge(notebook, notebook.reference.encode())
            tests, _ = self._sit(steps, patient)
            refused += [f"{name}, cell {t.name}: {t.verdict}. {t.message}"
                        for t in tests if t.score != t.points]  # fmt: skip
        if refused:
            raise RefusedError(
                "With the source's own solutions, these tests do not give full points when they are"
                " run from outside the student's process:\n\n" + "\n\n".join(refused) + "\n\nA test"
                " may use what the student's functions return. If it has to transform a function"
                " (grad, jit), let it do so by dl_workshop.checks.on_student_side. If it needs more,"
                f" give the cell the tag {INSIDE}: then it runs in the student's process, which"
                " could forge the mark."
            )

    def grade(self, name: str, submission: bytes) -> Result:
        """Grade one notebook.

        Args:
            name: which notebook of the assignment it is.
            submission: the bytes of the file.

        Returns:
            The result; it never raises for what a submission does.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        source = self.assignment.notebooks[name]
        try:
            result = self._graded(source, submission)
        except MalformedError as error:
            result = without_answers(source, "malformed", str(error))
        except Exception as error:
            # Whatever it is, it is not the student's doing, and costs no mark.
            result = without_answers(source, "grader's fault", f"{type(error).__name__}: {error}")
        result.receipt = {
            "key": key_of(self.assignment, name, submission, self.limits, self.sealed),
            "submission": _sha(submission),
            "source": _sha(source.graded.encode()),
            "environment": environment(),
            "seed": SEED,
            "sealed": self.sealed,
            "limits": dataclasses.asdict(self.limits),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - clock, 3),
        }
        return result

    def _graded(self, source: SourceNotebook, submission: bytes) -> Result:
        if len(submission) > self.limits.submission_mb << 20:
            raise MalformedError(f"It is larger than {self.limits.submission_mb} MiB.")
        steps, notes = merge(source, submission)
        tests, remarks = self._sit(steps, self.limits)
        verdict = "tampered" if notes else "graded"
        if not self.sealed:
            remarks.append("This was graded without walls: the marks can be forged.")
        inside = [test.name for test in tests if test.inside]
        if inside:
            remarks.append(f"Ran in the student's process, and can be forged: {', '.join(inside)}.")
        return Result(verdict, [*notes, *remarks], tests, as_notebook(steps))

    def _sit(self, steps: list[Step], limits: Limits) -> tuple[list[Test], list[str]]:
        with _processor() as processor:
            sitting = Sitting(self._sandbox, self.assignment.files, steps, limits, processor)
            return sitting.run(), sitting.remarks


class Sitting:
    """Runs one notebook: its cells in the student's process, its tests in the examiner's."""

    def __init__(
        self,
        sandbox: Sandbox,
        files: dict[str, bytes],
        steps: list[Step],
        limits: Limits,
        processor: int | None,
    ) -> None:
        """Start nothing yet.

        Args:
            sandbox: where the processes come from.
            files: what lies beside the notebook.
            steps: what is to be run; outputs are put into their cells.
            limits: what may be used.
            processor: the one that is used; None for any.
        """
        self.sandbox, self.files, self.steps = sandbox, files, steps
        self.limits, self.processor = limits, processor
        self.remarks: list[str] = []
        self._end = time.monotonic() + limits.total_seconds
        self._processes: dict[str, Process] = {}
        # The cells after which a process was lost are not run again in the next one.
        self._lost: dict[str, dict[int, LostError]] = {"student": {}, "examiner": {}}
        self._done: dict[str, list[int]] = {"student": [], "examiner": []}

    def run(self) -> list[Test]:
        """Run all steps; return the verdicts on the tests."""
        tests = []
        try:
            for place, step in enumerate(self.steps):
                if step.student_code:
                    outputs = self._student_cell(place)
                    if step.cell is not None and not step.test:
                        step.cell.outputs = outputs
                if step.test:
                    tests.append(self._test(place))
                elif step.examiner_code:
                    with contextlib.suppress(LostError):
                        self._examiner_cell(place)
            self._show_outputs_again()
        finally:
            self._close()
        return tests

    def _close(self) -> None:
        for process in self._processes.values():
            process.close()
        self._processes.clear()

    def _show_outputs_again(self) -> None:
        """Run the cells once more without tests, if what they showed might quote one.

        A function may keep what a test calls it with, and a later cell print it.
        """
        first_test = next((i for i, step in enumerate(self.steps) if step.test), len(self.steps))
        shows = [i for i in self._done["student"] if i > first_test
                 and self.steps[i].cell is not None and self.steps[i].cell.get("outputs")
                 and not self.steps[i].test]  # fmt: skip
        if not shows:
            return
        self._close()
        self._done["student"].clear()
        for place, step in enumerate(self.steps):
            if step.student_code and place not in self._lost["student"]:
                outputs = self._student_cell(place)
                if place in shows:
                    step.cell.outputs = outputs

    # The student's side.

    def _student_cell(self, place: int) -> list[dict[str, Any]]:
        """Run a cell of the notebook; return what it showed, or how the process was lost."""
        try:
            outputs = self._ask_student(["cell", self.steps[place].student_code])
        except LostError as error:
            self._lost["student"][place] = error
            return [_error_output(error.reason, self._explained(error))]
        self._done["student"].append(place)
        return _clean(outputs, self.limits)

    def _ask_student(self, request: list[object], until: float | None = None) -> Any:
        """Ask the student's process, which is started and brought up to date if need be."""
        until = until or self._until()
        process = self._processes.get("student")
        if process is None:
            process = self._start("student")
            for place in list(self._done["student"]):
                try:
                    process.send(["cell", self.steps[place].student_code], until=self._until())
                    process.receive(until=self._until())
                except LostError as error:
                    self._done["student"].remove(place)
                    self._lost["student"][place] = error
                    self._processes.pop("student").close()
                    return self._ask_student(request, until)
        try:
            process.send(request, until=until)
            return process.receive(until=until)
        except LostError:
            self._processes.pop("student").close()
            raise

    # The examiner's side.

    def _test(self, place: int) -> Test:
        step = self.steps[place]
        points = float(step.cell.metadata.nbgrader.points)
        if step.inside:
            error = self._test_inside(place)
        else:
            try:
                error = self._examiner_cell(place)
            except LostError as lost:
                step.cell.outputs = [_error_output(lost.reason, self._explained(lost))]
                return Test(step.test, lost.reason, self._explained(lost), 0.0, points)
        if error is None:
            score = self._partial(step, points)
            verdict = "passed" if score == points else "failed"
            message = "" if score == points else f"{score:g} of {points:g} points"
            return Test(step.test, verdict, message, score, points, step.inside)
        # A name that is missing because the cell that defines it was lost is lost with it.
        for lost_place, lost in self._lost["student"].items():
            if (
                lost_place < place
                and "NameError" in error["classes"]
                and any(f"'{name}'" in error["message"] for name in self.steps[lost_place].defines)
            ):
                message = self._explained(lost)
                step.cell.outputs = [_error_output(lost.reason, message)]
                return Test(step.test, lost.reason, message, 0.0, points, step.inside)
        step.cell.outputs = [_as_shown(step, error)]
        verdict = "failed" if "AssertionError" in error["classes"] else "error"
        if "MemoryError" in error["classes"] or "RESOURCE_EXHAUSTED" in error["message"]:
            verdict = "out of memory"
        said = f"{error['class']}: {error['message']}".strip(": ")
        return Test(step.test, verdict, said, 0.0, points, step.inside)

    def _test_inside(self, place: int) -> dict[str, Any] | None:
        step = self.steps[place]
        try:
            outputs = _clean(self._ask_student(["test", step.examiner_code]), self.limits)
        except LostError as lost:
            outputs = [_error_output(lost.reason, self._explained(lost))]
        step.cell.outputs = outputs
        for output in outputs:
            if output["output_type"] == "error":
                return {"class": output["ename"], "classes": [output["ename"]], "notes": [],
                        "message": output["evalue"], "from_student": True}  # fmt: skip
        return None

    def _examiner_cell(self, place: int) -> dict[str, Any] | None:
        """Run a cell of the source; return the error that it ended with.

        Raises:
            LostError: one of the two processes was lost on the way.
        """
        step = self.steps[place]
        process = self._processes.get("examiner")
        if process is None:
            process = self._start("examiner")
            for before in list(self._done["examiner"]):
                with contextlib.suppress(LostError):
                    self._examine(before)
        try:
            outputs, error = self._examine(place)
        except LostError as lost:
            self._lost["examiner"][place] = lost
            raise
        self._done["examiner"].append(place)
        if step.test:
            step.cell.outputs = _clean(outputs, self.limits)
        return error

    def _examine(self, place: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        step = self.steps[place]
        until = self._until()
        names = self._ask_student(["names", step.names], until) if step.names else {}
        if not isinstance(names, dict):
            names = {}
        lost: LostError | None = None
        try:
            examiner = self._processes.get("examiner") or self._start("examiner")
            examiner.send([step.examiner_code, names], until=until)
            while True:
                kind, *content = examiner.receive(until=until + 2)
                if kind == "done":
                    break
                try:
                    reply = self._ask_student(["call", *content], until)
                except LostError as error:
                    lost, reply = error, ["lost", error.reason]
                examiner.send(_sound(reply), until=until + 2)
        except LostError as error:
            if "examiner" in self._processes:
                self._processes.pop("examiner").close()
            raise lost or error from None
        if lost:
            raise lost
        outputs, error = content
        return outputs, error

    def _partial(self, step: Step, points: float) -> float:
        """Return the points that a test gives by the number in its last line, as nbgrader does.

        Other than there, no number outside of 0 to `points` gives more than it should.
        """
        for output in step.cell.outputs:
            if output["output_type"] == "execute_result":
                try:
                    value = float(output["data"]["text/plain"])
                except (KeyError, ValueError):
                    return points
                score = min(max(value, 0.0), points) if math.isfinite(value) else 0.0
                output["data"] = {"text/plain": f"{score!r}"}
                return score
        return points

    # Both.

    def _start(self, role: str) -> Process:
        limits = self.limits
        process = self.sandbox.start(role, limits, files=self.files, processor=self.processor)
        self._processes[role] = process
        return process

    def _until(self) -> float:
        return min(time.monotonic() + self.limits.cell_seconds, self._end)

    def _explained(self, lost: LostError) -> str:
        if lost.reason not in LOST:
            raise lost
        return LOST[lost.reason].format(detail=lost.detail, **dataclasses.asdict(self.limits))


def without_answers(source: SourceNotebook, verdict: str, reason: str) -> Result:
    """Return the result of a submission from which no answer was taken.

    Args:
        source: the notebook.
        verdict: "malformed", which gives no points, or "grader's fault", which gives no marks.
        reason: what is wrong.
    """
    steps, _ = merge(source, source.released.encode())
    score = 0.0 if verdict == "malformed" else None
    tests = []
    for step in steps:
        if step.test:
            points = float(step.cell.metadata.nbgrader.points)
            tests.append(Test(step.test, verdict, reason, score, points))
            step.cell.outputs = [_error_output(verdict, reason)]
    return Result(verdict, [reason], tests, as_notebook(steps))


def as_notebook(steps: list[Step]) -> str:
    """Return the graded notebook as JSON: nothing in it runs in a browser."""
    sanitizer = SanitizeHTML()
    cells = []
    for number, step in enumerate(step for step in steps if step.cell is not None):
        cell = NotebookNode(step.cell)
        if not step.trusted and cell.cell_type != "code":
            cell, _ = sanitizer.preprocess_cell(cell, {}, 0)
        if not step.trusted and cell.cell_type == "raw":
            cell = nbformat.v4.new_code_cell(cell.source)
        cell.id = f"cell-{number}"
        cells.append(cell)
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python",
                                       "name": "python3"}  # fmt: skip
    return nbformat.writes(notebook)


@contextlib.contextmanager
def _processor() -> Iterator[int | None]:
    """Take a processor for oneself, if one is free; also among several graders on one machine."""
    import fcntl
    import os

    folder = Path(tempfile.gettempdir()) / f"dl-workshop-processors-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.ExitStack() as stack:
        for processor in sorted(os.sched_getaffinity(0)):
            file = stack.enter_context((folder / str(processor)).open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield processor
            return
        yield None


def _sound(reply: object) -> list[object]:
    """Return the student's reply to a call, if it has the form of one."""
    match reply:
        case ["value", bytes()] | ["opaque", str()] | ["lost", str()]:
            return reply
        case ["error", [[str(), str()], *_] as kinds, str(), list()]:
            if all(isinstance(k, list) and len(k) == 2 for k in kinds):
                return reply
    return ["opaque", "The student's process gave no answer."]


def _clean(outputs: object, limits: Limits) -> list[dict[str, Any]]:
    """Return what a cell showed, made anew from what a process says that it showed."""
    cleaned: list[dict[str, Any]] = []
    left = limits.output_kb << 10
    for output in outputs if isinstance(outputs, list) else []:
        match output:
            case {"output_type": "stream", "text": str(text)}:
                # What is on stderr decides nothing, here or in nbgrader, which would give 0 points.
                item = nbformat.v4.new_output("stream", name="stdout", text=text[:left])
            case {"output_type": "error", "ename": str(name), "evalue": str(value),
                  "traceback": [*lines]}:  # fmt: skip
                item = _error_output(name[:200], value[:left], [str(line)[:left] for line in lines])
            case {"output_type": "execute_result" | "display_data" as kind, "data": dict(data)}:
                kept = {str(k): v[: 1 << 20] for k, v in data.items() if isinstance(v, str)
                        and k in ("text/plain", "text/latex", "image/png", "image/jpeg")}  # fmt: skip
                item = nbformat.v4.new_output(kind, data=kept)
            case _:
                continue
        left -= len(json.dumps(item))
        cleaned.append(item)
        if left <= 0:
            break
    return cleaned


def _error_output(name: str, message: str, lines: list[str] | None = None) -> NotebookNode:
    lines = [f"{name}: {message}"] if lines is None else lines
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=lines)


def _as_shown(step: Step, error: dict[str, Any]) -> NotebookNode:
    """Return an error as its student may see it."""
    if not step.hides:
        shown = [o for o in step.cell.outputs if o["output_type"] == "error"]
        return shown[-1] if shown else _error_output(error["class"], error["message"])
    message = error["message"]
    advice = [note for note in error["notes"] if note in {rule[2] for rule in RULES}]
    if error["from_student"]:
        # Its words are the student's, and may quote what the hidden test called it with.
        message = "Your code raised this while a test ran that you do not see."
        known = type(error["class"], (Exception,), {})(error["message"])
        advice = advice or [text for text in [advice_for(known)] if text]
    elif not message:
        message = "What your code returned did not pass a test that you do not see."
    return _error_output(error["class"], message, [f"{error['class']}: {message}", *advice])
