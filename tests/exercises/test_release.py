"""`make release` and `make rehearse`: what is refused, what the kit holds, what must not leak."""

import csv
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from leaks import NAMES, leaks_in, secrets
from mistakes.goldfield import MISTAKES

from authoring import rehearsal
from authoring.kit import make_kit
from authoring.pages import SourceError
from authoring.release import release, run_nbgrader
from authoring.source import read_source
from sealed_grader import cli

GOLDFIELD = (ROOT / "solutions/goldfield/goldfield.md").read_text()
NEW_TASK = (ROOT / "tests/data/new_task.md").read_text()


def make_course(root, text=GOLDFIELD):
    """A course with one notebook."""
    (root / "solutions/goldfield").mkdir(parents=True)
    (root / "solutions/goldfield/goldfield.md").write_text(text)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def changed(old, new, count=1):
    assert GOLDFIELD.count(old) >= 1, old
    return GOLDFIELD.replace(old, new, count)


RUBRIC = '{"nbgrader": {"grade_id": "too_fast", "grade": true, "solution": true, "points": 3}}'
# What is changed in the source; the line of the changed text that is named, by its beginning; why.
BAD = {
    "no name": (changed("grade_id: walk, ", ""), "def walk(", "grade_id of this cell is ''"),
    "a name with a space": (
        changed("grade_id: walk,", "grade_id: my walk,"),
        "def walk(",
        "'my walk'",
    ),
    "a name twice": (
        changed("grade_id: walk_hidden", "grade_id: walk_visible"),
        "# A walk on a field",
        "walk_visible is already used in line",
    ),
    "a solution renamed": (
        changed("grade_id: walk,", "grade_id: stroll,"),
        "def slopes_of_hill(",
        "walk_visible should begin with that of a solution before it",
    ),
    "no markers": (
        changed("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "", 1),
        "def slopes_of(",
        "slopes_of is a solution without the lines ### BEGIN SOLUTION",
    ),
    "half a marker": (
        changed("    ### END SOLUTION\n", ""),
        "def slopes_of(",
        "has no END SOLUTION",
    ),
    "no points": (
        changed(", points: 2}", "}"),
        "checks.check_close(",
        "slopes_of_visible is graded, but gives no points",
    ),
    "no points at all": (changed(RUBRIC, "{}"), "## Task: too fast", "this task gives no points"),
    "no minutes": (changed('+++ {"minutes": 5}\n\n', ""), "## Task: the slopes", "has no minutes"),
    "odd minutes": (
        changed('{"minutes": 5}', '{"minutes": "a few"}'),
        "## Task: the slopes",
        "the minutes 'a few'",
    ),
    "points outside of a task": (
        changed("## Task: the slopes", "## The slopes"),
        "checks.check_close(",
        "graded outside of a task",
    ),
    "set-up needs a solution": (
        changed("def hill(", "slopes_of(print)\n\n\ndef hill("),
        "%load_ext",
        "setup is locked, but depends on the solution slopes_of",
    ),
    "no break": (
        GOLDFIELD + NEW_TASK.removeprefix('+++ {"minutes": 5}\n'),
        "## Task: how steep",
        'put a line +++ {"minutes": 10} before it',
    ),
    "no rubric": (
        changed("=== BEGIN MARK SCHEME ===", "").replace("=== END MARK SCHEME ===", ""),
        "- 1 point: it fails along y",
        "too_fast is a written answer, and needs a rubric",
    ),
    "no metadata": (
        changed("nbgrader: {grade_id: walk, solution: true}", "tags: [a]"),
        "def walk(",
        "no nbgrader metadata",
    ),
    "no title": (changed("# The goldfield\n", ""), "---", "does not begin with a title"),
    "no task": (GOLDFIELD.partition("+++")[0], "---", "it has no task"),
    "no kernel": (changed("kernelspec:", "kernel:"), "---", "no `kernelspec`"),
    "no list of misconceptions": (
        changed("misconceptions:\n", "misconceptions: none\nothers:\n"),
        "misconceptions: none",
        "misconceptions should be a list of texts, not 'none'",
    ),
    "no YAML": (
        changed("{grade_id: walk,", "{grade_id: [walk,"),
        "```{code-cell} ipython3",
        "metadata cannot be read",
    ),
}


@pytest.mark.parametrize(("text", "begins", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_source_is_refused_with_file_line_and_reason(tmp_path, text, begins, reason):
    root = make_course(tmp_path, text)
    (root / "exercises").mkdir()
    with pytest.raises(SourceError) as refused:
        release(root)
    said = [fault for fault in str(refused.value).splitlines() if reason in fault]
    assert said, str(refused.value)
    path, line = re.match(r"(.*):(\d+): ", said[0]).groups()
    assert path == str(root / "solutions/goldfield/goldfield.md")
    assert text.splitlines()[int(line) - 1].startswith(begins)
    assert not (root / "_build").exists()
    assert not (root / "gradebook.db").exists()
    assert list((root / "exercises").iterdir()) == []


def test_all_faults_are_told_at_once(tmp_path):
    root = make_course(tmp_path, changed("grade_id: walk,", "grade_id: Walk,"))
    other = root / "solutions/again/again.md"
    other.parent.mkdir()
    other.write_text(changed('{"minutes": 15}', "{}").replace(", points: 2}", "}"))
    with pytest.raises(SourceError) as refused:
        release(root)
    said = str(refused.value)
    assert [f.path.stem for f in refused.value.faults] == ["again"] * 6 + ["goldfield"] * 3
    assert len(said.splitlines()) == 9
    assert "slopes_of_visible is graded, but gives no points" in said
    assert "this task has no minutes" in said
    assert "the grade_id of this cell is 'Walk'" in said


def test_the_same_source_gives_the_same_notebook():
    path = ROOT / "solutions/goldfield/goldfield.md"
    first, second = read_source(path), read_source(path)
    assert first == second
    assert len({cell.id for cell in first.cells}) == len(first.cells)


def test_a_release_that_nbgrader_refuses_leaves_the_old_one(tmp_path):
    root = make_course(tmp_path, changed("    ### END SOLUTION", "    ### END SOLUTION "))
    (root / "exercises").mkdir()
    (root / "exercises/old").touch()
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.NbGrader.nonsense = [\n")
    with pytest.raises(SystemExit, match="failed"):
        release(root)
    assert (root / "exercises/old").exists()


@pytest.mark.slow
def test_releasing_again_when_there_are_answers(tmp_path):
    root = make_course(tmp_path)
    release(root)
    target = root / "submitted/amy/goldfield/goldfield.ipynb"
    target.parent.mkdir(parents=True)
    shutil.copy(root / "exercises/goldfield/goldfield.ipynb", target)
    run_nbgrader(root, "autograde", "goldfield")
    source = root / "solutions/goldfield/goldfield.md"

    source.write_text(changed("A field to try things on", "A field to try your code on"))
    release(root)
    assert "try your code on" in (root / "exercises/goldfield/goldfield.ipynb").read_text()

    before = (root / "exercises/goldfield/goldfield.ipynb").read_bytes()
    source.write_text(GOLDFIELD.replace("lowest_y", "least_y"))
    with pytest.raises(SourceError, match=r"missing \['lowest_y'.*new \['least_y'"):
        release(root)
    assert (root / "exercises/goldfield/goldfield.ipynb").read_bytes() == before


def test_no_solution_and_no_hidden_test_is_in_kit_student_edition_or_book(site):
    make_kit(ROOT)
    assert all(leaks_in(ROOT / "solutions" / name) for name in NAMES), "what is sought is found"
    for public in (ROOT / "exercises", ROOT / "_build/student", site):
        assert leaks_in(public) == []


def test_the_kit_holds_what_students_need_and_no_grader(tmp_path):
    archive = make_kit(ROOT)
    first = archive.read_bytes()
    assert make_kit(ROOT).read_bytes() == first
    with zipfile.ZipFile(archive) as bundle:
        bundle.extractall(tmp_path)
    kit = tmp_path / "student"
    names = {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}
    assert {f"exercises/{name}/{name}.ipynb" for name in NAMES} <= names
    assert {"README.md", "LICENSE", "requirements.txt", "runtime.txt", "pyproject.toml"} <= names
    assert {f"dl_workshop/{path.name}" for path in ROOT.glob("dl_workshop/*.py")} <= names
    assert not any("grader" in name or "solutions" in name for name in names)
    assert (kit / "requirements.txt").read_text() == ".[exercises,lab]\n"
    course = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = tomllib.loads((kit / "pyproject.toml").read_text())["project"]
    extras = about.pop("optional-dependencies")
    assert {key: course[key] for key in about} == about
    assert {key: course["optional-dependencies"][key] for key in extras} == extras
    assert {"dependencies", "requires-python", "version"} <= set(about)
    assert set(extras) == {"exercises", "lab"}
    # The guide in the book and the page in the kit say the same of installing.
    commands = [line for line in (kit / "README.md").read_text().splitlines() if ".venv" in line]
    guide = (ROOT / "book/students.md").read_text()
    assert len(commands) == 6
    assert all(command in guide for command in commands)


def test_the_kit_can_be_installed_and_its_package_imported_alone(tmp_path):
    make_kit(ROOT)
    kit = shutil.copytree(ROOT / "_build/student", tmp_path / "kit")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", tmp_path / "site", kit], check=True, timeout=120)
    code = (
        "import sys; sys.path.insert(0, 'site'); import dl_workshop.checks, dl_workshop.hints,"
        " dl_workshop.likelihood, dl_workshop.jax_idioms;"
        " print(*(m.__file__ for k, m in sys.modules.items() if k.startswith('dl_workshop')));"
        " assert not {'sealed_grader', 'nbgrader'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    imported = {tmp_path / file for file in result.stdout.split()}
    assert len(imported) > 4
    assert {file.parent for file in imported} == {tmp_path / "site/dl_workshop"}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory, bubblewrap):
    """A course after its rehearsal, and the rows of its table, by student."""
    root = make_course(tmp_path_factory.mktemp("rehearsal"))
    rows = rehearsal.rehearse(root, ["goldfield"])
    return root, {row["student_id"]: row for row in rows}


@pytest.mark.slow
def test_rehearsal_from_release_to_feedback_and_grades(rehearsed):
    root, rows = rehearsed
    assert {student: float(row["score"]) for student, row in rows.items()} == {
        "student-perfect": 15, "student-blank": 0, "student-partial": 7, "student-late": 12,
        "student-written": 14, "student-deleted": 12, "student-doubled": 12, "student-endless": 8,
        "student-broken": 0, "student-warning": 12,
    }  # fmt: skip
    assert {student: row["verdict"] for student, row in rows.items()} == dict.fromkeys(
        rehearsal.CLASS, "graded"
    ) | {
        "student-deleted": "repaired", "student-doubled": "repaired", "student-broken": "malformed",
    }  # fmt: skip
    table = list(rehearsal.as_table(list(rows.values())))
    assert len(table) == 11
    assert [line.endswith("5 h") for line in table].count(True) == 1
    with (root / "grades.csv").open() as file:
        assert all(row["student_id"].startswith("student-") for row in csv.DictReader(file))

    page = (root / "feedback/student-blank/goldfield/goldfield.html").read_text()
    text = BeautifulSoup(page, "html.parser").get_text()
    assert text.count("Hidden tests were run here.") == 3
    assert "NotImplementedError" in text
    hidden = {line for line in secrets("goldfield") if "checks." not in line}
    assert [line for line in hidden if line in text] == []


@pytest.mark.slow
def test_feedback_says_why_and_keeps_the_hidden_test(rehearsed):
    root, _ = rehearsed
    notebook = nbformat.read(root / "exercises/goldfield/goldfield.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id == "walk":
            cell.source = MISTAKES["walk"]["y with the new x"][0]
        if cell.id == "lowest_y":
            cell.source = "def lowest_y(field, x, y):\n    return grad(field)(1, 2) * 0 - 1.0"
    target = root / "submitted/amy/goldfield/goldfield.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)
    assert cli.main(["grade", "goldfield", "--course", str(root)]) == 0
    run_nbgrader(root, "generate_feedback", "goldfield")
    page = (root / "feedback/amy/goldfield/goldfield.html").read_text()
    text = BeautifulSoup(page, "html.parser").get_text()
    assert "The slope along y was taken after x had already moved." in text
    assert "Write 3.0 instead of 3" in text
    for secret in ("twisted", "BEGIN HIDDEN", "jnp.cos(x)", "x + 4.0 * y"):
        assert secret not in page
        assert secret not in text
