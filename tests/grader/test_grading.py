"""Whole courses: nothing is lost, whatever is handed in or goes wrong."""

import os
import shutil

import nbformat
import pytest
from nbgrader.preprocessors import SaveAutoGrades
from small_course import (
    PLAIN,
    RIGHT,
    WRONG,
    answer,
    check,
    solved,
    text,
    written,
)

from sealed_grader import run
from sealed_grader.course.course import Course
from sealed_grader.course.sources import read_assignment
from sealed_grader.errors import LostError
from sealed_grader.model import Limits
from sealed_grader.outside import executor
from sealed_grader.outside.fingerprint import key_of
from sealed_grader.outside.grader import Grader
from sealed_grader.outside.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]


# Resubmissions.


def test_a_resubmission_never_keeps_an_old_mark(course, command):
    for student in ("worse", "broken", "crash", "missing", "same"):
        course.hand_in(student, RIGHT)
    assert command(course, "grade", "ps")[0] == 0
    assert {course.total(s) for s in ("worse", "broken", "crash", "missing", "same")} == {7}

    course.hand_in("worse", WRONG)
    course.hand_in("broken", '{"cells": [')
    course.hand_in("crash", RIGHT | {"double": "import os\nos._exit(3)"})
    (course.root / "submitted/missing/ps/plain.ipynb").unlink()
    status, said = command(course, "grade", "ps")
    assert status == 0
    assert course.marks("worse") == {"double_visible": 1, "double_hidden": 0,
                                     "square_visible": 1, "square_hidden": 0}  # fmt: skip
    assert {course.total(s) for s in ("broken", "missing")} == {0}
    assert course.total("crash") == 4
    assert course.total("same") == 7
    assert course.about("broken").verdict == "malformed"
    assert course.verdicts("crash")["double_hidden"] == "crashed"
    assert "worse: double_hidden 2 → 0" in said
    assert "worse: double_visible" not in said
    assert "same:" not in said

    course.hand_in("broken", RIGHT)
    assert "broken: square_hidden 0 → 3" in command(course, "grade", "ps")[1]
    assert course.total("broken") == 7


def test_too_many_points_after_a_hidden_test_stop_no_run(course, command):
    credit = check("square(2) / 2", "square_visible", 2)
    course.write(cells=[*PLAIN[:6], credit, PLAIN[7]])
    course.hand_in("greedy", RIGHT | {"square": "def square(x):\n    return 1e6"})
    course.hand_in("honest", RIGHT)
    status, said = command(course, "grade", "ps")
    assert status == 0, said
    assert course.marks("greedy")["square_visible"] == course.marks("honest")["square_visible"] == 2
    cells = {cell.id: cell for cell in course.graded("greedy").cells}
    shown = cells["square_visible"].outputs
    assert [output.data["text/plain"] for output in shown] == ["2.0"]


def test_an_output_without_a_text_stops_no_run(course, command):
    inside = check("square(2)", "square_visible", 2)
    inside.metadata["tags"] = ["run-inside"]
    course.write(cells=[*PLAIN[:6], inside, PLAIN[7]])
    forged = """
from sealed_grader.inside.shell import Outputs
Outputs.finished = lambda self: [{"output_type": "execute_result", "data": {}, "metadata": {}}]
def square(x):
    return x * x
"""
    course.hand_in("silent", RIGHT | {"square": forged})
    course.hand_in("honest", RIGHT)
    status, said = command(course, "grade", "ps")
    assert status == 0, said
    assert course.marks("silent")["square_visible"] == 0
    assert course.total("honest") == 8


def test_what_cannot_be_written_stops_no_other(course, command, monkeypatch):
    folder = course.hand_in("odd", RIGHT).parent
    (folder / "\udcff.txt").write_text("a name of bytes that are no text")
    for student in ("first", "middle", "last"):
        course.hand_in(student, RIGHT)
    record = run.record

    def fails_for_one(course, gradebook, submission, *others):
        if submission.student == "middle":
            raise OSError("the disk is full")
        return record(course, gradebook, submission, *others)

    monkeypatch.setattr(run, "record", fails_for_one)
    status, said = command(course, "grade", "ps")
    assert status == 1
    assert "middle could not be written: OSError: the disk is full" in said
    assert "no mark, for: middle" in said
    assert [course.total(student) for student in ("odd", "first", "last")] == [7, 7, 7]
    assert "\N{REPLACEMENT CHARACTER}.txt is not part" in str(course.about("odd").notes)

    monkeypatch.setattr(run, "record", record)
    assert command(course, "grade", "ps")[0] == 0
    assert course.total("middle") == 7


