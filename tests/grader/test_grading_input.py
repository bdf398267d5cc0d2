"""`sealed-grader`: what is refused, what may lie in the folders, and the report and the doctor."""

import os
import re
import shutil

import nbformat
import pytest
from nbgrader.api import MissingEntry
from small_course import (
    BIN,
    PLAIN,
    RIGHT,
    WRONG,
    SmallCourse,
)

from sealed_grader.course.course import Course
from sealed_grader.outside.doctor import Doctor
from sealed_grader.outside.references import UNFINISHED
from sealed_grader.outside.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]


def nothing_is_written(course):
    if (course.root / "gradebook.db").exists():
        with course.gradebook() as gradebook:
            submissions = [gradebook.assignment_submissions(a.name) for a in gradebook.assignments]
        assert not any(submissions)
    return not (course.root / "autograded").exists()


# What is refused.


def test_without_bubblewrap_nothing_runs(course, command, monkeypatch):
    course.hand_in("amy", RIGHT)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(BIN))
        status, said = command(course, "grade", "ps")
        assert status == 2
        assert "apt-get install bubblewrap" in said
        assert nothing_is_written(course)
        assert command(course, "grade", "ps", "--no-sandbox")[0] == 0
    assert course.total("amy") == 7
    about = course.about("amy")
    assert about.receipt.sandboxed is False
    assert any("without a sandbox" in note for note in about.notes)
    assert "without a sandbox" in course.graded("amy").cells[0].source
    # What was graded without a sandbox is not taken for graded.
    assert command(course, "grade", "ps")[0] == 0
    assert course.about("amy").receipt.sandboxed is True
    assert course.about("amy").notes == []


