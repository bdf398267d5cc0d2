"""The command `sealed-grader`: grade an assignment, report on it, and prove the sandbox."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sealed_grader.course.course import Course
from sealed_grader.course.gradebook import WriteReport, read_judgements
from sealed_grader.course.sources import read_assignment
from sealed_grader.course.submissions import read_submissions
from sealed_grader.errors import CourseError, GraderError
from sealed_grader.model import Limits
from sealed_grader.outside import doctor
from sealed_grader.run import Run

DESCRIPTION = "Grade submissions to nbgrader assignments in a sandbox."
VERDICTS = ("passed", "failed", "error", "timeout", "out of memory", "crashed", "malformed",
            "grader's fault")  # fmt: skip
NUMBERS = ("points", "tests passed")
REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: command-line arguments; `sys.argv[1:]` if None.

    Returns:
        The exit code: 0 if all went well, 1 if something needs a person, 2 if nothing was done.
    """
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, markup=False, emoji=False,
                      soft_wrap=not sys.stdout.isatty())  # fmt: skip
    try:
        return options.run(options, console)
    except GraderError as error:
        print(error, file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sealed-grader", description=DESCRIPTION)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    default = Limits()

    grading = commands.add_parser("grade", help="grade what was handed in for an assignment")
    grading.set_defaults(run=grade)
    _add_assignment(grading)
    grading.add_argument("--jobs", type=_positive, default=os.cpu_count(), metavar="N",
                         help="how many at a time (default: one for each processor)")  # fmt: skip
    grading.add_argument("--student", action="extend", nargs="+", default=[], metavar="ID",
                         help="grade these alone")  # fmt: skip
    grading.add_argument("--executor", choices=("local", "dask"), default="local")
    grading.add_argument("--scheduler", metavar="ADDRESS", help="of the Dask cluster")
    grading.add_argument("--no-sandbox", action="store_true",
                         help="run trusted code without the sandbox, with your rights")  # fmt: skip
    grading.add_argument("--cell-seconds", type=_seconds, default=default.cell_seconds, metavar="S",
                         help="wall time for a cell (default: %(default)g)")  # fmt: skip
    grading.add_argument("--memory-mb", type=_positive, default=default.memory_mb, metavar="MIB",
                         help=f"memory of a submission (default: {default.memory_mb})")  # fmt: skip

    reporting = commands.add_parser("report", help="show for each test how submissions did")
    reporting.set_defaults(run=report)
    _add_assignment(reporting)

    checking = commands.add_parser("doctor", help="try to break each limit of the sandbox")
    checking.set_defaults(run=doctor.run)
    return parser


def _add_assignment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", metavar="ASSIGNMENT")
    parser.add_argument("--course", type=Path, default=Path(), metavar="DIR",
                        help="the folder with nbgrader_config.py (default: this one)")  # fmt: skip


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return number


def grade(options: argparse.Namespace, console: Console) -> int:
    """Grade an assignment: map submissions to results, then write these into the gradebook."""
    if (options.executor == "dask") != bool(options.scheduler):
        raise CourseError("--executor dask and --scheduler ADDRESS go together.")
    limits = Limits(cell_seconds=options.cell_seconds, memory_mb=options.memory_mb)
    course = Course(options.course)
    with course.locked():
        assignment = read_assignment(course, options.assignment)
        submissions = read_submissions(
            course, assignment, options.student, limits.submission_mb << 20
        )
        if not submissions:
            raise CourseError(f"Nothing was handed in for {assignment.name}.")
        run = Run(course, assignment, submissions, limits, not options.no_sandbox)
        reports = run.finish(options, console)
    _show_marks(console, run, reports)
    unjudged = [
        submission.student
        for submission, report in zip(submissions, reports, strict=True)
        if report.fault
        or any(r.verdict == "grader's fault" for r in run.results_of(submission).values())
    ]
    for report in reports:
        if report.fault:
            console.print(_printable(f"{report.student} was not written: {report.fault}"))
    if unjudged:
        names = _printable(", ".join(unjudged))
        console.print(f"\nThe grader failed, and gave no mark, for: {names}")
    return 1 if unjudged else 0


def _show_marks(console: Console, run: Run, reports: list[WriteReport]) -> None:
    table = Table(title=f"{run.assignment.name}: {len(run.submissions)} submissions")
    for heading in ("student", "verdict", "points", "tests passed", "notes"):
        table.add_column(heading, justify="right" if heading in NUMBERS else "left")
    for submission in run.submissions:
        results = run.results_of(submission).values()
        tests = [test for result in results for test in result.tests]
        verdicts = dict.fromkeys(result.verdict for result in results)
        notes = [note for result in results for note in result.notes] + submission.notes
        lost = Counter(t.verdict for t in tests
                       if t.verdict not in ("passed", "failed", "error", "malformed"))  # fmt: skip
        notes = [f"{count} × {verdict}" for verdict, count in lost.items()] + notes
        scores = [test.score for test in tests]
        known = [score for score in scores if score is not None]
        points = f"{sum(known):g}" if len(known) == len(scores) else "?"
        table.add_row(
            _printable(submission.student),
            ", ".join(verdicts),
            f"{points}/{sum(test.points for test in tests):g}",
            f"{sum(test.verdict == 'passed' for test in tests)}/{len(tests)}",
            _printable(" ".join(notes))[:200],
        )
    console.print(table)
    for report in reports:
        for test, old, new in report.changed:
            before, after = ("none" if mark is None else f"{mark:g}" for mark in (old, new))
            console.print(f"{_printable(report.student)}: {test} {before} → {after}")


def _printable(text: str) -> str:
    """Return what a student may have written, without what would steer a terminal."""
    return "".join(c if c.isprintable() else "�" for c in text)


def report(options: argparse.Namespace, console: Console) -> int:
    """Show for each test how many passed, how the others ended, and the most common message."""
    course = Course(options.course)
    verdicts: dict[str, Counter] = defaultdict(Counter)
    messages: dict[str, Counter] = defaultdict(Counter)
    graded = read_judgements(course, options.assignment)
    for about in graded.values():
        for test in about.get("tests", []):
            verdicts[test["name"]][test["verdict"]] += 1
            if test["verdict"] != "passed":
                messages[test["name"]][test["message"].partition("\n")[0]] += 1
    if not verdicts:
        raise CourseError(
            f"Nothing is graded for {options.assignment}. First: sealed-grader grade"
            f" {options.assignment}"
        )
    shown = [v for v in VERDICTS if any(counts[v] for counts in verdicts.values())]
    table = Table(title=f"{options.assignment}: {len(graded)} notebooks")
    table.add_column("test")
    for verdict in shown:
        table.add_column(verdict, justify="right")
    table.add_column("most common message")
    for name, counts in verdicts.items():
        most = messages[name].most_common(1)
        said = f"{most[0][1]} × {_printable(most[0][0][:100])}" if most else ""
        table.add_row(name, *(str(counts[verdict] or "") for verdict in shown), said)
    console.print(table)
    return 0
