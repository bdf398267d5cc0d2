"""What depends on what, what the locks hold, and what an installation says on which Python."""

import ast
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from authoring import install
from authoring.kit import make_kit

COURSE = tomllib.loads((ROOT / "pyproject.toml").read_text())
GRADER = tomllib.loads((ROOT / "grader/pyproject.toml").read_text())
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def imported(*paths, at_import_only=False):
    """The packages of others that modules import, but those that only a type checker sees."""
    for path in paths:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            inner = isinstance(node, ast.FunctionDef) and at_import_only
            if inner or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
                node.body = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module.partition(".")[0]


def distributions(modules):
    """The distributions that bring modules, and are not part of Python or of this repository."""
    brought_by = importlib.metadata.packages_distributions()
    own = {"dl_workshop", "sealed_grader", "authoring"}
    others = set(modules) - sys.stdlib_module_names - own
    # What is not installed, Dask where only the README's commands ran, is called as its module.
    return {canonicalize_name(brought_by.get(module, [module])[0]) for module in others}


def names(requirements):
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def required(file):
    """The requirements behind the two lines of a file that a person installs by hand."""
    for line in (ROOT / file).read_text().splitlines():
        if found := re.fullmatch(r"-e \./?(grader)?(?:\[(.*)\])?", line):
            project = (GRADER if found[1] else COURSE)["project"]
            extras = found[2].split(",") if found[2] else []
            yield from project["dependencies"]
            for extra in extras:
                yield from project["optional-dependencies"][extra]


def pins(file):
    """The pins of a lock; hashes and comments are left out."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    lines = [line.split(" #")[0].split("--hash")[0].strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_the_package_depends_on_what_its_modules_import_and_no_more():
    modules = ROOT.glob("dl_workshop/*.py")
    depends = names(COURSE["project"]["dependencies"])
    assert distributions(imported(*modules, at_import_only=True)) == depends
    # Both come with every notebook, and elsewhere the package does without.
    assert distributions(imported(*modules)) - depends <= {"ipython", "matplotlib-inline"}


def test_the_grader_depends_on_what_its_modules_import_and_no_more():
    modules = list(ROOT.glob("grader/sealed_grader/**/*.py"))
    depends = names(GRADER["project"]["dependencies"])
    # JAX and plots are there where a notebook uses them, and Dask where one asks for a cluster.
    if_there = {"jax", "matplotlib-inline"} | names(
        GRADER["project"]["optional-dependencies"]["dask"]
    )
    assert distributions(imported(*modules)) == depends | if_there
    assert not if_there & distributions(imported(*modules, at_import_only=True))


ALONE = """
import importlib, sys

class Hidden:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden)
for name in {modules}:
    importlib.import_module(name)
