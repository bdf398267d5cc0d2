"""What a student waits for: the import of the helper package, and the answer of a check."""

from __future__ import annotations

import importlib
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from racing import CHAPTERS, ROOT, timed

MODULES = "checks, hints, jax_idioms, likelihood, optimize, student_side"


def start(*lines: str) -> None:
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


@pytest.mark.benchmark(group="student")
def bench_import(race):
    race(
        lambda: start("import jax.numpy", f"from dl_workshop import {MODULES}"),
        {"JAX alone": lambda: start("import jax.numpy")},
        title="import of what students use, beyond JAX itself",
        rounds=9,
        compare=lambda without, with_: with_ - without,
        unit=" s",
        at_most=0.15,
    )


@pytest.mark.benchmark(group="student")
@pytest.mark.parametrize("name", CHAPTERS)
def bench_failing_check(race, name):
    """The slowest of a chapter's checks, on a wrong answer to each task, when it runs again."""
    notebook = nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", as_version=4)
    mistakes = importlib.import_module(f"mistakes.{name}").MISTAKES
    wrong = {task: next(iter(cases.values()))[0] for task, cases in mistakes.items()}
    for cell in notebook.cells:
        cell.source = wrong.get(cell.id, cell.source)
    client = NotebookClient(notebook, allow_errors=True, record_timing=False, timeout=300)
    with client.setup_kernel():

        def run(cell):
            return client.execute_cell(cell, notebook.cells.index(cell))

        failing = []
        for cell in notebook.cells:
            if cell.cell_type == "code":
                outputs = run(cell).outputs
                if any(output.output_type == "error" for output in outputs):
                    failing.append(cell)
        assert len(failing) >= len(wrong) / 2
        seconds = {cell.id: timed(lambda cell=cell: run(cell)) for cell in failing}
        slowest = max(failing, key=lambda cell: seconds[cell.id])
        race(
            lambda: run(slowest) and None,
            {},
            title=f"a failing check answers: {name}, the slowest of {len(failing)}",
            unit=" s",
            at_most=1.0,
        )
