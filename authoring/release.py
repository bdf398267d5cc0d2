"""Make the student edition and the student kit from the exercises as written: `make release`.

An exercise is written once, in `solutions/<chapter>/<notebook>.md`. Here it is checked, and becomes
a notebook with solutions in `_build/source/`, from which stock nbgrader generates `exercises/`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry

from authoring.pages import Fault, SourceError
from authoring.source import ROOT, Exercise, check, read_exercises


def write_sources(root: Path, source: Path) -> list[str]:
    """Write the notebooks with solutions into a new folder, and nothing else.

    nbgrader would copy any other file that lies there into the release.

    Args:
        root: the folder of the course.
        source: the folder to write.

    Returns:
        The names of the assignments, one for each folder in `solutions/`.

    Raises:
        SourceError: a source cannot be released; all faults of all sources are named, and nothing
            was written.
    """
    exercises = read_exercises(root)
    for exercise in exercises:
        _refuse_lost_cells(root, exercise)
    shutil.rmtree(source, ignore_errors=True)
    for exercise in exercises:
        target = source / exercise.path.parent.name / f"{exercise.name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(exercise.notebook, target)
    return sorted({exercise.path.parent.name for exercise in exercises})


def _refuse_lost_cells(root: Path, exercise: Exercise) -> None:
    """Refuse a grade id that was renamed or removed once there are answers to it."""
    path = exercise.path
    if not (root / "gradebook.db").exists():
        return
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        try:
            known = gradebook.find_notebook(path.stem, path.parent.name)
        except MissingEntry:
            return
        old = {cell.name for cell in known.source_cells}
        new = {cell.id for cell in exercise.notebook.cells if "nbgrader" in cell.metadata}
        if known.submissions and old != new:
            cause = (
                "the gradebook holds answers for other cells than these"
                f" (missing {sorted(old - new)}, new {sorted(new - old)}). Give them their old"
                " grade_id, or start another assignment."
            )
            raise SourceError([Fault(path, 1, cause)])


def run_nbgrader(root: Path, *arguments: str) -> str:
    """Run an nbgrader command in a course.

    Args:
        root: the folder of the course, with its `nbgrader_config.py`.
        arguments: the command and its options.

    Returns:
        What it printed.

    Raises:
        SystemExit: the command failed; the message is what it printed.
    """
    tools = Path(sys.executable).parent
    result = subprocess.run(
        [tools / "nbgrader", *arguments],
        cwd=root,
        # For a new gradebook nbgrader calls alembic by its name.
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(f"{result.stdout}\nnbgrader {' '.join(arguments)} failed.")
    return result.stdout


def generate(root: Path, assignment: str, folder: str) -> None:
    """Make the student edition of one assignment from its sources, into a folder of the course."""
    option = f"--CourseDirectory.release_directory={folder}"
    run_nbgrader(root, "generate_assignment", assignment, "--force", "--create", option)


def release(root: Path = ROOT) -> list[str]:
    """Release every assignment of a course.

    The student edition takes the place of the old one at the end, when all of it is there.

    Args:
        root: the folder of the course.

    Returns:
        The names of the assignments.

    Raises:
        SourceError: something is wrong in a page or an exercise; nothing was changed.
        SystemExit: nbgrader failed; the student edition is as it was.
    """
    check(root)
    build = root / "_build"
    assignments = write_sources(root, build / "source")
    fresh = build / "release"
    shutil.rmtree(fresh, ignore_errors=True)
    for assignment in assignments:
        generate(root, assignment, fresh.relative_to(root).as_posix())
    old = build / "release-before"
    shutil.rmtree(old, ignore_errors=True)
    if (root / "exercises").exists():
        (root / "exercises").rename(old)
    fresh.rename(root / "exercises")
    return assignments


def main() -> None:
    """Release the exercises of this course and make the student kit, or write the sources alone."""
    from authoring.kit import make_kit

    try:
        if sys.argv[1:] == ["--sources"]:
            write_sources(ROOT, ROOT / "_build" / "source")
            return
        assignments = release()
    except SourceError as error:
        raise SystemExit(str(error)) from error
    print("\n".join(f"exercises/{assignment}" for assignment in assignments))
    archive = make_kit(ROOT).relative_to(ROOT)
    print(
        f"{archive}: hand this out, or publish {archive.with_suffix('')}/ as a repository of its"
        " own; book/publish.md says how."
    )


if __name__ == "__main__":
    main()
