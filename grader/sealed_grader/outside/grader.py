"""Grade one submitted notebook: a pure function of its bytes, its source and the environment."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from sealed_grader.errors import MalformedError, RefusedError
from sealed_grader.model import (
    INSIDE,
    Assignment,
    Limits,
    Result,
    SourceNotebook,
    Step,
    Test,
    sha256,
)
from sealed_grader.outside.exam_run import ExamRun, points_of
from sealed_grader.outside.feedback import as_notebook, error_output
from sealed_grader.outside.fingerprint import environment, key_of
from sealed_grader.outside.merge import merge
from sealed_grader.outside.names import modules_imported
from sealed_grader.outside.sandbox import SEED, Sandbox

# In the folder that is kept for a reference which passed: which of its tests count points.
PROOF = "counting.json"
UNFINISHED = "new-"
KEPT_DAYS = 30


def _cache_folder() -> Path:
    """Return the folder of what is kept about references; what is not used for long goes."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sealed-grader"
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


class Grader:
    """Grades submissions to one assignment, several at a time if asked from several threads."""

    def __init__(
        self, assignment: Assignment, limits: Limits | None = None, *, sandboxed: bool = True
    ) -> None:
        """Run the source's own solutions, to see that its tests work, and start the worker.

        What JAX compiles for them is kept, for the submissions to read. It stays in the user's
        folder for caches, so that the next grader of the same assignment need not run them again.

        Args:
            assignment: what is graded against.
            limits: what a submission may use.
            sandboxed: whether there are walls.

        Raises:
            RefusedError: a test does not pass with the source's own solution.
            SandboxError: there cannot be walls here.
        """
        self.assignment, self.limits, self.sandboxed = assignment, limits or Limits(), sandboxed
        parts = [assignment.digest, environment(), dataclasses.asdict(self.limits), sandboxed]
        root = _cache_folder()
        kept = root / sha256(json.dumps(parts, sort_keys=True).encode())
        if (kept / PROOF).exists():
            self._folder = kept
            os.utime(kept)
        else:
            self._folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
        modules = modules_imported(list(assignment.notebooks.values()))
        with contextlib.ExitStack() as stack:
            stack.callback(self._clear_unfinished)
            sandbox = Sandbox(modules, cache=self._folder, sandboxed=sandboxed)
            self._sandbox = stack.enter_context(sandbox)
            if self._folder != kept:
                (self._folder / PROOF).write_text(json.dumps(self._try_reference()))
                # If another grader was faster, its folder is as good.
                with contextlib.suppress(OSError):
                    unfinished, self._folder = self._folder, self._folder.rename(kept)
                    if not sandboxed:
                        # The worker goes on looking for it there.
                        unfinished.symlink_to(kept)
                        stack.callback(unfinished.unlink)
            # Tests whose last line gives a number of points, as the source's own solutions show.
            self._counting = set(json.loads((self._folder / PROOF).read_text()))
            self._open = stack.pop_all()

    def _clear_unfinished(self) -> None:
        if self._folder.name.startswith(UNFINISHED):
            shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """End the worker."""
        self._open.close()

    def __enter__(self) -> Grader:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()

    def _try_reference(self) -> list[str]:
        """Run it; return the tests whose last line gives a number of points."""
        refused, counting = [], []
        # Compiling for the first time takes longer than it will for the submissions.
        patient = dataclasses.replace(self.limits, cell_seconds=self.limits.cell_seconds + 120)
        for name, notebook in self.assignment.notebooks.items():
            steps, _ = merge(notebook, notebook.reference.encode())
            with self._compiling_ahead(steps, patient):
                tests = self._trusted(steps, patient).run()
            counting += [step.test for step in steps if step.test and points_of(step)]
            refused += [f"{name}, cell {t.name}: {t.verdict}. {t.message}"
                        for t in tests if t.score != t.points]  # fmt: skip
        if refused:
            raise RefusedError(
                "With the source's own solutions, these tests do not give full points when they are"
                f" run from outside the student's process:\n\n{chr(10).join(refused)}\n\nA test may"
                " use what the student's functions return. If it has to transform a function (grad,"
                " jit), let it do so by dl_workshop.checks.on_student_side. If it needs more, give"
                f" the cell the tag {INSIDE}: then it runs in the student's process, which could"
                " forge the mark."
            )
        return counting

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
            # What it finds does not matter: without what the first half defines, it may fail.
            pool.submit(self._trusted(ahead, limits).run)
            yield

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
            "key": key_of(self.assignment, name, submission, self.limits, self.sandboxed),
            "submission": sha256(submission),
            "source": sha256(source.graded.encode()),
            "environment": environment(),
            "seed": SEED,
            "sandboxed": self.sandboxed,
            "limits": dataclasses.asdict(self.limits),
            "started": started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - clock, 3),
        }
        return result

    def _graded(self, source: SourceNotebook, submission: bytes) -> Result:
        if len(submission) > self.limits.submission_mb << 20:
            raise MalformedError(f"It is larger than {self.limits.submission_mb} MiB.")
        steps, notes = merge(source, submission)
        with _processor() as processor:
            exam_run = ExamRun(self._sandbox, self.assignment.files, steps, self.limits, processor,
                              counting=self._counting)  # fmt: skip
            tests = exam_run.run()
        verdict = "repaired" if notes else "graded"
        if not self.sandboxed:
            notes.append("This was graded without a sandbox: the marks can be forged.")
        inside = [test.name for test in tests if test.inside]
        if inside:
            notes.append(f"Ran in the student's process, and can be forged: {', '.join(inside)}.")
        return Result(verdict, notes, tests, as_notebook(steps))


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
            step.cell.outputs = [error_output(verdict, reason)]
    return Result(verdict, [reason], tests, as_notebook(steps))


@contextlib.contextmanager
def _processor() -> Iterator[int | None]:
    """Take a processor for oneself, if one is free; also among several graders on one machine."""
    folder = Path(tempfile.gettempdir()) / f"sealed-grader-processors-{os.getuid()}"
    with contextlib.ExitStack() as stack:
        for processor in sorted(os.sched_getaffinity(0)):
            with contextlib.suppress(OSError):
                folder.mkdir(mode=0o700, exist_ok=True)
                file = stack.enter_context((folder / str(processor)).open("w"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
        else:
            processor = None
        yield processor
