"""The exercises, through stock nbgrader: what is released, and what answers earn."""

import re
import shutil

import nbformat
import pytest
from conftest import ROOT
from nbgrader.api import Gradebook

from dl_workshop.grading import release

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted(
    path.relative_to(ROOT / "solutions").with_suffix("") for path in ROOT.glob("solutions/*/*.md")
)

WRONG = {
    "goldfield": {
        "slopes_of": "def slopes_of(field):\n    return grad(field)",
        "walk": (
            "def walk(slopes, x, y, learning_rate, steps):\n"
            "    points = [(x, y)]\n"
            "    for _ in range(steps):\n"
            "        dx, dy = slopes(x, y)\n"
            "        x, y = x + learning_rate * dx, y + learning_rate * dy\n"
            "        points.append((x, y))\n"
            "    return jnp.array(points)"
        ),
        "lowest_y": (
            "def lowest_y(field, x, y):\n"
            "    for _ in range(500):\n"
            "        y = y - 0.02 * grad(field)(x, y)\n"
            "    return y"
        ),
    }
}
ADVICE = {
    "goldfield": {
        "slopes_of": "Which arguments does grad differentiate",
        "walk": "A step downhill goes against them",
        "lowest_y": "Along which argument is your slope?",
    }
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course whose exercises were just released."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions", root / "solutions")
    release.main(root)
    return root


@pytest.fixture(scope="module")
def graded(course):
    """The gradebook after a perfect, a blank and a wrong answer to everything."""
    for notebook in NOTEBOOKS:
        folder, name = notebook.parent.name, f"{notebook.name}.ipynb"
        blank = nbformat.read(course / "exercises" / folder / name, as_version=4)
        perfect = release.read_source(course / "solutions" / folder / f"{notebook.name}.md")
        wrong = nbformat.from_dict(blank)
        submissions = {"blank": blank, "perfect": perfect, "wrong": wrong}
        for student, answers in submissions.items():
            answers = nbformat.from_dict(answers)
            if student == "wrong":
                for cell in answers.cells:
                    cell.source = WRONG[folder].get(cell.id, cell.source)
            target = course / "submitted" / student / folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(answers, target)
        release.run_nbgrader(course, "autograde", folder)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        yield gradebook


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_the_student_edition_is_what_the_source_releases(course, notebook):
    fresh = course / "exercises" / f"{notebook}.ipynb"
    committed = ROOT / "exercises" / f"{notebook}.ipynb"
    assert fresh.read_bytes() == committed.read_bytes(), "Run make release, and commit exercises/."


def test_nothing_else_is_in_the_student_edition():
    committed = {
        path.relative_to(ROOT / "exercises").with_suffix("")
        for path in ROOT.glob("exercises/**/*.*")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert committed == set(NOTEBOOKS)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_no_solution_and_no_hidden_test_leaks(notebook):
    source = (ROOT / "solutions" / f"{notebook}.md").read_text()
    released = nbformat.read(ROOT / "exercises" / f"{notebook}.ipynb", as_version=4)
    shown = {line.strip() for cell in released.cells for line in cell.source.splitlines()}
    block = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", re.DOTALL)
    secret = {line.strip() for part in block.findall(source) for line in part.splitlines()}
    public = {line.strip() for line in block.sub("", source).splitlines()}
    assert len(secret - public) > 10
    assert (secret - public) & shown == set()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
@pytest.mark.parametrize(("student", "share"), [("perfect", 1), ("blank", 0), ("wrong", 0)])
def test_what_an_answer_earns(graded, notebook, student, share):
    submission = graded.find_submission(notebook.parent.name, student)
    assert submission.max_score > 0
    assert submission.score == share * submission.max_score


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_points_are_those_that_the_text_promises(graded, notebook):
    text = (ROOT / "solutions" / f"{notebook}.md").read_text()
    tasks = [int(points) for points in re.findall(r"^## .*\((\d+) points", text, re.MULTILINE)]
    assert f"{sum(tasks)} points" in text
    assert graded.find_assignment(notebook.parent.name).max_score == sum(tasks)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_a_wrong_answer_is_told_what_to_think_about(course, graded, notebook):
    folder = notebook.parent.name
    name = course / "autograded" / "wrong" / folder / f"{notebook.name}.ipynb"
    cells = {cell.id: cell for cell in nbformat.read(name, as_version=4).cells}
    for task, advice in ADVICE[folder].items():
        printed = str(cells[f"{task}_visible"].outputs)
        assert advice in printed
