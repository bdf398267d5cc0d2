"""Grade a small invented class, from release to feedback and grades: `make rehearse`.

All of it happens in `_build/rehearsal/`, a course of its own, so that no real gradebook is touched.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from authoring.release import release, run_nbgrader
from authoring.source import ROOT, read_source
from sealed_grader import cli
from sealed_grader.course.gradebook import read_judgement

DUE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HONEST = ("student-perfect", "student-blank", "student-partial", "student-late", "student-written")
# Each hands in all solutions, and one thing that a grader must cope with.
HOSTILE = ("student-deleted", "student-doubled", "student-endless", "student-broken",
           "student-warning")  # fmt: skip
CLASS = HONEST + HOSTILE
WRITTEN = "The curvature along y is larger, so the limit 2/6 holds there first."
# Long enough for any test of this course; an infinite loop takes this long for each test.
CELL_SECONDS = 10


def answers_of(student: str, root: Path, name: str) -> str:
    """Return what a member of the class hands in.

    Args:
        student: a name from `CLASS`.
        root: the folder of the course.
        name: the assignment.

    Returns:
        The student edition as JSON: blank, with every second solution (partial), or with all of
        them; the written answers only by those who are to be graded by hand. The hostile then
        spoil it.
    """
    notebook = nbformat.read(root / "exercises" / name / f"{name}.ipynb", as_version=4)
    solved = {cell.id: cell for cell in read_source(root / "solutions" / name / f"{name}.md").cells}
    answers = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    code = [cell for cell in answers if cell.cell_type == "code"]
    if student in ("student-perfect", "student-written"):
        for cell in answers:
            cell.source = WRITTEN
    for turn, cell in enumerate(code):
        if student != "student-blank" and (student != "student-partial" or turn % 2 == 0):
            cell.source = solved[cell.id].source
    if student == "student-deleted":
        notebook.cells = [cell for cell in notebook.cells if cell.id != f"{code[0].id}_hidden"]
    elif student == "student-doubled":
        copy = code[0].copy()
        copy.id = "copied"
        notebook.cells.insert(notebook.cells.index(code[0]) + 1, copy)
    elif student == "student-endless":
        code[0].source = f"def {code[0].id}(*arguments):\n    while True:\n        pass"
    elif student == "student-warning":
        code[0].source += "\nimport warnings\nwarnings.warn('This goes to stderr.')"
    text = nbformat.writes(notebook)
    return text[: len(text) // 2] if student == "student-broken" else text


def grade_by_hand(root: Path, name: str) -> None:
    """Do what an instructor does in the formgrader: give points for the written answers."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(name):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.needs_manual_grade:
                        full = submission.student.id == "student-perfect"
                        grade.manual_score = grade.max_score if full else grade.max_score - 1
        gradebook.db.commit()


def rehearse(root: Path, names: list[str]) -> list[dict[str, str]]:
    """Release, submit, grade, give feedback and export, in a course that is there already.

    Args:
        root: a folder with `solutions/` and `nbgrader_config.py`.
        names: the assignments to grade.

    Returns:
        The rows of `grades.csv` of those who handed something in, with the grader's verdict.
    """
    release(root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for name in names:
            gradebook.update_or_create_assignment(name, duedate=DUE.replace(tzinfo=None))
    for name in names:
        for student in CLASS:
            target = root / "submitted" / student / name / f"{name}.ipynb"
            target.parent.mkdir(parents=True)
            target.write_text(answers_of(student, root, name), encoding="utf-8")
            handed_in = DUE + timedelta(hours=5 if student == "student-late" else -5)
            target.with_name("timestamp.txt").write_text(f"{handed_in:%Y-%m-%d %H:%M:%S} UTC\n")
        command = ["grade", name, "--course", str(root), "--cell-seconds", str(CELL_SECONDS)]
        if code := cli.main(command):
            raise SystemExit(f"sealed-grader {' '.join(command)} ended with {code}.")
        grade_by_hand(root, name)
        run_nbgrader(root, "generate_feedback", name)
    run_nbgrader(root, "export")
    with (root / "grades.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["assignment"] in names]
    for row in rows:
        name = row["assignment"]
        graded = root / "autograded" / row["student_id"] / name / f"{name}.ipynb"
        row["verdict"] = read_judgement(graded)["verdict"]
    return rows


def as_table(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield the lines of a table of students, assignments, scores, verdicts and delays."""
    yield f"{'student':17} {'assignment':16} {'score':>5} {'of':>4}  {'verdict':10} late by"
    for row in sorted(rows, key=lambda row: (row["assignment"], CLASS.index(row["student_id"]))):
        delay = datetime.fromisoformat(row["timestamp"]) - datetime.fromisoformat(row["duedate"])
        late = f"{delay.total_seconds() / 3600:.0f} h" if delay > timedelta() else ""
        score, most = float(row["score"]), float(row["max_score"])
        yield (f"{row['student_id']:17} {row['assignment']:16} {score:5.0f} {most:4.0f}"
               f"  {row['verdict']:10} {late}".rstrip())  # fmt: skip


def main() -> None:
    """Rehearse every assignment of this course."""
    root = ROOT / "_build" / "rehearsal"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions", root / "solutions")
    names = sorted(path.name for path in (root / "solutions").iterdir())
    print("\n".join(as_table(rehearse(root, names))))
    print(f"Feedback and grades.csv are in {root.relative_to(ROOT)}/.")


if __name__ == "__main__":
    main()
