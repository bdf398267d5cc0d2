"""One run over the submissions to an assignment."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import Future, as_completed
from pathlib import Path

from nbgrader.api import Gradebook
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sealed_grader.course.course import Course
from sealed_grader.course.files import clear_unfinished
from sealed_grader.course.gradebook import (
    WriteReport,
    graded_folder,
    is_recorded,
    open_gradebook,
    record,
)
from sealed_grader.course.store import Store
from sealed_grader.course.submissions import Submission
from sealed_grader.errors import ClusterError, CourseError, RefusedError, SandboxError
from sealed_grader.model import Assignment, Limits, Result
from sealed_grader.outside import executor
from sealed_grader.outside.fingerprint import environment, key_of
from sealed_grader.outside.grader import without_answers
from sealed_grader.outside.imports import find_own_code, modules_of


class Run:
    """One run over the submissions to an assignment.

    Attributes:
        submissions: the submissions to grade.
        keys: the key of the result for each submission and notebook.
        results: the results so far, by key.
    """

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        submissions: list[Submission],
        limits: Limits,
        sandboxed: bool,
    ) -> None:
        """Look up the stored results."""
        self.course, self.assignment, self.submissions = course, assignment, submissions
        self.limits, self.sandboxed = limits, sandboxed
        self.store = Store(course.results_folder(assignment.name))
        clear_unfinished(self.store.folder)
        self.results: dict[str, Result] = {}
        self.todo: dict[str, tuple[str, bytes]] = {}
        self.keys: dict[tuple[str, str], str] = {}
        if sandboxed:
            _refuse_to_show(course.root, assignment)
        for submission in submissions:
            clear_unfinished(graded_folder(course, submission.student, assignment.name))
            for name, content in submission.notebooks.items():
                read = content if isinstance(content, bytes) else content.encode()
                key = key_of(assignment, name, read, limits, sandboxed)
                if isinstance(content, str):
                    key = f"unreadable-{key}"
                    found = without_answers(assignment.notebooks[name], "malformed", content)
                    found.receipt = {"key": key, "environment": environment()}
                else:
                    found = self.store.get(key)
                self.keys[submission.student, name] = key
                if found:
                    self.results[key] = found
                else:
                    self.todo[key] = name, read

    def finish(self, options: argparse.Namespace, console: Console) -> list[WriteReport]:
        """Grade the submissions without a result, and record those that are not recorded."""
        reports: dict[str, WriteReport] = {}
        bar = Progress(TextColumn("{task.description}", markup=False), BarColumn(),
                       MofNCompleteColumn(), TimeRemainingColumn(),
                       console=Console(stderr=True))  # fmt: skip
        with bar, open_gradebook(self.course) as gradebook:
            task = bar.add_task(self.assignment.name, total=len(self.submissions))
            waiting = self.submissions
            for _ in self._grade(options):
                for submission in filter(self._is_graded, waiting):
                    reports[submission.student] = self._record(gradebook, submission)
                    bar.advance(task)
                waiting = [s for s in waiting if s.student not in reports]
        return [reports[submission.student] for submission in self.submissions]

    def _grade(self, options: argparse.Namespace) -> Iterable[None]:
        """Yield at the start, and then whenever there is another result."""
        yield
        if not self.todo:
            return
        if options.executor == "local":
            # Refuses before anything runs, and in the main thread, on whose life the sandbox hangs.
            executor.grader_for(self.assignment, self.limits, self.sandboxed)
        opened = executor.open_executor(
            options.executor, jobs=options.jobs, scheduler=options.scheduler
        )
        with opened as pool:
            futures: dict[Future[Result], str] = {
                pool.submit(executor.grade_one, self.assignment, self.limits, self.sandboxed,
                            name, content): key
                for key, (name, content) in self.todo.items()
            }  # fmt: skip
            for future in as_completed(futures):
                key = futures[future]
                try:
                    result = future.result()
                except (RefusedError, SandboxError):
                    raise
                except Exception as error:
                    # A cluster may have lost its worker. The others go on.
                    source = self.assignment.notebooks[self.todo[key][0]]
                    reason = f"{type(error).__name__}: {error}"
                    result = without_answers(source, "grader's fault", reason)
                if result.receipt.get("key", key) != key:
                    raise ClusterError(
                        "A worker of the cluster has other packages than this machine, and could"
                        " come to other results. Install the same on both."
                    )
                self.store.put(key, result)
                self.results[key] = result
                yield

    def results_of(self, submission: Submission) -> dict[str, Result]:
        """Return the results of a submission, by notebook."""
        return {name: self.results[self.keys[submission.student, name]]
                for name in submission.notebooks}  # fmt: skip

    def _is_graded(self, submission: Submission) -> bool:
        return all(self.keys[submission.student, name] in self.results
                   for name in submission.notebooks)  # fmt: skip

    def _record(self, gradebook: Gradebook, submission: Submission) -> WriteReport:
        keys = {name: self.keys[submission.student, name] for name in submission.notebooks}
        try:
            if is_recorded(self.course, gradebook, submission, self.assignment.name, keys):
                return WriteReport(submission.student, is_new=False)
            results = self.results_of(submission)
            return record(self.course, gradebook, submission, self.assignment, results)
        except Exception as error:
            # Whatever it is, the others go on, and the next run tries again.
            gradebook.db.rollback()
            return WriteReport(submission.student, fault=f"{type(error).__name__}: {error}")


def _refuse_to_show(root: Path, assignment: Assignment) -> None:
    """Refuse a helper package that would take the whole course into the sandbox with it."""
    for name, folder in find_own_code(modules_of(assignment)).mounts.items():
        if root.is_relative_to(folder):
            raise CourseError(
                f"The notebooks of {assignment.name} import {name} from {folder}, which contains"
                " the course itself: submissions could read the solutions. Move the package."
            )
