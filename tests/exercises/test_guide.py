"""The guide for instructors adds an exercise: what it says is done here, to its last step."""

import re
import shlex
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

from authoring.source import check, read_exercise

SECTION = (ROOT / "book/instructors.md").read_text().partition("(add-an-exercise)=")[2]


def steps():
    """The steps of the guide: a file to append with its new text, or a command."""
    for step in re.findall(r"^\d\. .*?(?=^\d\. |^\S|\Z)", SECTION, re.MULTILINE | re.DOTALL):
        if added := re.search(r"At the end of `(.*?)`.*?literalinclude\} (\S+)", step, re.DOTALL):
            yield added[1], (ROOT / "book" / added[2]).read_text()
        else:
            (command,) = re.findall(r"```sh\n *(.*?)\n", step)
            yield command, None


def run(command, root):
    """Run a command of the guide in a course, with the environment of these tests."""
    program, *arguments = shlex.split(command)
    if program == "make":
        program, arguments = "make", ["-o", ".venv/ready", *arguments]
        (root / ".venv").symlink_to(sys.prefix)
    result = subprocess.run(
        [program, *arguments], cwd=root, text=True, capture_output=True, check=False
    )
    assert result.returncode == 0, f"{command}:\n{result.stdout}{result.stderr}"
    return result.stdout


def append_all(root):
    for file, text in steps():
        if text is not None:
            with (root / file).open("a") as target:
                target.write(text)


def test_each_path_that_the_guide_names_is_there():
    named = re.findall(r"(?:\.\./)?[\w.]+(?:/[\w<>.]+)+", SECTION)
    assert len(named) >= 5
    for path in named:
        places = path.removeprefix("../").replace("<chapter>", "goldfield")
        made_by_make = places.startswith(".venv/")
        assert made_by_make or (ROOT / places).exists(), path


def test_what_the_guide_adds_is_an_exercise_without_a_fault(whole_course):
    append_all(whole_course)
    check(whole_course)
    exercise = read_exercise(whole_course / "solutions/goldfield/goldfield.md")
    assert exercise.sums == "Five tasks, 17 points, about 55 minutes."
    assert exercise.tasks[-1].heading == "Task 5: how steep (2 points, 5 minutes)"


@pytest.mark.nightly
def test_the_commands_of_the_guide_release_and_grade_what_was_added(whole_course, bubblewrap):
    append_all(whole_course)
    printed = {what: run(what, whole_course) for what, text in steps() if text is None}
    released, tested = printed.values()
    assert next(iter(printed)) == "make release"
    assert "exercises/goldfield" in released
    assert int(re.search(r"(\d+) passed", tested)[1]) > 20
    edition = whole_course / "exercises/goldfield/goldfield.ipynb"
    text = "\n".join(cell.source for cell in nbformat.read(edition, as_version=4).cells)
    assert "Five tasks, 17 points, about 55 minutes." in text
    assert "\n## Task 5: how steep (2 points, 5 minutes)\n" in text
