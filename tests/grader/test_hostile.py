"""What strangers may hand in: each case in `hostile/` must come to the verdict that it names.

A case is a module. Its docstring says what is tried, and why it must not work. It has

    ANSWERS     the code that takes the place of the right answer, by grade id
    tamper      a function that gets the notebook and returns another, or bytes
    EXPECTED    the verdict, and of each test that does not pass, its verdict and points;
                "error or crashed" where chance decides which it is
    TIMES       how many times as long as right answers it may take, if not 40 times
    check       a function that gets the result, and asserts what else must hold

and all tests that it does not name must pass with full points. Its name begins with its group.
"""

from __future__ import annotations

import copy
import dataclasses
import importlib.util
import json
import os
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import nbformat
import psutil
import pytest
from conftest import ROOT, need_program

from authoring.release import write_sources
from sealed_grader.course.course import Course
from sealed_grader.course.sources import read_assignment
from sealed_grader.model import Limits, Result
from sealed_grader.outside.doctor import Doctor
from sealed_grader.outside.grader import Grader

FOLDER = Path(__file__).parent / "hostile"
SLUGS = sorted(path.stem for path in FOLDER.glob("*.py"))
GROUPS = {
    "forged": "forged marks", "stolen": "stolen answers", "tampered": "tampered notebooks",
    "crash": "crashes", "bomb": "resource bombs", "escape": "escapes",
    "malformed": "malformed files", "harmless": "harmless lookalikes",
}  # fmt: skip
# One of each group, which is tried always; nearly all others in `make test-slow`.
ALWAYS = {
    "forged": "forged_equal_to_everything", "stolen": "stolen_files",
    "tampered": "tampered_deleted_test", "crash": "crash_segfault", "bomb": "bomb_memory",
    "escape": "escape_network", "malformed": "malformed_truncated", "harmless": "harmless_prints",
}  # fmt: skip
# Bombs against a wall that the doctor tries as well, in `make test-slow`, by the attack named here.
NIGHTLY = {
    "bomb_disk": Doctor.disk, "bomb_forks": Doctor.processes,
    "bomb_loop_in_cell": Doctor.processor_time, "bomb_memory_at_once": Doctor.one_large_array,
    "bomb_memory_file": Doctor.hidden_memory, "bomb_memory_of_many": Doctor.memory_of_many,
    "bomb_open_files": Doctor.open_files, "bomb_outlives": Doctor.outliving,
    "bomb_processors": Doctor.starving, "bomb_shared_memory": Doctor.hidden_memory,
    "bomb_sleep": Doctor.wall_time,
}  # fmt: skip
LIMITS = Limits(
    cell_seconds=5, total_seconds=60, cpu_seconds=60, memory_mb=600, disk_mb=16, processes=40,
    open_files=128, output_kb=32, answer_mb=4, submission_mb=4,
)  # fmt: skip
# What only hidden tests say or know: their numbers, a comment, a right result.
SECRETS = ("48611", "50207", "52103", "53003", "quince", "2363029322")
POINTS = {
    "total_visible": 1,
    "total_hidden": 2,
    "clip_visible": 1,
    "clip_hidden": 2,
    "estimate_visible": 1,
    "estimate_hidden": 3,
    "loss_visible": 1,
    "loss_hidden": 2,
}
# Where cases knock that try to get out.
PORT, ABSTRACT = 48619, "\0sealed-grader-hostile"

seen: dict[str, bool] = {}


def marks_of(slug: str) -> list[pytest.MarkDecorator]:
    if slug in ALWAYS.values():
        return []
    return [pytest.mark.nightly if slug in NIGHTLY else pytest.mark.slow]


CASES = [pytest.param(slug, marks=marks_of(slug)) for slug in SLUGS]
# What holds after all cases is asked of the few as well.
AFTER = pytest.mark.parametrize("corpus", ["few", pytest.param("all", marks=pytest.mark.slow)])


def load(slug: str) -> ModuleType:
    """Import a case."""
    spec = importlib.util.spec_from_file_location(slug, FOLDER / f"{slug}.py")
    case = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(case)
    return case


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    need_program("bwrap")
    root = tmp_path_factory.mktemp("course")
    (root / "solutions" / "hostile").mkdir(parents=True)
    shutil.copy(FOLDER / "assignment.md", root / "solutions" / "hostile" / "hostile.md")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_sources(root, root / "_build" / "source")
    return read_assignment(Course(root), "hostile")


@pytest.fixture(scope="module")
def grader(assignment):
    with Grader(assignment, LIMITS) as grader:
        yield grader


def right_answers(assignment) -> nbformat.NotebookNode:
    """Return the notebook as a student has it who does everything right."""
    source = assignment.notebooks["hostile"]
    notebook = nbformat.reads(source.released, as_version=4)
    reference = nbformat.reads(source.reference, as_version=4)
    for cell, solved in zip(notebook.cells, reference.cells, strict=True):
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solved.source
    return notebook


def submission_of(case: ModuleType, assignment) -> bytes:
    """Return what the case hands in."""
    notebook = right_answers(assignment)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = getattr(case, "ANSWERS", {}).get(name, cell.source)
    if hasattr(case, "tamper"):
        notebook = case.tamper(notebook)
    # Not by nbformat, which would look at what it writes.
    return notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()


def verdicts(result: Result) -> dict[str, tuple[str, float | None]]:
    """Return what did not simply pass, and what did not for full points."""
    return {test.name: (test.verdict, test.score) for test in result.tests
            if (test.verdict, test.score, test.points) != ("passed", POINTS[test.name],
                                                           POINTS[test.name])}  # fmt: skip


