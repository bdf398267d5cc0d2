"""`make release` and `make rehearse`: what is refused, what the kit holds, what must not leak."""

import csv
import re
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from nbgrader.api import Gradebook

from authoring import rehearsal
from authoring.kit import make_kit
from authoring.release import release, run_nbgrader
from authoring.source import SourceError, read_source
from sealed_grader import cli

GOLDFIELD = (ROOT / "solutions/goldfield/goldfield.md").read_text()
NAMES = sorted(path.stem for path in ROOT.glob("solutions/*/*.md"))


def make_course(root, text=GOLDFIELD):
    """A course with one notebook."""
    (root / "solutions/goldfield").mkdir(parents=True)
    (root / "solutions/goldfield/goldfield.md").write_text(text)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def add_task(text):
    """Do what the guide for instructors says of adding an exercise."""
    text = text.rstrip() + "\n\n" + (ROOT / "tests/data/new_task.md").read_text()
    return text.replace("Four tasks, 15 points, about 50", "Five tasks, 17 points, about 55")


def changed(old, new, count=1):
    assert GOLDFIELD.count(old) >= 1, old
    return GOLDFIELD.replace(old, new, count)


BAD = {
    "no name": (changed("grade_id: walk, ", ""), "cell-7 (def walk", "its grade_id is ''"),
    "a name with a space": (changed("grade_id: walk,", "grade_id: my walk,"), "my walk", "needs"),
    "a name twice": (changed("grade_id: walk_hidden", "grade_id: walk_visible"), "walk_visible",
                     "stands twice"),
    "a solution renamed": (changed("grade_id: walk,", "grade_id: stroll,"), "walk_visible",
                           "begins with that of no solution before it"),
    "no markers": (changed("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "", 1),
                   "slopes_of (def slopes_of", "without the lines ### BEGIN SOLUTION"),
    "half a marker": (changed("    ### END SOLUTION\n", ""), "slopes_of", "has no END SOLUTION"),
    "no points": (changed(", points: 2}", "}"), "slopes_of_visible", "gives no points"),
    "points of a task": (changed("(4 points, 5", "(3 points, 5"), "cell-2 (## Task 1",
                         "promises 3 points, and its cells give 4"),
    "points of the notebook": (changed("15 points,", "14 points,"), "cell-0", "15 points"),
    "set-up needs a solution": (changed("def hill(", "slopes_of(print)\n\n\ndef hill("), "setup",
                                "depends on the solution slopes_of"),
    "no break": (GOLDFIELD + (ROOT / "tests/data/new_task.md").read_text().removeprefix("+++"),
                 "too_fast", "put a line +++ before the heading"),
    "no rubric": (changed("=== BEGIN MARK SCHEME ===", "").replace("=== END MARK SCHEME ===", ""),
                  "too_fast", "needs a rubric"),
    "no metadata": (changed("nbgrader: {grade_id: walk, solution: true}", "tags: [a]"),
                    "cell-7", "no nbgrader metadata"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "cell", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_source_is_refused_with_file_cell_and_reason(tmp_path, text, cell, reason):
    root = make_course(tmp_path, text)
    (root / "exercises").mkdir()
    with pytest.raises(SourceError) as refused:
        release(root)
    said = str(refused.value)
    assert said.startswith(str(root / "solutions/goldfield/goldfield.md"))
    assert cell in said
    assert reason in said
    assert not (root / "_build").exists()
    assert not (root / "gradebook.db").exists()
    assert list((root / "exercises").iterdir()) == []


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
def test_adding_an_exercise_as_the_guide_says(tmp_path):
    root = make_course(tmp_path, add_task(GOLDFIELD))
    release(root)
    target = root / "submitted/amy/goldfield/goldfield.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(read_source(root / "solutions/goldfield/goldfield.md"), target)
    run_nbgrader(root, "autograde", "goldfield")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission("goldfield", "amy")
        assert (found.score, found.max_score) == (14, 17)


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


def secrets(name):
    """The lines of solutions and hidden tests that stand nowhere in what is public."""
    source = (ROOT / f"solutions/{name}/{name}.md").read_text()
    kinds = "(SOLUTION|HIDDEN TESTS|MARK SCHEME)"
    block = re.compile(rf"BEGIN {kinds}[^\n]*\n(.*?)\n[^\n]*END \1", re.DOTALL)
    hidden = {line.strip() for _, part in block.findall(source) for line in part.splitlines()}
    public = {line.strip() for line in block.sub("", source).splitlines()}
    return {line for line in hidden - public if len(line) >= 25}


def text_of(path):
    if path.suffix == ".html":
        return BeautifulSoup(path.read_text(), "html.parser").get_text()
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        return "\n".join(cell.source + str(cell.metadata) for cell in cells)
    return path.read_text()


def test_no_solution_and_no_hidden_test_is_in_kit_student_edition_or_book(site):
    make_kit(ROOT)
    kit = ROOT / "_build/student"
    public = [*(ROOT / "exercises").rglob("*.ipynb"), *kit.rglob("*")]
    public += [path for path in site.rglob("*")
               if path.suffix in {".html", ".ipynb", ".md", ".js", ".py", ".txt"}
               and "_static" not in path.parts]  # fmt: skip
    hidden = {name: secrets(name) for name in NAMES}
    assert all(len(lines) >= 10 for lines in hidden.values())
    leaks = []
    for path in (p for p in public if p.is_file() and p.suffix != ".inv"):
        text = " ".join(text_of(path).split())
        leaks += [
            (str(path), line)
            for lines in hidden.values()
            for line in lines
            if " ".join(line.split()) in text
        ]
    assert leaks == []


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
    assert {"dl_workshop/checks.py", "dl_workshop/jax_idioms.py"} <= names
    assert not any("grader" in name or "solutions" in name for name in names)
    requirements = (kit / "requirements.txt").read_text()
    assert "\njupyterlab>=" in requirements
    assert "jupyter-book" not in requirements
    assert requirements.endswith("\n.\n")
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
        " dl_workshop.likelihood, dl_workshop.jax_idioms; print(dl_workshop.__file__);"
        " assert not {'sealed_grader', 'nbgrader'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    imported = tmp_path / result.stdout.strip()
    assert imported == tmp_path / "site/dl_workshop/__init__.py"


@pytest.mark.slow
def test_rehearsal_from_release_to_feedback_and_grades(tmp_path, bubblewrap):
    root = make_course(tmp_path)
    rows = {row["student_id"]: row for row in rehearsal.rehearse(root, ["goldfield"])}
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
    assert text.count("Tests that you do not see were run here.") == 3
    assert "NotImplementedError" in text
    hidden = {line for line in secrets("goldfield") if "checks." not in line}
    assert [line for line in hidden if line in text] == []


@pytest.mark.slow
def test_feedback_says_why_and_keeps_the_hidden_test(tmp_path, bubblewrap):
    from mistakes.goldfield import MISTAKES

    root = make_course(tmp_path)
    release(root)
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