def test_a_submission_is_written_whole_or_not_at_all(course, command, monkeypatch):
    course.hand_in("amy", RIGHT)
    save = SaveAutoGrades.preprocess_cell

    def fails_at_the_end(self, cell, resources, number):
        if cell.id == "square_hidden":
            raise OSError("the disk is full")
        return save(self, cell, resources, number)

    monkeypatch.setattr(SaveAutoGrades, "preprocess_cell", fails_at_the_end)
    assert "amy could not be written" in command(course, "grade", "ps")[1]
    with course.gradebook() as gradebook:
        assert gradebook.assignment_submissions("ps") == []
    assert not (course.root / "autograded").exists()

    monkeypatch.setattr(SaveAutoGrades, "preprocess_cell", save)
    assert command(course, "grade", "ps")[0] == 0
    assert course.total("amy") == 7


def grade_by_hand(course, student, points):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("words", "plain", "ps", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def by_hand(course, student):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("words", "plain", "ps", student)
        return grade.manual_score, bool(grade.needs_manual_grade)


def test_what_a_person_gave_stays_and_a_changed_answer_is_reviewed(course, command):
    course.write(cells=[*PLAIN, written("YOUR ANSWER HERE", "words", 4)])
    for student in ("same", "other"):
        course.hand_in(student, RIGHT | {"words": "Because."})
    command(course, "grade", "ps")
    assert by_hand(course, "same") == (None, True)
    for student in ("same", "other"):
        grade_by_hand(course, student, 3)
    path = course.root / "autograded/same/ps/plain.ipynb"
    before = path.stat()

    course.hand_in("other", RIGHT | {"words": "Because of that."})
    command(course, "grade", "ps")
    assert by_hand(course, "same") == (3, False)
    assert by_hand(course, "other") == (3, True)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert course.total("same") == 10


def test_only_what_a_mended_test_changes_is_run_again(course, command):
    second = [answer(solved("return x - 1", "def less(x):"), "less"),
              check("assert less(3) == 2", "less_test", 2)]  # fmt: skip
    course.write(notebook="second", cells=second)
    third = WRONG | {"square": "square = abs"}
    for student, answers in (("amy", RIGHT), ("bob", WRONG), ("cyd", third)):
        course.hand_in(student, answers)
        course.hand_in(student, {"less": f"less = lambda x: x - 1  # {student}"}, notebook="second")
    command(course, "grade", "ps")
    first = course.results()
    assert len(first) == 6
    assert course.total("bob") == 4

    # Prose decides no mark.
    course.write(cells=[text("# Two simple functions"), *PLAIN[1:]])
    status, said = command(course, "grade", "ps")
    assert (status, course.results()) == (0, first)
    assert "→" not in said

    mended = [*PLAIN[:4], check("assert double(1) == 2", "double_hidden", 5), *PLAIN[5:]]
    course.write(cells=mended)
    status, said = command(course, "grade", "ps")
    assert status == 0
    assert len(course.results() - first) == 3
    lines = {line for line in said.splitlines() if "→" in line}
    assert lines == {"amy: double_hidden 2 → 5", "bob: double_hidden 0 → 5",
                     "cyd: double_hidden 0 → 5"}  # fmt: skip
    assert course.judgement("bob")["plain", "double_hidden"] == (5, 5, False)
    assert course.total("bob") == 9
    with course.gradebook() as gradebook:
        assert gradebook.find_assignment("ps").max_score == 12

    # And back: what was known is not run again.
    course.write()
    command(course, "grade", "ps")
    assert len(course.results()) == 9
    assert course.total("bob") == 4


# Receipts and results.


def test_equal_submissions_are_graded_once(course, command):
    for student in ("amy", "bob", "cyd"):
        course.hand_in(student, RIGHT)
    course.hand_in("dan", WRONG)
    command(course, "grade", "ps")
    assert len(course.results()) == 2
    first, second = course.about("amy"), course.about("bob")
    assert first == second
    assert course.graded("amy") == course.graded("bob")
    assert {path.stem for path in (course.root / "results/ps").iterdir()} == {
        first.receipt.key, course.about("dan").receipt.key}  # fmt: skip
    assert {"submission", "source", "environment", "seed", "started", "seconds", "limits",
            "sandboxed"} < set(first.receipt)  # fmt: skip


def test_a_key_changes_with_what_decides_marks_and_with_nothing_else(course):
    def key(submission=b"{}", limits=None, sandboxed=True):
        assignment = read_assignment(Course(course.root), "ps")
        return key_of(assignment, "plain", submission, limits or Limits(), sandboxed)

    plain = key()
    assert key() == plain
    others = [key(b"{ }"), key(limits=Limits(cell_seconds=5)), key(limits=Limits(memory_mb=99)),
              key(sandboxed=False)]  # fmt: skip
    course.write(cells=[text("# Other prose"), *PLAIN[1:], text("The end.")])
    assert key() == plain
    for number, change in ((1, "limit = 3  # or so"), (4, "assert True"), (2, "double = abs")):
        changed = nbformat.from_dict(PLAIN)
        changed[number].source = change
        course.write(cells=changed)
        others.append(key())
    changed = nbformat.from_dict(PLAIN)
    changed[3].metadata.nbgrader.points = 9
    course.write(cells=changed)
    others.append(key())
    course.write()
    assert key() == plain
    (course.root / "source/ps/data.csv").write_text("1")
    others.append(key())
    assert len({plain, *others}) == 1 + len(others)


def test_a_result_that_cannot_be_read_is_made_again(course, command):
    for student, answers in (("amy", RIGHT), ("bob", WRONG), ("cyd", {})):
        course.hand_in(student, answers)
    command(course, "grade", "ps")
    before = course.everything()
    damages = [lambda text: text[: len(text) // 2], lambda text: "", lambda text: '{"tests": []}']
    for path, damage in zip(sorted((course.root / "results/ps").iterdir()), damages, strict=True):
        path.write_text(damage(path.read_text()))
    shutil.rmtree(course.root / "autograded")
    assert command(course, "grade", "ps")[0] == 0
    assert course.everything() == before


def test_an_older_gradebook_that_is_brought_back_is_brought_up_to_date(course, command):
    for student in ("amy", "bob"):
        course.hand_in(student, WRONG)
    command(course, "grade", "ps")
    older = shutil.copy(course.root / "gradebook.db", course.root / "older.db")
    course.hand_in("amy", RIGHT)
    command(course, "grade", "ps")
    before = course.everything()
    shutil.copy(older, course.root / "gradebook.db")
    assert course.total("amy") == 2
    assert "amy: square_hidden 0 → 3" in command(course, "grade", "ps")[1]
    assert course.everything() == before
    (course.root / "gradebook.db").unlink()
    assert command(course, "grade", "ps")[0] == 0
    assert course.everything() == before


def test_a_fault_of_the_grader_costs_no_mark(course, command, monkeypatch):
    for student, answers in (("amy", RIGHT), ("bob", WRONG)):
        course.hand_in(student, answers)
    course.hand_in("unlucky", RIGHT | {"square": RIGHT["square"] + "\n\nunlucky = True"})
    course.hand_in("lost", RIGHT | {"square": RIGHT["square"] + "\n\nlost = True"})
    whole_one = executor.grade_one
    whole_grade, whole_start, failing = Grader.grade, Sandbox.start, []

    def grade(self, name, submission):
        failing[:] = [b"unlucky" in submission]
        try:
            return whole_grade(self, name, submission)
        finally:
            failing.clear()

    def start(self, *arguments, **options):
        if any(failing):
            raise LostError("grader's fault", "no more processes")
        return whole_start(self, *arguments, **options)

    def grade_one(*arguments):
        if b"lost = True" in arguments[-1]:
            raise OSError("a worker was lost")
        return whole_one(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(executor, "grade_one", grade_one)
        patch.setattr(Grader, "grade", grade)
        patch.setattr(Sandbox, "start", start)
        status, said = command(course, "grade", "ps", "--jobs", "1")
    assert status == 1
    assert "gave no mark, for: lost, unlucky" in said
    assert (course.total("amy"), course.total("bob")) == (7, 2)
    assert {*course.marks("unlucky").values(), *course.marks("lost").values()} == {None}
    judged = course.judgement("unlucky")
    assert judged["plain", "square_hidden"] == (None, 3, True)
    assert set(course.verdicts("unlucky").values()) == {"grader's fault"}

    status, said = command(course, "grade", "ps", "--jobs", "1")
    assert status == 0
    assert course.total("unlucky") == course.total("lost") == 7
    assert course.judgement("unlucky")["plain", "square_hidden"] == (3, 3, False)
    assert "unlucky: square_hidden none → 3" in said


def test_the_reference_is_run_once(course, command, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    runs = []
    try_reference = Grader._try_reference
    monkeypatch.setattr(
        Grader, "_try_reference", lambda self: runs.append(self) or try_reference(self)
    )

    def grade(student):
        course.hand_in(student, RIGHT | {"double": f"{RIGHT['double']}  # {student}"})
        status, said = command(course, "grade", "ps")
        return status, course.total(student) if status == 0 else said

    assert grade("first") == (0, 7)
    assert grade("second") == (0, 7)
    assert len(runs) == 1
    course.write(cells=[*PLAIN[:6], check("assert square(2) == 5", "square_visible"), PLAIN[7]])
    status, said = grade("third")
    assert status == 2
    assert "square_visible" in said
    assert grade("third")[0] == 2
    assert len(runs) == 3, "one that was refused is not kept"
    (kept,) = tmp_path.glob("cache/sealed-grader/*")
    os.utime(kept, (0, 0))
    course.write()
    assert grade("fourth") == (0, 7)
    assert len(runs) == 4, "what was not used for long is forgotten"


def test_where_nothing_can_be_kept_it_is_graded_all_the_same(course, command, monkeypatch):
    # Not a folder, and so no folder can be made in it.
    monkeypatch.setenv("XDG_CACHE_HOME", str(course.root / "nbgrader_config.py"))
    course.hand_in("ada", RIGHT)
    assert command(course, "grade", "ps")[0] == 0
    assert course.total("ada") == 7