def test_without_a_sandbox_what_jax_compiled_is_kept_in_one_place(
    course, command, monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    uses_jax = "import jax.numpy as jnp\ndef double(x):\n    return int(jnp.asarray(x) * 2)"
    course.hand_in("amy", RIGHT | {"double": uses_jax})
    assert command(course, "grade", "ps", "--no-sandbox")[0] == 0
    assert course.total("amy") == 7
    (folder,) = (tmp_path / "cache/sealed-grader").iterdir()
    assert not folder.name.startswith(UNFINISHED)


SOLUTION = re.compile(" +### BEGIN SOLUTION.*END SOLUTION", re.DOTALL)
WITHOUT = [cell | {"source": SOLUTION.sub("    pass", cell.source)} for cell in PLAIN]
BAD_USAGE = {
    "no such assignment": (["nosuch"], "has no notebook. Assignments that have: other, ps."),
    "no such student": (["ps", "--student", "amy", "eve"], "Nothing was handed in by eve."),
    "no submissions": (["other"], "Nothing was handed in for other."),
    "no scheduler": (["ps", "--executor", "dask"], "--executor dask and --scheduler ADDRESS"),
    "no executor": (["ps", "--scheduler", "tcp://127.0.0.1:1"], "go together"),
    "no cluster": (["ps", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"],
                   "No Dask cluster answers at tcp://127.0.0.1:1"),
    "a bad address": (["ps", "--executor", "dask", "--scheduler", "no:where:at:all"],
                      "No Dask cluster answers at no:where:at:all"),
    "no solutions": (["unsolved"], "unsolved, cell double_visible: failed"),
    "no names": (["unnamed"], "grade_id"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "reason"), BAD_USAGE.values(), ids=BAD_USAGE)
def test_bad_usage_is_told_and_changes_no_mark(course, command, arguments, reason):
    if arguments[0] == "unsolved":
        course.write("unsolved", "unsolved", WITHOUT)
        course.hand_in("amy", {}, "unsolved", "unsolved")
    if arguments[0] == "unnamed":
        cells = nbformat.from_dict(PLAIN)
        del cells[3].metadata.nbgrader["grade_id"]
        path = course.root / "source/unnamed/unnamed.ipynb"
        path.parent.mkdir()
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        course.hand_in("amy", "{}", "unnamed", "unnamed")
    course.hand_in("amy", RIGHT)
    course.write("other")
    status, said = command(course, "grade", *arguments)
    assert status == 2
    assert reason in said
    assert "Traceback" not in said
    assert nothing_is_written(course)


@pytest.mark.parametrize("option", ["--cell-seconds=0", "--cell-seconds=nan", "--memory-mb=-1",
                                    "--jobs=0"])  # fmt: skip
def test_limits_by_which_all_would_fail_are_refused(course, command, option):
    course.hand_in("amy", RIGHT)
    with pytest.raises(SystemExit, match="2"):
        command(course, "grade", "ps", option)
    assert nothing_is_written(course)


def test_a_folder_that_is_no_course_is_refused(tmp_path, command):
    folder = SmallCourse(tmp_path / "empty")
    (folder.root / "nbgrader_config.py").unlink()
    status, said = command(folder, "grade", "ps")
    assert status == 2
    assert "nbgrader_config.py" in said
    assert list(folder.root.iterdir()) == []
    shutil.rmtree(folder.root)
    assert command(folder, "grade", "ps")[0] == 2
    assert command(folder, "report", "ps")[0] == 2


def test_two_runs_do_not_write_at_a_time(course, command):
    course.hand_in("amy", RIGHT)
    with Course(course.root).locked():
        status, said = command(course, "grade", "ps")
    assert status == 2
    assert "Another run is grading" in said
    assert nothing_is_written(course)


# What lies in the folders.


def test_only_regular_files_are_read(course, tmp_path, command):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(nbformat.writes(course.released()).replace("Two functions", "31415926"))
    submitted = course.root / "submitted"
    for student in ("fifo", "folder", "link", "large", "wrong name", "empty", "extra", "bad time",
                    "link time", "bytes"):  # fmt: skip
        course.hand_in(student, RIGHT)
    for student in ("fifo", "folder", "link", "wrong name", "empty"):
        (submitted / student / "ps/plain.ipynb").unlink()
    os.mkfifo(submitted / "fifo/ps/plain.ipynb")
    (submitted / "folder/ps/plain.ipynb").mkdir()
    (submitted / "link/ps/plain.ipynb").symlink_to(secret)
    (submitted / "wrong name/ps/plain (1).ipynb").write_text("{}")
    with (submitted / "large/ps/plain.ipynb").open("ab") as file:
        file.truncate(17 << 20)
    (submitted / "bytes/ps/plain.ipynb").write_bytes(b"\xff\xfe\x00{")
    (submitted / "extra/ps/notes.txt").write_text("mine")
    (submitted / "extra/ps/more").mkdir()
    (submitted / "extra/ps/link").symlink_to("/etc/passwd")
    os.mkfifo(submitted / "extra/ps/pipe")
    (submitted / "bad time/ps/timestamp.txt").write_text("yesterday")
    (submitted / "link time/ps/timestamp.txt").symlink_to("/etc/passwd")
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(secret, tmp_path / "elsewhere/plain.ipynb")
    (submitted / "linked folder").mkdir()
    (submitted / "linked folder/ps").symlink_to(tmp_path / "elsewhere")
    (submitted / "a file").mkdir()
    (submitted / "a file/ps").write_text("no folder")
    assert command(course, "grade", "ps")[0] == 0

    def why(student):
        about = course.about(student)
        return about.verdict, " ".join(about.notes)

    assert why("fifo") == ("malformed", "plain.ipynb is not a regular file.")
    assert why("folder") == ("malformed", "plain.ipynb is not a regular file.")
    assert why("link") == ("malformed", "plain.ipynb is not a regular file.")
    assert why("linked folder")[0] == "malformed"
    assert "link" in why("linked folder")[1]
    assert why("large") == ("malformed", "plain.ipynb is larger than 16 MiB.")
    assert why("wrong name") == ("malformed", "plain.ipynb was not handed in. plain (1).ipynb is"
                                 " not part of the assignment, and was not read.")  # fmt: skip
    assert why("empty") == ("malformed", "plain.ipynb was not handed in.")
    assert why("bytes")[0] == "malformed"
    for student in ("fifo", "link", "linked folder", "large", "empty", "bytes"):
        assert course.total(student) == 0
        assert "31415926" not in nbformat.writes(course.graded(student))
    for student in ("extra", "bad time", "link time"):
        assert course.total(student) == 7
    notes = why("extra")[1]
    assert all(f"{name} is not part of" in notes for name in ("notes.txt", "more", "link", "pipe"))
    assert why("bad time")[1] == "timestamp.txt does not hold a time."
    assert why("link time")[1] == "timestamp.txt does not hold a time."
    assert sorted(os.listdir(course.root / "autograded/extra/ps")) == ["plain.ipynb"]
    # Nothing of it is done again.
    before = course.everything()
    assert command(course, "grade", "ps")[0] == 0
    assert course.everything() == before


NAMES = ["Ana Lovelace", "Žofie Ωmega", "[a-z]", "s*", "?", "-x", "a'b\"c", "<b>x", "%s {0}", "\\d"]


def test_names_of_students_may_hold_anything(course, command):
    for number, name in enumerate(NAMES):
        course.hand_in(name, (RIGHT, WRONG)[number % 2])
    status, said = command(course, "grade", "ps")
    assert status == 0
    for number, name in enumerate(NAMES):
        assert course.total(name) == (7, 2)[number % 2], name
        assert name in said
    course.hand_in("s*", WRONG | {"square": "square = abs"})
    status, said = command(course, "grade", "ps", "--student", "s*", "?")
    assert status == 0
    assert "2 submissions" in said


def test_students_can_be_graded_alone(course, command):
    for student in ("amy", "bob"):
        course.hand_in(student, RIGHT)
    assert command(course, "grade", "ps", "--student", "bob")[0] == 0
    assert course.total("bob") == 7
    with course.gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_submission("ps", "amy")


# The report and the doctor.


def test_the_report_counts_what_the_gradebook_holds(course, command):
    answers = {
        "amy": RIGHT,
        "bob": WRONG,
        "cyd": {"double": "raise ValueError('[/x]\x1b[2J')"},
        "dan": RIGHT | {"square": "square = lambda x: x ** 2"},
        "eve": "{",
        "[bold]f\x1b[31m": WRONG | {"square": "square = abs"},
        "gus": RIGHT | {"double": "import os\nos._exit(1)"},
    }
    for student, given in answers.items():
        course.hand_in(student, given)
    assert command(course, "report", "ps")[0] == 2
    status, said = command(course, "grade", "ps")
    assert status == 0
    assert "[bold]f\N{REPLACEMENT CHARACTER}[31m" in said
    status, said = command(course, "report", "ps")
    assert status == 0
    rows = [[part.strip() for part in line.split("│")[1:-1]] for line in said.splitlines()
            if line.startswith("│")]  # fmt: skip
    heading = next(re.split("┃", line)[1:-1] for line in said.splitlines() if line.startswith("┃"))
    heading = [part.strip() for part in heading]
    assert heading[1:-1] == ["passed", "failed", "error", "crashed", "malformed"]
    with course.gradebook() as gradebook:
        submissions = gradebook.assignment_submissions("ps")
        assert len(submissions) == 7
        for name, *counts, said_most_often in rows:
            full = sum(grade.auto_score == grade.max_score for submission in submissions
                       for notebook in submission.notebooks for grade in notebook.grades
                       if grade.name == name)  # fmt: skip
            counts = dict(
                zip(heading[1:-1], map(int, (count or "0" for count in counts)), strict=True)
            )
            assert counts["passed"] == full
            assert sum(counts.values()) == 7
            assert said_most_often
    assert {row[0] for row in rows} == {"double_visible", "double_hidden", "square_visible",
                                        "square_hidden"}  # fmt: skip


def test_the_doctor_finds_every_wall(tmp_path):
    said = SmallCourse(tmp_path).run("sealed-grader", "doctor").stdout
    rows = [[part.strip() for part in line.split("│")[1:-1]] for line in said.splitlines()
            if line.startswith("│")]  # fmt: skip
    assert len(rows) >= 15
    assert {row[-1] for row in rows} == {"yes"}, said


def test_the_doctor_says_where_a_wall_is_missing():
    """Only attacks that harm nobody: here there is no sandbox."""
    with Sandbox(["numpy"], sandboxed=False) as sandbox:
        patient = Doctor(sandbox)
        for attack in (patient.files, patient.network, patient.signals):
            found, held = attack()
            assert held is False, (attack.__name__, found)
