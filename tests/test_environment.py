"""The frame: what `make` says, what the lock holds, what CI does with a skip, and style."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.version import Version


def run(*command, **environment):
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def requirements(name):
    """The requirements of a file; hashes and comments are left out."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line.split(" #")[0].split("--hash")[0].strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "--"))]


def test_plain_make_prints_each_target_with_one_line():
    lines = run("make", "--no-print-directory").stdout.splitlines()
    targets = {line.split()[0]: line.split()[1:] for line in lines}
    assert {"book", "test", "test-slow", "lab", "release", "rehearse", "clean"} <= set(targets)
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert list(targets) == rules
    assert all(targets.values())


def test_make_only_saves_typing():
    commands = run("make", "-nB", "book", "lab").stdout
    assert re.search(r"^\.venv/bin/jupyter-book build -W -n \.$", commands, re.MULTILINE)
    assert "pip install --quiet --require-hashes -r requirements.lock" in commands


def test_each_test_is_run_by_one_of_two_commands_or_at_night():
    commands = run("make", "-nB", "test", "test-slow", "test-all").stdout
    chosen = re.findall(r'^\.venv/bin/pytest(?: -m "(.*)")?$', commands, re.MULTILINE)
    assert chosen == ["not slow and not nightly", "slow and not nightly", ""]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    markers = [text.partition(":")[0] for text in settings["ini_options"]["markers"]]
    assert markers == ["slow", "nightly"]


def test_ci_runs_the_commands_of_the_readme_and_all_tests_and_forgives_no_skip():
    script = (ROOT / ".ci" / "run").read_text()
    assert "export CI=true" in script
    readme = (ROOT / "README.md").read_text()
    commands = re.findall(r"^(make \S+)", readme, re.MULTILINE)
    assert len(commands) == 2
    assert re.findall(r"^(make .*)$", script, re.MULTILINE) == [*commands, "make test-slow"]


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"version: {project['version']}\n" in (ROOT / "CITATION.cff").read_text()
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info < (3, 14)" in (ROOT / "Makefile").read_text()


def test_make_refuses_another_python_and_says_what_to_do(tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = run("make", "-B", f"PYTHON={old}", ".venv/locked")
    assert result.returncode != 0
    assert "make PYTHON=python3.12" in result.stderr


def test_make_clean_leaves_a_fresh_clone(tmp_path):
    kept = ["book/intro.md", "dl_workshop/optimize.py", "tests/test_it.py", "gradebook.db"]
    made = [
        "_build/html/index.html",
        ".venv/ready",
        "book/exercises/mle.md",
        "dl_workshop/__pycache__/a.pyc",
    ]
    for name in kept + made:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run("make", "-f", str(ROOT / "Makefile"), "-C", str(tmp_path), "clean")
    left = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert left == sorted(kept)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_meets_every_requirement(python):
    here = {"python_version": python, "python_full_version": f"{python}.9"}
    locked = {
        pin.name: Version(next(iter(pin.specifier)).version)
        for pin in requirements("requirements.lock")
        if pin.marker is None or pin.marker.evaluate(here)
    }
    for wanted in requirements("requirements.txt"):
        assert wanted.name in locked
        assert wanted.specifier.contains(locked[wanted.name]), f"{wanted}, {locked[wanted.name]}"
    assert locked["jax"] == locked["jaxlib"]
    # Later ones draw a second header.
    assert locked["sphinx-book-theme"] == Version("1.1.4")


def test_every_pin_has_a_hash():
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^\S+==.*\n(    --hash=sha256:)?", text, re.MULTILINE)
    assert len(pins) > 100
    assert all(pins)


def test_the_package_takes_its_dependencies_from_requirements_txt():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["dependencies"] == {
        "file": ["requirements.txt"]
    }


SKIPPING = """
import pytest

def test_skips():
    pytest.skip("chromium is missing; install it with: apt-get install chromium")

def test_passes():
    pass

@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    assert False
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 passed, 1 skipped"), ("true", "1 failed")])
def test_in_ci_a_skip_is_a_failure_that_names_what_is_missing(tmp_path, ci, outcome):
    (tmp_path / "test_it.py").write_text(SKIPPING)
    (tmp_path / "test_module.py").write_text(
        "import pytest\npytest.importorskip('no_such_module')" if ci else ""
    )
    options = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "conftest"]
    options += ["-p", "no:cacheprovider", "--continue-on-collection-errors"]
    command = [sys.executable, "-m", "pytest", *options, tmp_path]
    result = run(*map(str, command), CI=ci, PYTHONPATH=str(ROOT / "tests"))
    assert outcome in result.stdout
    assert "install it with: apt-get install chromium" in result.stdout
    assert (result.returncode == 0) == (not ci)
    if ci:
        assert "1 error" in result.stdout, "a module that skips itself is a failure as well"
        assert "1 xfailed" in result.stdout


def test_style():
    ruff = run(sys.executable, "-m", "ruff", "check", ".")
    assert ruff.returncode == 0, ruff.stdout
    ruff = run(sys.executable, "-m", "ruff", "format", "--check", ".")
    assert ruff.returncode == 0, ruff.stdout
