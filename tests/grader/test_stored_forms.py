"""What an older version stored is read in today's terms, and a newer version's is not misread."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from sealed_grader.course.gradebook import read_judgement
from sealed_grader.course.store import Store
from sealed_grader.errors import CourseError
from sealed_grader.model import SCHEMA, Result

# As the first version wrote them: without a number, and with other words.
FIRST = Path(__file__).parent / "first_version"


def is_the_submission_of_the_first_version(verdict, tests, receipt):
    assert verdict == "repaired"
    assert [(test["name"], test["verdict"], test["score"]) for test in tests] == [
        ("double_visible", "passed", 2.0), ("double_hidden", "failed", 0.0)]  # fmt: skip
    assert receipt["sandboxed"] is True
    assert "sealed" not in receipt
    return True


def test_a_result_of_the_first_version_is_read():
    old = (FIRST / "result.json").read_text()
    assert json.loads(old)["verdict"] == "tampered"
    result = Result.from_json(old)
    tests = [vars(test) for test in result.tests]
    assert is_the_submission_of_the_first_version(result.verdict, tests, result.receipt)
    assert json.loads(result.to_json())["schema"] == SCHEMA
    assert Result.from_json(result.to_json()) == result


def test_a_notebook_that_the_first_version_graded_is_read():
    old = nbformat.read(FIRST / "graded.ipynb", as_version=4).metadata
    assert old["dl_workshop"]["verdict"] == "tampered"
    said = read_judgement(FIRST / "graded.ipynb")
    assert is_the_submission_of_the_first_version(said["verdict"], said["tests"], said["receipt"])


def test_the_report_counts_notebooks_of_the_first_version(course, command):
    folder = course.root / "autograded/amy/ps"
    folder.mkdir(parents=True)
    shutil.copy(FIRST / "graded.ipynb", folder / "plain.ipynb")
    status, said = command(course, "report", "ps")
    assert status == 0
    rows = [line.split("│")[1:-1] for line in said.splitlines() if line.startswith("│")]
    assert [[part.strip() for part in row] for row in rows] == [
        ["double_visible", "1", "", ""],
        ["double_hidden", "", "1", "1 × AssertionError"],
    ]


@pytest.fixture
def newer(tmp_path):
    """A graded notebook of a version that is to come."""
    notebook = nbformat.read(FIRST / "graded.ipynb", as_version=4)
    notebook.metadata["sealed_grader"] = {"schema": SCHEMA + 1, "verdict": "splendid"}
    nbformat.write(notebook, tmp_path / "plain.ipynb")
    return tmp_path / "plain.ipynb"


def test_what_a_newer_version_wrote_is_said_to_be_newer(newer, course, command):
    with pytest.raises(CourseError, match=r"plain\.ipynb was written by a newer version"):
        read_judgement(newer)
    folder = course.root / "autograded/amy/ps"
    folder.mkdir(parents=True)
    shutil.copy(newer, folder)
    status, said = command(course, "report", "ps")
    assert status == 2
    assert "newer version" in said


def test_a_stored_result_of_a_newer_version_is_made_again(tmp_path):
    store = Store(tmp_path)
    old = json.loads((FIRST / "result.json").read_text())
    (tmp_path / "key.json").write_text(json.dumps(old | {"schema": SCHEMA + 1}))
    assert store.get("key") is None
    (tmp_path / "key.json").write_text(json.dumps(old))
    assert store.get("key").verdict == "repaired"
