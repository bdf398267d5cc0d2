"""Grade one submitted notebook: a pure function of its bytes, its source and the environment."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sealed_grader.errors import MalformedError, RefusedError
from sealed_grader.model import (
    Assignment,
    Limits,
    Result,
    SourceNotebook,
    Step,
    Test,
    sha256,
)
from sealed_grader.outside.exam_run import ExamRun, points_of
from sealed_grader.outside.feedback import as_notebook, error_output, find_advice
from sealed_grader.outside.fingerprint import code_imported, environment, key_of
from sealed_grader.outside.imports import modules_of
from sealed_grader.outside.merge import merge
from sealed_grader.outside.processors import reserved_processor
from sealed_grader.outside.references import Proof, ReferenceFolder
from sealed_grader.outside.sandbox import SEED, Sandbox


class Grader:
    """Grades submissions to one assignment, several at a time if asked from several threads."""

    def __init__(
        self, assignment: Assignment, limits: Limits | None = None, *, sandboxed: bool = True
    ) -> None:
        """Run the source's own solutions, to see that its tests work, and start the worker.

        What JAX compiles for them is kept, for the submissions to read. It stays in the user's
        folder for caches, so that the next grader of the same assignment need not run them again.

        Args:
            assignment: the assignment, with its source.
            limits: what a submission may use.
            sandboxed: whether submissions run in the sandbox.

        Raises:
            CourseError: the course's `advice` cannot be imported.
            RefusedError: a test does not pass with the source's own solution.
            SandboxError: the sandbox cannot be started.
        """
        self.assignment, self.limits, self.sandboxed = assignment, limits or Limits(), sandboxed
        self._advice_for = find_advice(assignment.advice)
        code = [code_imported(assignment, name) for name in assignment.notebooks]
        parts = [assignment.digest, environment(), code, dataclasses.asdict(self.limits), sandboxed]
        folder = ReferenceFolder(sha256(json.dumps(parts, sort_keys=True).encode()))
        with contextlib.ExitStack() as stack:
            stack.callback(folder.clear_unfinished)
            sandbox = Sandbox(modules_of(assignment), cache=folder.path, sandboxed=sandboxed)
            self._sandbox = stack.enter_context(sandbox)
            if folder.proof is None:
                proof, unfinished = self._try_reference(), folder.path
                if folder.keep(proof) and not sandboxed:
                    # The worker goes on looking for it there.
                    unfinished.symlink_to(folder.path)
                    stack.callback(unfinished.unlink)
            else:
                proof = folder.proof
            self._proof = proof
            self._open = stack.pop_all()

    def close(self) -> None:
        """End the worker."""
        self._open.close()

    def __enter__(self) -> Grader:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def _try_reference(self) -> Proof:
        """Run the source's own solutions; return what that shows about its tests."""
        proof = Proof()
        failures: list[str] = []
        # Compiling for the first time takes longer than it will for the submissions.
        patient = dataclasses.replace(self.limits, cell_seconds=self.limits.cell_seconds + 120)
        for name, notebook in self.assignment.notebooks.items():
            steps, _ = merge(notebook, notebook.reference.encode())
            with self._compiling_ahead(steps, patient):
                tests = self._trusted(steps, patient).run()
            if failing := [test.name for test in tests if test.score != test.points]:
                steps, _ = merge(notebook, notebook.reference.encode(), failing)
                run = self._trusted(steps, patient)
                tests = run.run()
                failed = [test for test in tests if test.score != test.points]
                errors = run.errors.items() if failed else ()
                failures += [f"{name}, cell {cell}: {said}" for cell, said in errors]
                failures += [f"{name}, cell {t.name}: {t.verdict}. {t.message}" for t in failed]
            proof.inside[name] = [test.name for test in tests if test.inside]
            proof.counting += [step.test for step in steps if step.test and points_of(step)]
        if failures:
            raise RefusedError(
                "With the source's own solutions, these tests do not give full points:\n\n"
                + "\n".join(failures)
            )
        return proof

    def _trusted(self, steps: list[Step], limits: Limits) -> ExamRun:
        return ExamRun(self._sandbox, self.assignment.files, steps, limits, trusted=True)

    @contextlib.contextmanager
    def _compiling_ahead(self, steps: list[Step], limits: Limits) -> Iterator[None]:
        """Run the second half of the tests at the same time, so that JAX has compiled it by then.

        Nearly all of the time goes into compiling, which keeps one processor busy.
        """
        ahead = copy.deepcopy(steps)
        tests = [step for step in ahead if step.test]
        for step in tests[: len(tests) // 2]:
            step.test = step.examiner_code = None
        with ThreadPoolExecutor(1) as pool:
            # Its verdicts do not matter: without the definitions of the first half, it may fail.
            pool.submit(self._trusted(ahead, limits).run)
            yield

    def grade(self, name: str, submission: bytes) -> Result:
        """Grade one notebook.

        Args:
            name: which notebook of the assignment it is.
            submission: the bytes of the file.

        Returns:
            The result. Nothing that a submission does raises an exception.
        """
        started, clock = datetime.now(UTC), time.monotonic()
        source = self.assignment.notebooks[name]
        try:
            result = self._graded(source, submission)
        except MalformedError as error:
            result = without_answers(source, "malformed", str(error))
        except Exception as error:
            # This is not the student's fault, and costs no mark.
            result = without_answers(source, "grader's fault", f"{type(error).__name__}: {error}")
        result.receipt = {
            "key": key_of(self.assignment, name, submission, self.limits, self.sandboxed),
            "submission": sha256(submission),
            "source": sha256(source.graded.encode()),
            "environment": environment() | {"imported": code_imported(self.assignment, name)},
            "seed": SEED,
            "sandboxed": self.sandboxed,
            "limits": dataclasses.asdict(self.limits),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - clock, 3),
        }
        return result

    def _graded(self, source: SourceNotebook, submission: bytes) -> Result:
        if len(submission) > self.limits.submission_mb << 20:
            raise MalformedError(f"The notebook is larger than {self.limits.submission_mb} MiB.")
        steps, notes = merge(source, submission, self._proof.inside.get(source.name, ()))
        with reserved_processor() as processor:
            exam_run = ExamRun(
                self._sandbox,
                self.assignment.files,
                steps,
                self.limits,
                processor,
                counting=self._proof.counting,
                advice_for=self._advice_for,
            )
            tests = exam_run.run()
        verdict = "repaired" if notes else "graded"
        if not self.sandboxed:
            notes.append("This was graded without a sandbox: the marks can be forged.")
        inside = [test.name for test in tests if test.inside]
        if inside:
            names = ", ".join(inside)
            notes.append(f"Run in the student's process, where marks can be forged: {names}.")
        return Result(verdict, notes, tests, as_notebook(steps))


def without_answers(source: SourceNotebook, verdict: str, reason: str) -> Result:
    """Return the result of a submission from which no answer was taken.

    Args:
        source: the notebook.
        verdict: "malformed", which gives no points, or "grader's fault", which gives no marks.
        reason: the reason.
    """
    steps, _ = merge(source, source.released.encode())
    score = 0.0 if verdict == "malformed" else None
    tests = []
    for step in steps:
        if step.test:
            points = step.points
            tests.append(Test(step.name, verdict, reason, score, points))
            step.shown.outputs = [error_output(verdict, reason)]
    return Result(verdict, [reason], tests, as_notebook(steps))
