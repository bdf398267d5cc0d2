"""What hosts of repositories run, and what git never takes from a course that is taught."""

import os
import re
import subprocess
import sys
import tomllib

import check_jsonschema
import pytest
import yaml
from click.testing import CliRunner
from conftest import ROOT, need_program

from authoring.kit import make_kit

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
READ_THE_DOCS = ROOT / ".readthedocs.yaml"
FILES = [*WORKFLOWS, GITLAB, READ_THE_DOCS]


def named(path):
    return str(path.relative_to(ROOT))


def run(*command, at=ROOT, **environment):
    return subprocess.run(
        [*map(str, command)], cwd=at, env=os.environ | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_host_understands_the_file(path):
    schema = {GITLAB: "vendor.gitlab-ci", READ_THE_DOCS: "vendor.readthedocs"}
    options = ["--builtin-schema", schema.get(path, "vendor.github-workflows")]
    if path == GITLAB:
        options += ["--data-transform", "gitlab-ci"]
    result = CliRunner().invoke(check_jsonschema.main, [*options, str(path)])
    assert result.exit_code == 0, result.output


def commands(value):
    """The shell commands in a workflow, in order."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in {"run", "script", "before_script", "commands"}:
                yield from each if isinstance(each, list) else [each]
            else:
                yield from commands(each)
    elif isinstance(value, list):
        for each in value:
            yield from commands(each)


def make_commands(value):
    return [command for command in commands(value) if command.startswith("make ")]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_what_it_runs_is_there(path):
    found = [*commands(yaml.safe_load(path.read_text()))]
    makes = re.findall(r"\bmake ([\w-]+)", "\n".join(found))
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert makes
    assert set(makes) <= set(rules)
    installed = {word for line in found if "apt-get install" in line for word in line.split()}
    if set(makes) & {"test-slow", "test-all"}:
        assert {"bubblewrap", "chromium"} <= installed


def test_both_hosts_run_the_same_tests_on_all_pythons():
    github = {p.stem: yaml.safe_load(p.read_text())["jobs"] for p in WORKFLOWS}
    gitlab = yaml.safe_load(GITLAB.read_text())
    assert set(github) == {"ci", "nightly", "publish"}
    (matrix,) = gitlab[".every-python"]["parallel"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for stem, job in {"ci": "test", "nightly": "nightly"}.items():
        assert github[stem]["test"]["strategy"]["matrix"]["python"] == matrix["PYTHON_VERSION"]
        assert gitlab[job]["extends"] == ".every-python"
        assert make_commands(github[stem]) == make_commands(gitlab[job])
    assert project["requires-python"].startswith(f">={matrix['PYTHON_VERSION'][0]}")
    in_ci = re.findall(r"^make .*$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert make_commands(github["ci"]) == in_ci


@pytest.mark.parametrize("path", WORKFLOWS, ids=named)
def test_a_workflow_may_do_no_more_than_it_needs(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        more = {"pages": "write", "id-token": "write"} if name == "deploy" else None
        assert job.get("permissions") == more
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])


def test_only_the_site_is_published():
    publish = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    (upload,) = [s for s in publish["jobs"]["build"]["steps"]
                 if s.get("uses", "").startswith("actions/upload-pages")]  # fmt: skip
    assert upload["with"] == {"path": "_build/html"}
    pages = yaml.safe_load(GITLAB.read_text())["pages"]
    assert pages["artifacts"] == {"paths": ["public"]}
    assert pages["script"] == ["make book", "mv _build/html public"]


# What nbgrader, an LMS, JupyterLab and a desktop leave beside a course that is being taught.
LEFT_BEHIND = """
submitted/ada/goldfield/goldfield.ipynb
submitted/ada/goldfield/helper.py
submitted/ada/goldfield/timestamp.txt
autograded/ada/goldfield/goldfield.ipynb
feedback/ada/goldfield/goldfield.html
downloaded/goldfield/archive/submissions.zip
downloaded/goldfield/archive/ada_12345_678901_goldfield-1.ipynb
downloaded/goldfield/extracted/helper.py
exchange/course/inbound/ada+goldfield+2026-11-26/helper.py
inbound/ada+goldfield/helper.py
outbound/goldfield/helper.py
collected/ada.html
submissions/adalovelace_LATE_12345_678901_helper.py
submissions.zip
STAT101-Goldfield-4821/Ada Lovelace_48_assignsubmission_file_/goldfield.ipynb
ada_12345_678901_goldfield-1.ipynb
gradebook.db
gradebook.db-journal
gradebook.db-wal
gradebook.db.2026-11-26-120000
grades.csv
marks.csv
2026-11-26T1200_Grades-STAT101.csv
results/goldfield.json
.nbgrader.log
source/goldfield/goldfield.ipynb
source/goldfield/notes.py
release/goldfield/helper.py
solution/goldfield/goldfield.html
Untitled.ipynb
Untitled1.py
untitled.txt
exercises/goldfield/Untitled.md
exercises/goldfield/.ipynb_checkpoints/goldfield-checkpoint.ipynb
exercises/.DS_Store
__MACOSX/._goldfield.ipynb
Thumbs.db
.~lock.grades.csv#
""".strip().splitlines()
# What an author adds.
WRITTEN = """
book/bayes.md
book/data/heights.csv
solutions/bayes/bayes.md
exercises/bayes/bayes.ipynb
tests/book/test_bayes.py
tests/data/submission.ipynb
""".strip().splitlines()


@pytest.fixture
def taught(tmp_path):
    """A course in git, with all that a term leaves beside it, and a chapter that is new."""
    need_program("git")
    run("git", "init", "-q", ".", at=tmp_path)
    for name in (".gitignore", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    for name in [*LEFT_BEHIND, *WRITTEN]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import os, sys\nx=[ 1,2 ]\n" if name in LEFT_BEHIND else "")
    return tmp_path


def test_git_never_takes_a_student_s_work(taught):
    added = run("git", "add", "--all", "--dry-run", ".", at=taught, HOME=str(taught)).stdout
    assert sorted(re.findall(r"^add '(.*)'$", added, re.MULTILINE)) == sorted(
        [".gitignore", "pyproject.toml", *WRITTEN]
    )


def test_style_checks_never_read_a_student_s_work(taught):
    for command in (["check"], ["format", "--check"]):
        ruff = run(sys.executable, "-m", "ruff", *command, ".", at=taught)
        assert ruff.returncode == 0, ruff.stdout


def test_git_keeps_no_file_that_it_ignores():
    kept = run("git", "-c", "safe.directory=*", "ls-files", "-ci", "--exclude-standard").stdout
    assert kept == ""


def test_one_version_is_named_everywhere():
    version, grader = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]["version"]
        for folder in ("", "grader")
    )
    assert grader == version
    newest = re.search(r"^## \[(\d.*)\] - (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest[1] == version
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["version"], citation["date-released"]) == newest.groups()
    kit = make_kit(ROOT).with_suffix("")
    assert f"This is version {version};" in (kit / "README.md").read_text()


def test_hooks_leave_generated_files_alone_and_take_tools_from_the_lock():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    left = re.compile(hooks["exclude"])
    assert all(map(left.search, ["exercises/mle/mle.ipynb", "requirements.lock"]))
    assert not any(
        map(left.search, ["solutions/mle/mle.md", "book/mle.md", "tests/exercises/a.py"])
    )
    entries = [hook["entry"] for repo in hooks["repos"] for hook in repo["hooks"]
               if hook.get("language") == "system"]  # fmt: skip
    assert [entry.split()[:2] for entry in entries] == [
        [".venv/bin/ruff", "check"],
        [".venv/bin/ruff", "format"],
        [".venv/bin/pyrefly", "check"],
    ]
