"""`sealed-grader grade` that is killed, on a large class, and on a cluster."""

import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from small_course import (
    BIN,
    ENVIRONMENT,
    PLAIN,
    RIGHT,
    WRONG,
    SmallCourse,
    code,
    written,
)

pytestmark = pytest.mark.usefixtures("bubblewrap")


# Kill -9.


def workers():
    """The processes of this class's grader: no other one imports colorsys."""
    return [process for process in psutil.process_iter(["cmdline"])
            if '"colorsys"' in " ".join(process.info["cmdline"] or [])]  # fmt: skip


def class_of(size, root):
    course = SmallCourse(root)
    course.write(cells=[*PLAIN, code("import colorsys", "last"),
                        written("YOUR ANSWER HERE", "words")])  # fmt: skip
    (course.root / "source/ps/data").mkdir()
    (course.root / "source/ps/data/table.csv").write_text("1,2\n" * 1000)
    for number in range(size):
        answers = {"double": f"{(RIGHT, WRONG)[number % 2]['double']}\n\n\nmine = {number}",
                   "square": (RIGHT, WRONG)[number % 3 == 0]["square"]}  # fmt: skip
        time = f"2026-03-01 10:00:{number:02} UTC" if number % 4 else None
        course.hand_in(f"student-{number:02}", answers, time=time)
    return course


@pytest.mark.parametrize(
    ("size", "counts"),
    [pytest.param(8, (1, 5), marks=pytest.mark.slow),
     pytest.param(20, (0, 1, 6, 13, 17), marks=pytest.mark.nightly)],
)  # fmt: skip
def test_killed_at_any_moment_it_ends_with_the_same_gradebook(tmp_path, size, counts):
    course = class_of(size, tmp_path / "killed")
    chance = random.Random(20260301)
    command = [BIN / "sealed-grader", "grade", "ps", "--jobs", "2"]
    finished = 0

    def graded(count):
        return lambda: len(course.results()) >= count

    # What is waited for, and how many seconds later it is killed at most.
    moments = [((course.root / "gradebook.db").exists, 0.1)]
    moments += [(graded(count), 0.5 if count else 4) for count in counts]
    for has_come, longest in moments:
        process = subprocess.Popen(
            command,
            cwd=course.root,
            # What is killed cannot clear away its temporary folders.
            env=ENVIRONMENT | {"TMPDIR": str(tmp_path)},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not has_come():
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.002)
        time.sleep(chance.uniform(0, longest))
        finished += process.poll() is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 10
        while workers() and time.monotonic() < until:
            time.sleep(0.05)
        assert workers() == []
    assert finished <= 1
    # What it may leave, if it is killed while it writes a file.
    for folder in ("results/ps", "autograded/student-03/ps", "autograded/student-03/ps/data"):
        (course.root / folder).mkdir(parents=True, exist_ok=True)
        (course.root / folder / ".new-abc").write_text("{")
    course.grade()
    assert [path for path in course.root.rglob("*") if ".new-" in path.name] == []

    whole = class_of(size, tmp_path / "whole")
    whole.grade()
    assert course.everything() == whole.everything()
    assert course.results() == whole.results()
    assert len(whole.results()) == size


# A large class.

HONEST = [RIGHT, WRONG, {}, {"double": RIGHT["double"]}]
HOSTILE = {
    "loops": (RIGHT | {"double": "while True:\n    pass"}, "timeout", 4),
    "exits": (RIGHT | {"square": "import os\nos._exit(0)"}, "crashed", 3),
    "forks": (RIGHT | {"square": "import os, time\nfor _ in range(200):\n    if os.fork() == 0:\n"
                       "        time.sleep(30)\n        os._exit(0)"}, None, 3),
    "hoards": (RIGHT | {"double": "kept = [bytearray(1 << 20) for _ in range(400)]"}, None, 4),
    "equals all": (RIGHT | {"double": "class Any:\n    def __eq__(self, other):\n"
                            "        return True\n\n\ndef double(x):\n    return Any()"},
                   "error", 4),
    "nonsense": ("{", "malformed", 0),
}  # fmt: skip


def tampered(course):
    """Submissions whose test cells are gone, or there twice."""
    right = course.hand_in("nobody", RIGHT)
    gone, twice = (nbformat.read(right, as_version=4) for _ in range(2))
    shutil.rmtree(course.root / "submitted/nobody")
    gone.cells = [cell for cell in gone.cells if cell.id != "double_hidden"]
    twice.cells += [nbformat.from_dict(twice.cells[-1])]
    twice.cells[-1].id = "another"
    return {"deletes": (gone, "passed", 7), "doubles": (twice, "passed", 7)}


@pytest.mark.parametrize(
    ("size", "one_in"),
    [pytest.param(40, 5, marks=pytest.mark.slow),
     pytest.param(300, 10, marks=pytest.mark.nightly)],
)  # fmt: skip
def test_in_a_large_class_hostile_submissions_cost_the_others_no_mark(
    course, tmp_path, size, one_in
):
    hostile = HOSTILE | tampered(course)
    kinds = itertools.cycle(sorted(hostile))
    handed_in = {number: next(kinds) if number % one_in == one_in // 2 else None
                 for number in range(size)}  # fmt: skip
    assert set(hostile) <= set(handed_in.values())
    for number, kind in handed_in.items():
        content = hostile[kind][0] if kind else dict(HONEST[number % len(HONEST)])
        if not kind:
            content["square"] = f"{content.get('square', '')}\nmine = {number}"
        course.hand_in(f"s{number:03}", content)
    said = course.grade("ps", "--cell-seconds", "1", "--memory-mb", "256")
    assert f"{size} submissions" in said

    few = SmallCourse(tmp_path / "few")
    few.write()
    for number, answers in enumerate(HONEST):
        few.hand_in(f"s{number}", answers | {"square": answers.get("square", "") + "\nmine = 0"})
    stock = few.stock(tmp_path / "stock")
    expected = [stock.judgement(f"s{number}") for number in range(len(HONEST))]

    for number, kind in handed_in.items():
        student = f"s{number:03}"
        if kind:
            _, verdict, points = hostile[kind]
            assert course.total(student) == points, kind
            assert verdict is None or verdict in course.verdicts(student).values()
        else:
            assert course.judgement(student) == expected[number % len(HONEST)], student
            assert course.about(student).verdict == "graded"


# A cluster.

CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, processes=True, threads_per_worker=1, host="127.0.0.1",
                      dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def cluster(tmp_path):
    """The address of a Dask cluster of two processes on loopback, for two minutes at most."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    with subprocess.Popen(
        ["timeout", "--kill-after=5", "120", sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=ENVIRONMENT,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate("\n", timeout=60)


@pytest.mark.slow
def test_a_cluster_ends_with_the_same_gradebook(course, cluster, tmp_path):
    assert cluster.startswith("tcp://127.0.0.1:")
    course.write(cells=[*PLAIN, code("import colorsys", "last")])
    for number in range(6):
        course.hand_in(f"s{number}", (RIGHT, WRONG)[number % 2] | {"mine": str(number)})
    course.hand_in("loops", HOSTILE["exits"][0])
    local = SmallCourse(tmp_path / "local")
    shutil.copytree(course.root, local.root, dirs_exist_ok=True)
    course.grade("ps", "--executor", "dask", "--scheduler", cluster)
    assert workers() == []
    local.grade("ps")
    assert course.everything() == local.everything()
    assert course.results() == local.results()
    assert course.total("s0") == 7