from dl_workshop import plotting
plotting.use_house_style()
"""


def test_the_package_works_where_nothing_but_its_dependencies_is_installed():
    needed, waiting = set(), names(COURSE["project"]["dependencies"])
    while waiting:
        name = waiting.pop()
        needed.add(name)
        requires = map(Requirement, importlib.metadata.requires(name) or ())
        waiting |= {
            canonicalize_name(each.name)
            for each in requires
            if each.marker is None or each.marker.evaluate({"extra": ""})
        } - needed
    hidden = {
        module
        for module, brought_by in importlib.metadata.packages_distributions().items()
        if not needed & set(map(canonicalize_name, brought_by))
    } - {"dl_workshop"}
    assert {"IPython", "flax", "nbgrader", "pytest", "sphinx"} <= hidden
    modules = [f"dl_workshop.{path.stem}" for path in ROOT.glob("dl_workshop/[!_]*.py")]
    assert len(modules) > 5
    code = ALONE.format(hidden=hidden, modules=modules)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_by_hand_is_made_of_the_two_packages(file):
    lines = (ROOT / file).read_text().splitlines()
    assert len([line for line in lines if not line.startswith("#")]) == 2
    assert len(list(required(file))) > 15


def test_each_dependency_of_the_course_is_written_in_one_place():
    project = COURSE["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    written = [name for group in groups for name in names(group)]
    assert sorted(written) == sorted(set(written))
    installed = {*required("requirements.txt"), *required("requirements-dev.txt")}
    assert {text for group in groups for text in group} <= installed, "each extra is used"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_meet_every_requirement(python):
    here = {"python_version": python, "python_full_version": f"{python}.9"}
    locked = {}
    for file in ("requirements.lock", "requirements-dev.lock"):
        for pin in pins(file):
            if pin.marker is None or pin.marker.evaluate(here):
                assert pin.name not in locked, f"{pin.name} is locked twice"
                locked[pin.name] = Version(next(iter(pin.specifier)).version)
        wanted = [*required(file.replace(".lock", ".txt"))]
        # `make` builds the two packages without looking for anything else.
        wanted += COURSE["build-system"]["requires"] + GRADER["build-system"]["requires"]
        for requirement in map(Requirement, wanted):
            version = locked[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement}, {version}"
    assert locked["jax"] == locked["jaxlib"]
    # Later ones draw a second header.
    assert locked["sphinx-book-theme"] == Version("1.1.4")


def test_the_quick_tests_import_nothing_that_only_the_others_need():
    later = {pin.name for pin in pins("requirements-dev.lock")}
    modules = {
        module
        for module, brought_by in importlib.metadata.packages_distributions().items()
        if later & set(map(canonicalize_name, brought_by))
    }
    for path in ROOT.glob("tests/**/*.py"):
        if "browser" not in path.parts:
            assert not modules & set(imported(path, at_import_only=True)), path


def test_what_is_installed_misses_nothing():
    result = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_a_hash_and_no_line_is_of_this_machine(file):
    text = (ROOT / file).read_text()
    found = re.findall(r"^\S+==.*\n(    --hash=sha256:)?", text, re.MULTILINE)
    assert len(found) > 10
    assert all(found)
    assert not re.findall(r"^(?:-|file:|/|\.).*", text, re.MULTILINE)


def test_every_place_names_the_same_pythons():
    for project in (COURSE["project"], GRADER["project"]):
        assert project["requires-python"] == f">={PYTHONS[0]}"
    assert f"3.{install.NEWEST[1]}" == PYTHONS[-1]
    words = f"Python {PYTHONS[0]} to {PYTHONS[-1]}"
    for page in ("README.md", "book/students.md", "authoring/kit_readme.md"):
        assert words in (ROOT / page).read_text(), page
    runtime = make_kit(ROOT).with_suffix("") / "runtime.txt"
    assert runtime.read_text().strip().removeprefix("python-") in PYTHONS
    assert f"version: {COURSE['project']['version']}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.fixture
def course(tmp_path):
    """A folder in which make can begin an installation."""
    for name in ("Makefile", "requirements.lock", "authoring/install.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make_locked(course, version):
    """Run make with a Python that takes itself for another, and cannot make an environment."""
    python = course / "python"
    python.write_text(f"""#!/bin/sh
exec {sys.executable} - "$@" <<'END'
import runpy, subprocess, sys
sys.version_info, sys.argv = {version}, sys.argv[1:]
if sys.argv[0] == "-c":
    exec(sys.argv[1])
else:
    subprocess.run = lambda *command, **options: subprocess.CompletedProcess(command, 1)
    runpy.run_path(sys.argv[0], run_name="__main__")