@pytest.fixture(scope="module")
def proven(grader, assignment):
    """Return only when gentle probes have met each limit, so that no bomb harms this machine."""
    case = ModuleType("probe")
    case.ANSWERS = {"total": PROBE}
    result = grader.grade("hostile", submission_of(case, assignment))
    shown = result.notebook
    assert result.verdict == "graded"
    for limit in ("memory", "processes", "disk", "files", "network"):
        assert f"{limit} is limited" in shown, f"There is no limit to {limit}; no bomb is let off."
    assert verdicts(result) == {}
    case.ANSWERS = {"total": "x = bytearray(700 << 20)", "clip": "while True: pass"}
    result = grader.grade("hostile", submission_of(case, assignment))
    assert [test.verdict for test in result.tests[:4]] == ["out of memory"] * 2 + ["timeout"] * 2


PROBE = """
import os, resource, socket

soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
print("processes is limited" if 0 < soft <= 40 else "")
soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
print("memory is limited" if 0 < soft < 2 << 30 else "")
soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
print("files is limited" if 0 < soft <= 128 else "")
room = os.statvfs("/tmp")
print("disk is limited" if room.f_blocks * room.f_frsize <= 16 << 20 else "")
try:
    socket.create_connection(("127.0.0.1", 48619), timeout=1)
except OSError:
    print("network is limited")


def total(values):
    return sum(value * value for value in values)
"""


@pytest.fixture(scope="module")
def doors() -> Iterator[list[socket.socket]]:
    """Listen where cases knock that try to get out."""
    with socket.socket() as loopback, socket.socket(socket.AF_UNIX) as abstract:
        loopback.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        loopback.bind(("127.0.0.1", PORT))
        abstract.bind(ABSTRACT)
        for door in (loopback, abstract):
            door.listen()
            door.setblocking(False)
        yield [loopback, abstract]


@pytest.fixture(scope="module")
def usual(grader, assignment) -> float:
    """How many seconds right answers take here; at least one, for some limits are in seconds."""
    return max(1.0, timed(grader, json.dumps(right_answers(assignment)).encode())[1])


@pytest.fixture(scope="module")
def results(
    grader, assignment, usual, proven, doors, request
) -> Iterator[dict[str, Future[Result]]]:
    """The result of each case that is asked for; all are being graded, two at a time."""
    # Fail here rather than in the grader: whoever is hit by a stray signal is this process.
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    chosen = {item.callspec.params["slug"] for item in request.session.items
              if "slug" in getattr(getattr(item, "callspec", None), "params", {})}  # fmt: skip
    # A machine that pauses is not to be taken for a loop without an end.
    patient = copy.copy(grader)
    patient.limits = dataclasses.replace(LIMITS, cell_seconds=20)
    with ThreadPoolExecutor(2) as executor:
        futures = {}
        for slug in sorted(chosen):
            case = load(slug)
            who = grader if "timeout" in str(case.EXPECTED) else patient
            futures[slug] = executor.submit(timed, who, submission_of(case, assignment))
        yield futures


def timed(grader: Grader, submission: bytes) -> tuple[Result, float]:
    start = time.monotonic()
    return grader.grade("hostile", submission), time.monotonic() - start


@pytest.mark.parametrize("slug", CASES)
def test_case(slug, results, usual):
    """Each case comes to its verdict, test by test, and shows nothing of what is hidden."""
    case = load(slug)
    result, seconds = results[slug].result()
    verdict, tests = case.EXPECTED
    seen[slug] = False
    assert case.__doc__, "A case says what it tries."
    print(slug, f"{seconds:.1f} s", result.verdict, result.notes)
    for test in result.tests:
        print("   ", test.name, test.verdict, test.score, test.message[:500])
    assert result.verdict == verdict
    found = verdicts(result)
    assert found == {name: (found[name][0], score) if name in found
                     and found[name][0] in verdict.split(" or ") else (verdict, score)
                     for name, (verdict, score) in tests.items()}  # fmt: skip
    assert [test.name for test in result.tests] == list(POINTS)
    for secret in SECRETS:
        assert secret not in result.notebook, f"{secret} was shown."
    if hasattr(case, "check"):
        case.check(result)
    assert len(result.notebook) < 1 << 20
    assert seconds < getattr(case, "TIMES", 40) * usual
    seen[slug] = True


@AFTER
def test_nothing_is_left(corpus, results, grader, assignment, doors):
    """After all that, an honest submission has full marks, and no process is left."""
    for future in results.values():
        future.result()
    honest = json.dumps(right_answers(assignment)).encode()
    result = grader.grade("hostile", honest)
    assert (result.verdict, result.notes, verdicts(result)) == ("graded", [], {})
    until = time.monotonic() + 60
    # The worker, and bubblewrap around it, twice.
    while len(left := psutil.Process().children(recursive=True)) > 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(left) <= 3, left
    for door in doors:
        with pytest.raises(BlockingIOError):
            door.accept()
    assert not any(
        os.path.exists(f"{folder}/sealed-grader-escaped") for folder in ("/tmp", "/dev/shm")
    )


@AFTER
def test_kill_rate(corpus, capsys):
    """Enough cases were run; say how many came out as they must."""
    names = Counter(slug.partition("_")[0] for slug in seen)
    right = Counter(slug.partition("_")[0] for slug, good in seen.items() if good)
    rates = [f"{GROUPS[group]} {right[group]}/{names[group]}" for group in GROUPS if names[group]]
    with capsys.disabled():
        print(f"\nhostile: {', '.join(rates)}; {right.total()}/{names.total()} as expected")
    assert set(GROUPS) >= {slug.partition("_")[0] for slug in SLUGS}
    assert [slug.partition("_")[0] for slug in ALWAYS.values()] == list(ALWAYS) == list(GROUPS)
    assert set(NIGHTLY) <= set(SLUGS)
    assert len(SLUGS) >= 50
