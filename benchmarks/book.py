"""Build copies of the course from nothing, and read off how long their chapters took."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from jupyter_cache import get_cache

ROOT = Path(__file__).parent.parent


def copy_of_course(folder: Path) -> Path:
    """Copy what is tracked into a folder of its own, without any cache, and return that."""
    course = folder / "course"
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    return course


def build(course: Path, *, side_by_side: bool = True) -> str:
    """Build the book of a copy, and return what was printed.

    Args:
        course: what `copy_of_course` returned.
        side_by_side: execute as many chapters at once as there are processors; else one after
            another.
    """
    # A cache of JAX's that this process uses would make a cold build a warm one.
    ours = {"BOOK_JOBS", "JAX_COMPILATION_CACHE_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    # The kernels import the helper package of the copy, not the installed one.
    environment |= {"PYTHONPATH": str(course), "NO_COLOR": "1"}
    if not side_by_side:
        environment["BOOK_JOBS"] = "1"
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "-W", "-n", "."]
    result = subprocess.run(
        command,
        cwd=course,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"The build failed:\n{result.stdout}")
    return result.stdout


def executed(output: str) -> list[str]:
    """Return the names of the chapters that a build executed, in order of the alphabet."""
    return sorted(re.findall(r"book/(\w+)\.md: Executing notebook", output))


def wall_seconds(output: str) -> float:
    """Return the wall time in which a build executed its chapters, if that was more than one."""
    return float(re.search(r"Executed \d+ chapters in ([\d.]+) s", output)[1])


def executed_seconds(course: Path) -> dict[str, float]:
    """Return how long the cells of each chapter ran, without the start of the kernel."""
    [folder] = (course / "_build" / ".jupyter_cache").iterdir()
    cache = get_cache(folder)
    seconds = {
        Path(record.uri).stem: record.data["execution_seconds"]
        for record in cache.list_cache_records()
    }
    cache.db.dispose()
    return seconds
