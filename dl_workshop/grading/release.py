"""Make the student edition of the exercises from their sources: `make release`.

An exercise is written once, in `solutions/<chapter>/<notebook>.md`. Here it becomes a notebook with
solutions in `_build/source/`, from which stock nbgrader generates `exercises/`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).parents[2]


def read_source(path: Path) -> nbformat.NotebookNode:
    """Return the notebook that a MyST source stands for, the same one each time.

    Args:
        path: a source such as `solutions/goldfield/goldfield.md`.

    Returns:
        A notebook whose cells are named after their grade ids, or else numbered. (jupytext draws
        new names each time, which would make every release differ from the one before.)
    """
    notebook = jupytext.read(path)
    for number, cell in enumerate(notebook.cells):
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{number}")
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec}
    nbformat.validate(notebook)
    return notebook


def write_sources(root: Path) -> list[str]:
    """Write the notebooks with solutions into `_build/source/`, and nothing else.

    nbgrader would copy any other file that lies there into the release.

    Args:
        root: the folder of the course.

    Returns:
        The names of the assignments, one for each folder in `solutions/`.
    """
    source = root / "_build" / "source"
    shutil.rmtree(source, ignore_errors=True)
    assignments = set()
    for path in sorted(root.glob("solutions/*/*.md")):
        target = source / path.parent.name / f"{path.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(read_source(path), target)
        assignments.add(path.parent.name)
    return sorted(assignments)


def run_nbgrader(root: Path, *arguments: str) -> None:
    """Run an nbgrader command in a course, and show what it says only if it fails.

    Args:
        root: the folder of the course, with its `nbgrader_config.py`.
        arguments: the command and its options.

    Raises:
        SystemExit: the command failed.
    """
    # To make a gradebook, nbgrader calls alembic by its name.
    tools = Path(sys.executable).parent
    result = subprocess.run(
        [tools / "nbgrader", *arguments],
        cwd=root,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}\nnbgrader {' '.join(arguments)} failed.")


def main(root: Path = ROOT) -> None:
    """Release every assignment of a course anew."""
    for assignment in write_sources(root):
        run_nbgrader(root, "generate_assignment", assignment, "--force", "--create")
        print(f"exercises/{assignment}")


if __name__ == "__main__":
    main()
