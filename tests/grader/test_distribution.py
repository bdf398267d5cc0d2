"""`sealed-grader` as a distribution: its requirements, and that it needs nothing else."""

import ast
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from small_course import SmallCourse

from authoring.source import ROOT

GRADER = ROOT / "grader"
PROJECT = tomllib.loads((GRADER / "pyproject.toml").read_text())["project"]


def modules_imported():
    trees = [ast.parse(path.read_text()) for path in GRADER.glob("sealed_grader/**/*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names


def test_it_imports_nothing_of_this_course():
    assert not {"dl_workshop", "authoring"} & modules_imported()
    code = "import sys, sealed_grader.cli, sealed_grader.outside.grader\n" \
        "print({'jax', 'dl_workshop', 'distributed', 'sphinx'} & set(sys.modules))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_who_imports_it_keeps_what_is_installed():
    code = "import sys, sealed_grader, sealed_grader.cli; print(sys.modules.get('rfc3987_syntax'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "module" in done.stdout


def test_without_dask_it_says_how_to_get_it(course, command, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    course.hand_in("amy", {})
    address = "tcp://127.0.0.1:1"
    status, said = command(course, "grade", "ps", "--executor", "dask", "--scheduler", address)
    assert status == 2
    assert "pip install 'sealed-grader[dask]'" in said


def link_or_copy(source, target):
    if not os.path.exists(target):
        try:
            os.link(source, target)
        except OSError:
            shutil.copy2(source, target)


def all_requirements(requirements):
    """The installed distributions that these need, directly or not, with their extras."""
    found = {}
    todo = [Requirement(text) for text in requirements]
    while todo:
        each = todo.pop()
        for extra in {"", *each.extras}:
            if (each.name, extra) not in found:
                found[each.name, extra] = importlib.metadata.distribution(each.name)
                needed = map(Requirement, found[each.name, extra].requires or ())
                todo += [n for n in needed if not n.marker or n.marker.evaluate({"extra": extra})]
    return found.values()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The Python of an environment with the grader's own requirements, and nothing else."""
    root = tmp_path_factory.mktemp("alone")
    venv.create(root / "env", with_pip=False)
    site = next(root.glob("env/lib/python*/site-packages"))
    # As pip does, without a network: from what is installed here.
    for found in all_requirements(PROJECT["dependencies"]):
        for entry in found.files or ():
            # Neither programs, which name another Python, nor compiled modules.
            if "bin" not in entry.parts[:4] and "__pycache__" not in entry.parts:
                target = Path(os.path.normpath(site / entry))
                target.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(found.locate_file(entry), target)
    # nbgrader starts this one.
    program = root / "env/bin/alembic"
    program.write_text(f"#!{root / 'env/bin/python'}\nfrom alembic.config import main\nmain()\n")
    program.chmod(0o755)
    shutil.copytree(GRADER, root / "grader", ignore=shutil.ignore_patterns("build"))
    build = f"from setuptools import build_meta; print(build_meta.build_wheel({str(root)!r}))"
    subprocess.run([sys.executable, "-c", build], cwd=root / "grader", check=True,
                   capture_output=True)  # fmt: skip
    (wheel,) = root.glob("*.whl")
    shutil.unpack_archive(wheel, site, "zip")
    return root / "env/bin/python"


@pytest.mark.nightly
@pytest.mark.usefixtures("bubblewrap")
def test_nbgraders_own_example_is_graded_where_there_is_nothing_else(alone, tmp_path):
    path = os.pathsep.join([str(alone.parent), os.environ["PATH"]])

    def run(*command, folder="course"):
        done = subprocess.run([alone, "-m", *command], cwd=tmp_path / folder, capture_output=True,
                              text=True, check=False,
                              env={"PATH": path, "HOME": str(tmp_path)})  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    missing = "from importlib.util import find_spec as f; print(f('jax'), f('dl_workshop'))"
    (tmp_path / "missing.py").write_text(missing)
    assert run("missing", folder=".") == "None None\n"
    run("nbgrader", "quickstart", "course", folder=".")
    run("nbgrader", "generate_assignment", "ps1")
    root = tmp_path / "course"
    shutil.copytree(root / "source/ps1", root / "submitted/perfect/ps1")
    shutil.copytree(root / "release/ps1", root / "submitted/blank/ps1")
    shutil.copytree(root, tmp_path / "stock")
    assert "2 submissions" in run("sealed_grader", "grade", "ps1")
    assert "sum_of_squares_uses_squares" in run("sealed_grader", "report", "ps1")
    run("nbgrader", "autograde", "ps1", folder="stock")
    ours, stock = SmallCourse(root), SmallCourse(tmp_path / "stock")
    for student, points in (("perfect", 3), ("blank", 0)):
        assert ours.judgement(student, "ps1") == stock.judgement(student, "ps1")
        assert ours.total(student, "ps1") == points
