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

from dl_workshop.grading.release import ROOT, read_source, release, run_nbgrader

DUE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLASS = ("student-perfect", "student-blank", "student-partial", "student-late", "student-written")
WRITTEN = "The curvature along y is larger, so the limit 2/6 holds there first."


def answers_of(student: str, root: Path, name: str) -> nbformat.NotebookNode:
    """Return what a member of the class hands in.

    Args:
        student: a name from `CLASS`.
        root: the folder of the course.
        name: the assignment.

    Returns:
        The student edition, filled in: by nobody (blank), with every second solution (partial),
        or with all of them; the written answers only by those who are to be graded by hand.
    """
    notebook = nbformat.read(root / "exercises" / name / f"{name}.ipynb", as_version=4)
    solved = {cell.id: cell for cell in read_source(root / "solutions" / name / f"{name}.md").cells}
    turn = 0
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if not about.get("solution") or student == "student-blank":
            continue
        if cell.cell_type == "markdown":
            if student in ("student-perfect", "student-written"):
                cell.source = WRITTEN
            continue
        turn += 1
        if student != "student-partial" or turn % 2:
            cell.source = solved[cell.id].source
    return notebook


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
        The rows of `grades.csv` of those who handed something in.
    """
    release(root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        for name in names:
            gradebook.update_or_create_assignment(name, duedate=DUE.replace(tzinfo=None))
    for name in names:
        for student in CLASS:
            target = root / "submitted" / student / name / f"{name}.ipynb"
            target.parent.mkdir(parents=True)
            nbformat.write(answers_of(student, root, name), target)
            handed_in = DUE + timedelta(hours=5 if student == "student-late" else -5)
            target.with_name("timestamp.txt").write_text(f"{handed_in:%Y-%m-%d %H:%M:%S} UTC\n")
        run_nbgrader(root, "autograde", name)
        grade_by_hand(root, name)
        run_nbgrader(root, "generate_feedback", name)
    run_nbgrader(root, "export")
    with (root / "grades.csv").open(encoding="utf-8", newline="") as table:
        return [row for row in csv.DictReader(table) if row["assignment"] in names]


def as_table(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield the lines of a table of students, assignments, scores and delays."""
    yield f"{'student':17} {'assignment':16} {'score':>5} {'of':>4}  late by"
    for row in sorted(rows, key=lambda row: (row["assignment"], CLASS.index(row["student_id"]))):
        delay = datetime.fromisoformat(row["timestamp"]) - datetime.fromisoformat(row["duedate"])
        late = f"{delay.total_seconds() / 3600:.0f} h" if delay > timedelta() else ""
        score, most = float(row["score"]), float(row["max_score"])
        yield f"{row['student_id']:17} {row['assignment']:16} {score:5.0f} {most:4.0f}  {late}"


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
