"""What notebooks import of a course's own: it is found, seen in the sandbox, part of the key."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from small_course import SmallCourse, answer, check, code, solved

from authoring.source import ROOT, read_source
from sealed_grader.model import Assignment, SourceNotebook
from sealed_grader.outside.imports import find_own_code, modules_of


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes files of a helper package, which Python finds."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(path, text=""):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    return write


def test_a_package_is_followed_through_its_imports_and_no_further(write):
    write("kind/__init__.py", "from . import first")
    write("kind/first.py", "from .deep.inner import value\nimport numpy, json")
    write("kind/deep/__init__.py")
    write("kind/deep/inner.py", "def late():\n    import other_kind\nvalue = 1")
    write("kind/unused.py")
    write("other_kind.py", "from importlib import import_module\nimport_module('third_kind')")
    write("third_kind.py")
    found = find_own_code(["kind"])
    assert set(found.files) == {"kind", "kind.first", "kind.deep", "kind.deep.inner", "other_kind",
                                "third_kind"}  # fmt: skip
    assert set(found.mounts) == {"kind", "other_kind.py", "third_kind.py"}
    assert all(name not in sys.modules for name in found.files), "nothing is imported"


def test_of_a_folder_that_is_no_package_only_what_is_imported_is_seen(write):
    write("folder/solutions.ipynb", "secret")
    write("folder/part/__init__.py")
    write("folder/single.py")
    found = find_own_code(["folder.part", "folder.single", "folder.missing"])
    assert set(found.mounts) == {"folder/part", "folder/single.py"}
    assert find_own_code(["folder"]).mounts == {}


def test_what_cannot_be_found_or_read_is_left_to_python(write):
    write("wrong_syntax.py", "def")
    assert set(find_own_code(["nosuch", "nosuch.part", "wrong_syntax", "sys"]).files) == {
        "wrong_syntax"
    }


def test_a_package_that_imports_what_it_does_not_name_is_hashed_whole(write):
    write("plugins/__init__.py", "import importlib\nimportlib.import_module('.' + 'a', __name__)")
    write("plugins/a.py")
    assert "plugins.a" in find_own_code(["plugins"]).files


def test_each_change_of_code_or_data_changes_the_digest(write):
    write("kind/__init__.py", "from kind.first import f")
    write("kind/first.py", "f = 1")
    write("kind/unused.py")
    write("kind/table.csv", "1,2")
    digests = [find_own_code(["kind"]).digest()]
    write("kind/unused.py", "# A comment.")
    assert find_own_code(["kind"]).digest() == digests[0]
    for path, text in (("first.py", "f = 1  # one"), ("table.csv", "1,3"), ("more.csv", "")):
        write(f"kind/{path}", text)
        digests.append(find_own_code(["kind"]).digest())
    assert len(set(digests)) == 4


def test_files_beside_a_notebook_are_followed_too():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("%load_ext first_kind\nimport helper")]
    )
    forms = [nbformat.writes(notebook)] * 3
    files = {"helper.py": b"import second_kind\nfrom tools import t", "tools/t.py": b"import json"}
    assignment = Assignment("ps", {"plain": SourceNotebook("plain", *forms)}, files)
    assert modules_of(assignment) == ["first_kind", "json", "second_kind"]


# The keys of this course.


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A function that returns the key of a result on the goldfield, from a copy of all code."""
    for package in ("dl_workshop", "grader/sealed_grader"):
        shutil.copytree(ROOT / package, tmp_path / package)
    course = SmallCourse(tmp_path / "course", 'c.SealedGrader.advice = "dl_workshop.hints.x"\n')
    (course.root / "source/goldfield").mkdir(parents=True)
    source = read_source(ROOT / "solutions/goldfield/goldfield.md")
    nbformat.write(source, course.root / "source/goldfield/goldfield.ipynb")
    program = (
        "from pathlib import Path\n"
        "from sealed_grader.course.course import Course\n"
        "from sealed_grader.course.sources import read_assignment\n"
        "from sealed_grader.model import Limits\n"
        "from sealed_grader.outside.fingerprint import key_of\n"
        "assignment = read_assignment(Course(Path('course')), 'goldfield')\n"
        "print(key_of(assignment, 'goldfield', b'', Limits(), True))"
    )

    def key():
        paths = os.pathsep.join([str(tmp_path), str(tmp_path / "grader")])
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True,
                              text=True, check=True,
                              env=os.environ | {"PYTHONPATH": paths})  # fmt: skip
        return done.stdout

    return key


