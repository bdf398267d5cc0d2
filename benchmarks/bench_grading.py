"""Our grader against stock nbgrader: marks, time and memory, on the course's own assignments.

Both grade the same class: students who solved everything, made one of the mistakes in
`tests/exercises/mistakes/`, or left tasks open, no two alike. Ours grades all of them. Stock
nbgrader, which takes one after the other, would need an hour and a half; it grades the first, and
then some more, which tells what it takes to start and what for each.
"""

from __future__ import annotations

import contextlib
import importlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from racing import CHAPTERS, ROOT, spread, timed

from authoring.release import release
from authoring.source import read_source

TOOLS = Path(sys.executable).parent
EACH = 100
# How many of them stock nbgrader grades after the first.
MORE = 10

pytestmark = [pytest.mark.timeout(0), pytest.mark.benchmark(group="grading")]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course whose exercises were released, on a machine that never graded before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions", root / "solutions")
    release(root)
    return root


@pytest.mark.parametrize("name", CHAPTERS)
def bench_grader(note, course, name):
    write_class(course, name, EACH)
    stock = course.with_name("stock")
    shutil.copytree(course, stock, ignore=shutil.ignore_patterns("submitted"))
    first, more = (grade_some(course, stock, name, *some) for some in ((0, 1), (1, 1 + MORE)))
    peaks = []
    ours = timed(lambda: peaks.append(run(course, "sealed-grader", "grade", name)))
    each = (more - first) / (MORE - 1)
    note(
        f"{name}, {EACH} submissions",
        [(first + (EACH - 1) * each) / ours],
        rival="nbgrader autograde",
        at_least=8,
        seconds={"ours": spread([ours / EACH]), "nbgrader autograde": spread([each])},
        peak_mib=max(peaks),
    )
    marks, expected = marks_of(course, name), marks_of(stock, name)
    assert len(expected) >= MORE
    assert {key: marks[key] for key in expected} == expected


def grade_some(course: Path, stock: Path, name: str, first: int, end: int) -> float:
    """Hand in some of a class to stock nbgrader; return how many seconds grading them takes."""
    for folder in sorted(course.glob("submitted/*"))[first:end]:
        shutil.copytree(folder, stock / "submitted" / folder.name)
    return timed(lambda: run(stock, "nbgrader", "autograde", name) and None)


@pytest.mark.parametrize("count", [10, 1000])
def bench_class_size(note, course, count):
    """What one submission costs as the class grows."""
    name = CHAPTERS[0]
    write_class(course, name, count)
    peaks = []
    each = timed(lambda: peaks.append(run(course, "sealed-grader", "grade", name))) / count
    note(f"{name}, {count:,} submissions, for each", [each], unit=" s", peak_mib=max(peaks))


def write_class(root: Path, name: str, count: int) -> None:
    """Hand in different notebooks for so many students."""
    blank = root / "exercises" / name / f"{name}.ipynb"
    solved = {
        cell.id: cell.source for cell in read_source(root / f"solutions/{name}/{name}.md").cells
    }
    for number, answers in zip(range(count), variants(name, solved), strict=False):
        notebook = nbformat.read(blank, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                # The comment makes each notebook another one, as those of students are.
                cell.source = f"{answers.get(cell.id, cell.source)}\n# {count} {number}"
        target = root / "submitted" / f"student-{number:04}" / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)


def variants(name: str, solved: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield answers without end: half of them right, the others with a mistake or a task left."""
    mistakes = importlib.import_module(f"mistakes.{name}").MISTAKES
    wrong = [(task, code) for task, cases in mistakes.items() for code, _ in cases.values()]
    while True:
        for task, code in wrong:
            yield solved
            yield solved | {task: code}
            yield solved
            yield {key: value for key, value in solved.items() if key != task}


def run(root: Path, *command: str) -> float:
    """Run a command; return the most memory that all its processes had together, in MiB."""
    process = subprocess.Popen([TOOLS / command[0], *command[1:]], cwd=root,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    most, watching = [0.0], threading.Event()

    def watch() -> None:
        while not watching.wait(0.5):
            most[0] = max(most[0], memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watching.set()
    watcher.join()
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}")
    return most[0]


def memory_of(root: int) -> float:
    """Return the proportional set size of a process and its descendants, in MiB."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(root)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_full_info().pss
    return total / (1 << 20)


def marks_of(root: Path, name: str) -> dict[tuple[str, str], float | None]:
    """Return all marks that tests gave, by student and test."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {(submission.student_id, grade.name): grade.auto_score
                for submission in gradebook.assignment_submissions(name)
                for notebook in submission.notebooks for grade in notebook.grades}  # fmt: skip
