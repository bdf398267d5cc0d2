"""Run one notebook: its cells in the student's process, its tests in the examiner's."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math
import time
from collections.abc import Collection, Iterator
from typing import Any

from nbformat import NotebookNode

from sealed_grader.errors import LostError
from sealed_grader.model import Limits, Step, Test
from sealed_grader.outside.feedback import (
    AdviceFor,
    as_shown,
    clean,
    error_output,
    no_advice,
)
from sealed_grader.outside.names import names_in
from sealed_grader.outside.sandbox import Process, Sandbox

# The messages to students for each way in which their process can be lost.
LOST = {
    "timeout": "Your code took longer than {cell_seconds:g} s. Is there an infinite loop?",
    "out of memory": "Your code needed more than {memory_mb} MiB of memory.",
    "crashed": "Your code made Python exit ({detail}).",
}


class ExamRun:
    """Runs one notebook: its cells in the student's process, its tests in the examiner's."""

    def __init__(
        self,
        sandbox: Sandbox,
        files: dict[str, bytes],
        steps: list[Step],
        limits: Limits,
        processor: int | None = None,
        *,
        counting: Collection[str] = (),
        trusted: bool = False,
        advice_for: AdviceFor = no_advice,
    ) -> None:
        """Start nothing yet.

        Args:
            sandbox: where the processes come from.
            files: what lies beside the notebook.
            steps: the steps to run; outputs are put into their cells.
            limits: what may be used.
            processor: the one that is used; None for any.
            counting: the tests whose last line has to be a number of points.
            trusted: whether the code is the source's own.
            advice_for: returns advice on an error.
        """
        self.sandbox, self.files, self.steps = sandbox, files, steps
        self.limits, self.processor = limits, processor
        self.counting, self.trusted = counting, trusted
        self.advice_for = advice_for
        # What cells that are not tests raised, by the name of the cell.
        self.errors: dict[str, str] = {}
        self._end = time.monotonic() + limits.total_seconds
        self._room = limits.submission_mb << 20
        self._processes: dict[str, Process] = {}
        # When a process is lost, the next one runs again what went well before.
        self._done: dict[str, list[int]] = {"student": [], "examiner": []}
        self._lost_at: dict[int, LostError] = {}

    def run(self) -> list[Test]:
        """Run all steps; return the verdicts on the tests."""
        tests = []
        try:
            for place, step in enumerate(self.steps):
                if step.student_code:
                    outputs = self._student_cell(place)
                    if step.cell is not None and not step.test:
                        step.shown.outputs = outputs
                        self._note_outputs(step)
                if step.test:
                    tests.append(self._test(place))
                elif step.examiner_code:
                    with self._losses():
                        self._note(step, self._examiner_cell(place))
            self._show_outputs_again()
        finally:
            self._close()
        return tests

    def _close(self) -> None:
        for process in self._processes.values():
            process.close()
        self._processes.clear()

    def _show_outputs_again(self) -> None:
        """Run all but the hidden tests once more, if an output might quote one.

        A function may keep what a hidden test calls it with, and a later cell print it, or a later
        test that is not hidden show it in a message.
        """
        first = next(
            (i for i, step in enumerate(self.steps) if step.has_hidden_tests), len(self.steps)
        )
        shows = [
            i
            for i, step in enumerate(self.steps)
            if i > first
            and step.cell is not None
            and step.cell.get("outputs")
            and not (step.has_hidden_tests or step.inside)
        ]
        if not shows:
            return
        self._close()
        again = {}
        for place in self._needed_for(shows):
            again[place] = copy.deepcopy(self.steps[place])
            if again[place].inside:
                # Its marks are noted as forgeable anyway; the next cells need its definitions.
                again[place].test = again[place].examiner_code = None
        exam_run = ExamRun(
            self.sandbox,
            self.files,
            list(again.values()),
            self.limits,
            self.processor,
            counting=self.counting,
            advice_for=self.advice_for,
        )
        exam_run._end, exam_run._room = self._end, self._room
        exam_run.run()
        for place in set(shows) & set(again):
            self.steps[place].shown.outputs = again[place].shown.outputs

    def _needed_for(self, shows: list[int]) -> list[int]:
        """Return the steps that have to run so that some steps show their outputs again.

        That is all but the hidden tests, and those that showed nothing and define nothing which a
        later step reads.
        """
        needed, read = [], set()
        for place in range(shows[-1], -1, -1):
            step = self.steps[place]
            if step.has_hidden_tests or place in self._lost_at:
                continue
            defines, reads = names_in(step.examiner_code or "")
            idle = step.test and not (step.inside or step.student_code or defines & read)
            if place in shows or not idle:
                needed.append(place)
                read |= reads
        return needed[::-1]

    # The student's side.

    def _student_cell(self, place: int) -> list[dict[str, Any]]:
        """Run a cell of the notebook; return its outputs, or how the process was lost."""
        try:
            outputs = self._ask_student(["cell", self.steps[place].student_code])
        except LostError as error:
            self._lost_at[place] = error
            return [error_output(error.reason, self.explain_loss(error))]
        self._done["student"].append(place)
        return self._clean(outputs)

    def _ask_student(self, request: list[object], deadline: float | None = None) -> Any:
        """Ask the student's process, which is started and brought up to date if need be."""
        deadline = deadline or self._deadline()
        process = self._processes.get("student")
        if process is None:
            process = self._start("student")
            for place in list(self._done["student"]):
                try:
                    process.send(
                        ["cell", self.steps[place].student_code], deadline=self._deadline()
                    )
                    process.receive(deadline=self._deadline())
                except LostError as error:
                    self._done["student"].remove(place)
                    self._lost_at[place] = error
                    self._processes.pop("student").close()
                    return self._ask_student(request, deadline)
        try:
            process.send(request, deadline=deadline)
            return process.receive(deadline=deadline)
        except LostError:
            self._processes.pop("student").close()
            raise

    # The examiner's side.

    def _test(self, place: int) -> Test:
        step = self.steps[place]
        points = step.points
        try:
            error = self._test_inside(place) if step.inside else self._examiner_cell(place)
        except LostError as lost:
            return self._lost_test(step, points, lost)
        if error is None:
            score = self._partial(step, points)
            verdict = "passed" if score == points else "failed"
            message = "" if score == points else f"{score:g} of {points:g} points"
            return Test(step.name, verdict, message, score, points, step.inside)
        # A name that is missing because the cell that defines it was lost is lost with it.
        for lost_place, lost in self._lost_at.items():
            if (
                lost_place < place
                and "NameError" in error["classes"]
                and any(f"'{name}'" in error["message"] for name in self.steps[lost_place].defines)
            ):
                return self._lost_test(step, points, lost)
        step.shown.outputs = [as_shown(step, error, self.advice_for)]
        verdict = "failed" if "AssertionError" in error["classes"] else "error"
        if "MemoryError" in error["classes"] or "RESOURCE_EXHAUSTED" in error["message"]:
            verdict = "out of memory"
        said = f"{error['class']}: {error['message']}".strip(": ")
        return Test(step.name, verdict, said, 0.0, points, step.inside)

    def _note(self, step: Step, error: dict[str, Any] | None) -> None:
        if error is not None and step.cell is not None:
            said = f"{error['class']}: {error['message']}"
            self.errors.setdefault(step.name, said)

    def _note_outputs(self, step: Step) -> None:
        for output in step.shown.outputs:
            if output["output_type"] == "error":
                self._note(step, {"class": output["ename"], "message": output["evalue"]})

    def _lost_test(self, step: Step, points: float, lost: LostError) -> Test:
        message = self.explain_loss(lost)
        step.shown.outputs = [error_output(lost.reason, message)]
        return Test(step.name, lost.reason, message, 0.0, points, step.inside)

    def _test_inside(self, place: int) -> dict[str, Any] | None:
        step = self.steps[place]
        match self._ask_student(["test", step.examiner_code]):
            case [list(outputs), list(classes)]:
                step.shown.outputs = self._clean(outputs, step.has_hidden_tests)
            case _:
                step.shown.outputs, classes = [], []
        for output in step.shown.outputs:
            if output["output_type"] == "error":
                name = output["ename"]
                known = [kind for kind in classes if isinstance(kind, str)]
                return {"class": name, "classes": [name, *known], "from_student": True,
                        "message": output["evalue"]}  # fmt: skip
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
                with self._losses():
                    self._examine(before)
        outputs, error = self._examine(place)
        self._done["examiner"].append(place)
        if step.test:
            step.shown.outputs = self._clean(outputs, step.has_hidden_tests)
        return error

    def _examine(self, place: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        step = self.steps[place]
        deadline = self._deadline()
        found = self._ask_student(["names", step.names], deadline) if step.names else {}
        # Only the names asked for: another one could replace one of the examiner's own.
        found = found if isinstance(found, dict) else {}
        names = {name: found.get(name) for name in step.names}
        lost: LostError | None = None
        try:
            examiner = self._processes.get("examiner") or self._start("examiner")
            examiner.send([step.examiner_code, names], deadline=deadline)
            while True:
                kind, *content = examiner.receive(deadline=deadline + 2)
                if kind == "done":
                    break
                try:
                    reply = self._ask_student(["call", *content], deadline)
                except LostError as error:
                    lost, reply = error, ["lost", error.reason]
                examiner.send(checked_reply(reply), deadline=deadline + 2)
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

        Unlike there, numbers outside of 0 to `points` are clipped, and anything but a number gives
        nothing where the source's own solutions lead to one.
        """
        output = points_of(step)
        if output is None:
            return 0.0 if step.test in self.counting else points
        value = float(output["data"]["text/plain"])
        score = min(max(value, 0.0), points) if math.isfinite(value) else 0.0
        output["data"] = {"text/plain": f"{score!r}"}
        return score

    # Both.

    def _clean(self, outputs: object, has_hidden_tests: bool = False) -> list[dict[str, Any]]:
        """Return the outputs of a cell, as far as there is room in the notebook."""
        # The session has cut it already; here text outside of ASCII takes more room.
        cleaned = clean(outputs, min(self.limits.output_kb << 12, self._room), has_hidden_tests)
        self._room -= len(json.dumps(cleaned))
        return cleaned

    def _start(self, role: str) -> Process:
        process = self.sandbox.start(role, self.limits, files=self.files,
                                     processor=self.processor, trusted=self.trusted)  # fmt: skip
        self._processes[role] = process
        return process

    def _deadline(self) -> float:
        return min(time.monotonic() + self.limits.cell_seconds, self._end)

    @contextlib.contextmanager
    def _losses(self) -> Iterator[None]:
        """Go on after a loss, if it was not the grader's fault."""
        try:
            yield
        except LostError as lost:
            self.explain_loss(lost)

    def explain_loss(self, lost: LostError) -> str:
        if lost.reason not in LOST:
            raise lost
        return LOST[lost.reason].format(detail=lost.detail, **dataclasses.asdict(self.limits))


def points_of(step: Step) -> NotebookNode | None:
    """Return the output that is a number of points, if the first result of a test is one."""
    for output in step.shown.outputs:
        if output["output_type"] == "execute_result":
            try:
                float(output["data"]["text/plain"])
            except (KeyError, ValueError):
                return None
            return output
    return None


def checked_reply(reply: Any) -> list[object]:
    """Return the student's reply to a call, if it has the form of one."""
    match reply:
        case ["value", bytes()] | ["opaque", str()] | ["lost", str()]:
            return list(reply)
        case ["error", [[str(), str()], *_] as kinds, str(), list()]:
            if all(isinstance(k, list) and len(k) == 2 for k in kinds):
                return list(reply)
    return ["opaque", "The student's process did not answer."]