END
""")
    python.chmod(0o755)
    command = ["make", "-C", course, f"PYTHON={python}", ".venv/locked"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_make_refuses_an_older_python_and_says_what_to_do(course):
    result = make_locked(course, (3, 10, 4))
    assert result.returncode != 0
    assert "Python 3.10 is too old" in result.stderr
    assert "make PYTHON=python3.12" in result.stderr
    assert "Installing" not in result.stdout


def test_make_tries_a_newer_python_and_warns(course):
    result = make_locked(course, (3, 15, 0))
    assert "Warning: Python 3.15 is newer" in result.stderr
    assert "Installing requirements.lock" in result.stdout


@pytest.mark.parametrize("python", PYTHONS)
def test_make_has_nothing_to_say_of_the_pythons_it_supports(course, python):
    result = make_locked(course, (*map(int, python.split(".")), 3))
    assert "Python 3" not in result.stderr
    assert "Installing requirements.lock" in result.stdout


def test_an_installation_says_first_how_large_it_is_and_one_that_failed_starts_again(course):
    for _ in range(2):
        result = make_locked(course, (3, 12, 1))
        assert result.returncode != 0
        assert not (course / ".venv/locked").exists()
        (line,) = re.findall("^Installing .*", result.stdout, re.MULTILINE)
        assert re.search(r"\d+ MB to download, \d\.\d GB on disk", line)
        assert "could not make .venv" in result.stderr


OLD_PIP = """\
Looking in links: /wheels
Ignoring appnope: markers 'sys_platform == "darwin"' don't match your environment
WARNING: Location '/wheels' is ignored: it is neither a file nor a directory.
Collecting absl-py==2.5.1 (from -r requirements.lock (line 1))
  Downloading absl_py-2.5.1-py3-none-any.whl (137 kB)
Collecting jaxlib==0.12.0.1 (from -r requirements.lock (line 48))
  Using cached jaxlib-0.12.0.1-cp314-cp314-manylinux_2_27_x86_64.whl (86.8 MB)
Requirement already satisfied: zipp==4.1.2 in ./.venv (from -r requirements.lock (line 99))
Collecting scikit-learn==1.9.1 (from -r requirements.lock (line 66))
  Downloading scikit_learn-1.9.1-cp314-cp314-manylinux_2_27_x86_64.whl (10.8 MB)
Installing collected packages: absl-py, jaxlib, scikit-learn
Successfully installed absl-py-2.5.1 jaxlib-0.12.0.1 scikit-learn-1.9.1
"""
UV = """\
Using Python 3.11.7 environment at: .venv
Downloading scikit-learn (10.2MiB)
Downloading jax (3.1MiB)
 Downloaded scikit-learn
Prepared 4 packages in 9.92s
Installed 4 packages in 628ms
 + absl-py==2.5.1
"""


def test_an_installation_shows_progress_in_few_lines():
    assert list(install.progress(OLD_PIP.splitlines(), 5)) == [
        "  4 of 4 packages",
        "  scikit_learn: 10.8 MB",
        "  unpacking",
    ]
    assert list(install.progress(UV.splitlines(), 5)) == [
        "  scikit-learn: 10.2MiB",
        "  Installed 4 packages in 628ms",
    ]


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_an_installation_that_fails_shows_the_last_lines_and_why(monkeypatch, tmp_path, tool):
    """Uv is taken where it is on the path; pip alone will do."""
    program = tmp_path / tool
    program.write_text('#!/bin/sh\necho "$*"\necho ERROR: no network\nexit 3\n')
    program.chmod(0o755)
    found = SimpleNamespace(which=lambda name: str(program) if tool == name else None)
    monkeypatch.setattr(install, "shutil", found)
    python = str(program) if tool == "pip" else sys.executable
    with pytest.raises(SystemExit, match=r"ERROR: no network\n.*lines above") as stopped:
        install.install(str(ROOT / "requirements.lock"), python)
    assert "pip install" in str(stopped.value)
    assert "--require-hashes -r" in str(stopped.value)


def test_the_announced_size_is_that_of_what_is_installed():
    for lock, announced in install.SIZES.items():
        locked = {pin.name for pin in pins(lock)}
        files = {
            Path(file.locate())
            for each in importlib.metadata.distributions()
            if canonicalize_name(each.name) in locked
            for file in each.files or ()
        }
        # The installation compiles them after pip, which lists none of that.
        files |= {
            Path(importlib.util.cache_from_source(str(path)))
            for path in files
            if path.suffix == ".py"
        }
        size = sum(path.stat().st_size for path in files if path.is_file())
        if size:
            said = float(re.search(r"([\d.]+) GB", announced)[1])
            assert said - 0.2 < size / 1e9 < said + 0.2, lock