def add_comment(path):
    path.write_text(path.read_text() + "\n# A comment.\n")


def test_a_comment_voids_the_results_of_those_who_import_it(copied, tmp_path):
    keys = [copied()]
    for unused in ("dl_workshop/plotting.py", "grader/sealed_grader/cli.py",
                   "grader/sealed_grader/course/gradebook.py"):  # fmt: skip
        add_comment(tmp_path / unused)
    assert copied() == keys[0]
    for used in ("dl_workshop/checks.py", "dl_workshop/hints.py",
                 "grader/sealed_grader/inside/confinement.py"):  # fmt: skip
        add_comment(tmp_path / used)
        keys.append(copied())
    assert len(set(keys)) == 4


# Graded in the sandbox.

HELPERS = {
    "onpath/mypkg/__init__.py": "from mypkg.parts import twice",
    "onpath/mypkg/parts.py": "import further\n\ndef twice(x):\n    return further.add(x, x)",
    "onpath/further.py": "def add(x, y):\n    return x + y",
    "onpath/space/inner/__init__.py": "three = 3",
    "onpath/beside_it.py": "four = 4",
    "editable/pyproject.toml": "[build-system]\nrequires = ['setuptools']\n"
    "build-backend = 'setuptools.build_meta'\n"
    "[project]\nname = 'edited-helper'\nversion = '1'\n"
    "[tool.setuptools]\npackages = ['edited_helper']\n"
    "package-dir = {edited_helper = 'odd'}\n",
    "editable/odd/__init__.py": "five = 5",
    "sites/site-packages/installed_elsewhere.py": "six = 6",
}


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_all_kinds_of_own_packages_are_seen_in_the_sandbox(tmp_path):
    for path, text in HELPERS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    # As pip does it for an editable install, without a network.
    site = tmp_path / "sites/site-packages"
    build = "from setuptools import build_meta as b; print(b.build_editable({0!r}))"
    wheel = subprocess.run([sys.executable, "-c", build.format(str(tmp_path))], check=True,
                           cwd=tmp_path / "editable", capture_output=True,
                           text=True).stdout.split()[-1]  # fmt: skip
    shutil.unpack_archive(tmp_path / wheel, site, "zip")
    course = SmallCourse(tmp_path / "course")
    imports = ("from mypkg import twice\nfrom space.inner import three\nimport helper\n"
               "from edited_helper import five\nimport installed_elsewhere")  # fmt: skip
    course.write(cells=[
        code(imports, "setup"),
        answer(solved("return twice(x) + five", "def f(x):"), "f"),
        check("assert f(1) == 7 and three == 3 and helper.four == 4", "f_visible"),
        check("assert installed_elsewhere.six == 6 and f(2) == 9", "f_more"),
    ])  # fmt: skip
    (course.root / "source/ps/helper.py").write_text("from beside_it import four")
    course.hand_in("amy", {"f": "def f(x):\n    return twice(x) + 5"})
    course.hand_in("bob", {"f": "def f(x):\n    return open('/packages/mypkg/parts.py', 'w')"})
    start = f"import site, sys; site.addsitedir({str(site)!r}); " \
        "from sealed_grader.cli import main; sys.exit(main(sys.argv[1:]))"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", start, "grade", "ps"], cwd=course.root,
        capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.path.relpath(tmp_path / "onpath", course.root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert course.marks("amy") == {"f_visible": 1, "f_more": 1}
    assert course.marks("bob") == {"f_visible": 0, "f_more": 0}


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_package_that_is_missing_is_named(course, command):
    course.write(cells=[
        code("from no_such_package import twice", "setup"),
        answer(solved("return twice(x)", "def double(x):"), "double"),
        check("assert double(2) == 4", "double_visible"),
    ])  # fmt: skip
    course.hand_in("amy", {})
    status, said = command(course, "grade", "ps")
    assert status == 2
    first, then = said.index("plain, cell setup: ModuleNotFoundError"), said.index("double_visible")
    assert first < then
    assert "'no_such_package'" in said


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_package_that_holds_the_course_is_not_shown_to_submissions(course, command, monkeypatch):
    monkeypatch.syspath_prepend(course.root.parent)
    (course.root / "__init__.py").write_text("limit = 3")
    course.write(cells=[code("from course import limit", "setup")])
    course.hand_in("amy", {})
    status, said = command(course, "grade", "ps")
    assert status == 2
    assert "contains the course itself" in said
