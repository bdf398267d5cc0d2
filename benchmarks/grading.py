"""Compare the grader with stock nbgrader: marks, time and memory, on the course's own assignments.

    python benchmarks/grading.py [--each N] [--flat]

Both grade the same class: for each assignment N submissions, all different, of students who solved
everything, made one of the mistakes in `tests/mistakes/`, or left tasks open. Stock nbgrader takes
four to eighteen seconds for each, so the whole takes half an hour. `--flat` measures instead
what one submission costs in a class of 10, 100 and 1,000.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from dl_workshop.grading.release import ROOT, read_source, release

TOOLS = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=17)
    parser.add_argument("--flat", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        root.mkdir()
        shutil.copy(ROOT / "nbgrader_config.py", root)
        shutil.copytree(ROOT / "solutions", root / "solutions")
        names = release(root)
        (flat if options.flat else compare)(root, names, options.each)


def compare(root: Path, names: list[str], each: int) -> None:
    """Grade a class by both, and compare."""
    for name in names:
        write_class(root, name, each)
    stock_root = root.with_name("stock")
    shutil.copytree(root, stock_root)
    print(f"{'assignment':16} {'stock':>8} {'ours':>8} {'ratio':>6}   marks")
    totals, peaks = [0.0, 0.0], []
    for name in names:
        ours, peak = run(root, "dl-workshop", "grade", name)
        stock, _ = run(stock_root, "nbgrader", "autograde", name)
        marks, others = (marks_of(course, name) for course in (root, stock_root))
        differ = sum(marks[key] != others[key] for key in others)
        print(f"{name:16} {stock:6.1f} s {ours:6.1f} s {stock / ours:6.1f}"
              f"   {len(others)} compared, {differ} differ")  # fmt: skip
        totals = [totals[0] + stock, totals[1] + ours]
        peaks.append(peak)
    print(f"{'all':16} {totals[0]:6.1f} s {totals[1]:6.1f} s {totals[0] / totals[1]:6.1f}")
    print(f"{len(names) * each} submissions; at most {max(peaks):.0f} MiB of proportional set size")


def flat(root: Path, names: list[str], each: int) -> None:
    """Grade larger and larger classes."""
    name = names[0]
    for count in (10, 100, 1000):
        shutil.rmtree(root / "submitted", ignore_errors=True)
        write_class(root, name, count)
        seconds, peak = run(root, "dl-workshop", "grade", name)
        print(f"{name}: {count:5} submissions, {seconds:6.1f} s, {seconds / count:.3f} s for each,"
              f" at most {peak:.0f} MiB")  # fmt: skip


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


def run(root: Path, *command: str) -> tuple[float, float]:
    """Run a command; return its wall time, and the most memory that all its processes had (MiB)."""
    begun = time.perf_counter()
    process = subprocess.Popen([TOOLS / command[0], *command[1:]], cwd=root,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    most, watching = [0.0], threading.Event()

    def watch() -> None:
        while not watching.wait(0.5):
            most[0] = max(most[0], memory_of(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - begun
    watching.set()
    watcher.join()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return seconds, most[0]


def memory_of(root: int) -> float:
    """Return the proportional set size of a process and its descendants, in MiB."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
            except (OSError, IndexError):
                continue
    family, new = {root}, {root}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - family
        family |= new
    total = 0
    for process in family:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def marks_of(root: Path, name: str) -> dict[tuple[str, str], float | None]:
    """Return all marks that tests gave, by student and test."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        return {(submission.student_id, grade.name): grade.auto_score
                for submission in gradebook.assignment_submissions(name)
                for notebook in submission.notebooks for grade in notebook.grades}  # fmt: skip


if __name__ == "__main__":
    main()
