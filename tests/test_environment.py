"""The frame: what `make` says, what CI does with a skip, and style."""

import os
import re
import subprocess
import sys
import tomllib

import conftest
import pytest
from conftest import ROOT


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
    assert "python3 authoring/install.py --new requirements.lock" in commands


def test_each_test_is_run_by_one_of_two_commands_or_at_night():
    commands = run("make", "-nB", "test", "test-slow", "test-all").stdout
    chosen = re.findall(r'^\.venv/bin/pytest(?: -m "(.*?)".*)?$', commands, re.MULTILINE)
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
def test_in_ci_a_skip_is_a_failure_that_names_what_is_missing(pytester, monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(
        test_it=SKIPPING,
        test_module="import pytest\npytest.importorskip('no_such_module')" if ci else "",
    )
    options = ["-c", ROOT / "pyproject.toml", "--rootdir", pytester.path]
    options += ["-p", "no:cacheprovider", "--continue-on-collection-errors", pytester.path]
    result = pytester.runpytest_inprocess(*map(str, options), plugins=[conftest])
    said = result.stdout.str()
    assert outcome in said
    assert "install it with: apt-get install chromium" in said
    assert (result.ret == 0) == (not ci)
    if ci:
        assert "1 error" in said, "a module that skips itself is a failure as well"
        assert "1 xfailed" in said


def test_style():
    ruff = run(sys.executable, "-m", "ruff", "check", ".")
    assert ruff.returncode == 0, ruff.stdout
    ruff = run(sys.executable, "-m", "ruff", "format", "--check", ".")
    assert ruff.returncode == 0, ruff.stdout


def test_types():
    """pyproject.toml says where; whoever ships `py.typed` promises this."""
    check = "pyrefly", "check", "--python-interpreter-path", sys.executable
    pyrefly = run(sys.executable, "-m", *check, "--output-format", "min-text")
    assert pyrefly.returncode == 0, pyrefly.stdout
