"""The book: how long it takes in different ways, and how soon an edit is seen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from time import perf_counter, sleep

import pytest
from book_builds import build, executed
from jupyter_cache import get_cache
from racing import CHAPTERS, ROOT
from running_preview import RunningPreview

ROUNDS = 2

pytestmark = [pytest.mark.timeout(0), pytest.mark.benchmark(group="book")]


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """What came of building copies of the course from nothing, in turns."""
    rounds = []
    for _ in range(ROUNDS):
        one_by_one = print_of_build(copy_of_course(tmp_path_factory.mktemp("slow")), jobs=1)
        course = copy_of_course(tmp_path_factory.mktemp("fast"))
        begun = perf_counter()
        first = print_of_build(course, jobs=os.cpu_count())
        between = perf_counter()
        second = print_of_build(course, jobs=os.cpu_count())
        cold, again = between - begun, perf_counter() - between
        assert executed(second) == []
        pages = seconds_of_pages(course)
        rounds.append({
            "side by side": wall_seconds(first) / wall_seconds(one_by_one),
            "again": again / cold,
            "chapters": executed_seconds(course).values(),
            "typo": seconds_to_page(course) / pages,
        })  # fmt: skip
    return rounds


def bench_side_by_side(note, builds):
    note(
        "executing all chapters side by side",
        [each["side by side"] for each in builds],
        rival="one after another",
        unit=" of the time",
        at_most=0.65,
    )


def bench_nothing_changed(note, builds):
    note(
        "building the book when nothing has changed",
        [each["again"] for each in builds],
        rival="from nothing",
        unit=" of the time",
        at_most=0.1,
    )


def bench_edit_in_preview(note, builds):
    note(
        "seeing an edit of a chapter in the preview",
        [each["typo"] for each in builds],
        rival="building all pages, with outputs kept",
        unit=" of the time",
        at_most=0.15,
    )


def bench_slowest_chapter(note, builds):
    seconds = [max(each["chapters"]) for each in builds]
    note("the cells of the slowest chapter", seconds, unit=" s", at_most=40)


def bench_all_chapters(note, builds):
    seconds = [sum(each["chapters"]) for each in builds]
    note("the cells of all chapters", seconds, unit=" s", at_most=150)


def copy_of_course(folder: Path) -> Path:
    """Copy what is tracked into a folder of its own, without any cache, and return that."""
    course = folder / "course"
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, course / name)
    return course


def print_of_build(course: Path, *, jobs: int) -> str:
    """Build the book of a copy with so many chapters executed at once; return what was printed."""
    result = build(
        course,
        # The kernels import the helper package of the copy, not the installed one.
        PYTHONPATH=str(course),
        BOOK_JOBS=str(jobs),
        # Another cache of JAX's would make a cold build a warm one.
        JAX_COMPILATION_CACHE_DIR=str(course / "_build" / ".jax_cache"),
    )
    if result.returncode:
        raise RuntimeError(f"The build failed:\n{result.stdout}")
    return result.stdout


def seconds_of_pages(course: Path) -> float:
    """Return how long it takes to build all pages anew when no chapter has to be executed."""
    for made in ("html", ".doctrees"):
        shutil.rmtree(course / "_build" / made)
    begun = perf_counter()
    assert executed(print_of_build(course, jobs=os.cpu_count())) == []
    return perf_counter() - begun


def seconds_to_page(course: Path) -> float:
    """Return how long it takes from saving an edit to its page, for the slowest of the chapters."""
    seconds = []
    with RunningPreview(course) as preview:
        assert "executing" not in preview.until("Ctrl-C.")
        for name in CHAPTERS:
            source = course / "book" / f"{name}.md"
            text = source.read_text(encoding="utf-8") + "\nThis is an edit.\n"
            begun = perf_counter()
            source.write_text(text, encoding="utf-8")
            while "This is an edit." not in preview.page(name):
                sleep(0.01)
            seconds.append(perf_counter() - begun)
            assert preview.until("; executed ").endswith("executed nothing\n")
    return max(seconds)


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
