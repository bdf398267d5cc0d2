"""The exercises, through stock nbgrader: what is released, and what answers earn.

`mistakes/<chapter>.py` holds the wrong answers. Each submission gets one for each task.
"""

import functools
import importlib
import inspect
import itertools
import pkgutil
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import nbformat
import numpy as np
import pytest
import statsmodels.api as sm
from conftest import CHAPTERS, PARTS, ROOT
from nbgrader.api import Gradebook
from small_course import BIN, ENVIRONMENT

import dl_workshop
from authoring.release import release
from authoring.source import exercise_paths, is_of_exercises, read_exercise

EXERCISES = {path.stem: read_exercise(path) for path in exercise_paths(ROOT)}
NAMES = list(EXERCISES)
MISTAKES = {name: importlib.import_module(f"mistakes.{name}").MISTAKES for name in NAMES}
GRADERS = pytest.mark.parametrize("grader", ["nbgrader", "ours"])
# The exercises of one chapter are graded always, those of the others in `make test-slow`.
MARKS = dict.fromkeys(NAMES[1:], pytest.mark.slow)
GRADED = pytest.mark.parametrize("name", [pytest.param(n, marks=MARKS.get(n, ())) for n in NAMES])
CASES = [
    pytest.param(name, task, number, id=f"{task}-{title}".replace(" ", "_"),
                 marks=MARKS.get(name, ()))
    for name, tasks in MISTAKES.items()
    for task, wrong in tasks.items()
    for number, title in enumerate(wrong)
]  # fmt: skip


def source(name):
    return EXERCISES[name].notebook


def checks_of(notebook, task):
    """The names of the cells that check a task."""
    return [cell.id for cell in notebook.cells
            if cell.id.startswith(f"{task}_") and cell.metadata.nbgrader.grade]  # fmt: skip


def with_answers(notebook, answers):
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A function that returns a course with one notebook, just released."""

    @functools.cache
    def released(name):
        root = tmp_path_factory.mktemp(name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        shutil.copytree(ROOT / "solutions" / name, root / "solutions" / name)
        release(root)
        return root

    return released


def hand_in(root, name):
    """Hand in a perfect, a blank and the wrong answers."""
    blank = nbformat.read(root / "exercises" / name / f"{name}.ipynb", as_version=4)
    submissions = {"blank": blank, "perfect": source(name)}
    for number in range(max(map(len, MISTAKES[name].values()))):
        chosen = {task: list(wrong.values())[number][0]
                  for task, wrong in MISTAKES[name].items() if number < len(wrong)}  # fmt: skip
        submissions[f"wrong-{number}"] = with_answers(blank, chosen)
    for student, answers in submissions.items():
        target = root / "submitted" / student / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(answers, target)


def grade(grader, root, name):
    """Grade a course; return its folder."""
    command = {
        "nbgrader": ["nbgrader", "autograde", name],
        "ours": ["sealed-grader", "grade", name],
    }
    program, *arguments = command[grader]
    result = subprocess.run([BIN / program, *arguments], cwd=root, env=ENVIRONMENT, text=True,
                            capture_output=True, check=False)  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return root


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory, bubblewrap, request):
    """A function that returns a course graded by stock nbgrader or by our grader.

    All that the chosen tests ask for is being graded, two courses at a time.
    """
    users = [item for item in request.session.items if "graded" in item.fixturenames]
    chosen = dict.fromkeys(item.callspec.params["name"] for item in users)
    pool = ThreadPoolExecutor(2)
    futures = {}
    for name in chosen:
        for grader in ("nbgrader", "ours"):
            # One gradebook has one writer.
            root = tmp_path_factory.mktemp(f"{grader}-{name}")
            shutil.copytree(released(name), root, dirs_exist_ok=True)
            hand_in(root, name)
            futures[grader, name] = pool.submit(grade, grader, root, name)
    yield lambda grader, name: futures[grader, name].result()
    pool.shutdown(cancel_futures=True)


def cells_of(root, name, student):
    """The cells of an autograded notebook, by name."""
    path = root / "autograded" / student / name / f"{name}.ipynb"
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def scores(root, name, student):
    """The points that the tests gave, and those that they could give, by name."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook(name, name, student)
        return {grade.name: (grade.auto_score, grade.max_score) for grade in submission.grades
                if grade.cell.cell_type == "code"}  # fmt: skip


def printed(cell):
    """What a cell printed, without colours and line breaks."""
    texts = [output.get("text", "") + "\n".join(output.get("traceback", []))
             for output in cell.outputs]  # fmt: skip
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(texts)).split())


def test_there_is_one_notebook_for_each_chapter():
    assert [f"book/{name}" for name in NAMES] == sorted(CHAPTERS)


@GRADED
def test_the_student_edition_is_what_the_source_releases(released, name):
    fresh, committed = (root / "exercises" / name / f"{name}.ipynb"
                        for root in (released(name), ROOT))  # fmt: skip
    assert fresh.read_bytes() == committed.read_bytes(), "Run make release, and commit exercises/."


def test_nothing_else_is_in_the_student_edition():
    found = {path.relative_to(ROOT / "exercises").as_posix()
             for path in ROOT.glob("exercises/**/*.*")
             if ".ipynb_checkpoints" not in path.parts}  # fmt: skip
    assert found == {f"{name}/{name}.ipynb" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_task_has_two_hints_and_says_what_to_expect(name):
    for task in EXERCISES[name].tasks:
        folded = re.findall(r"<summary>(.*?)</summary>", source(name).cells[task.start].source)
        where = f"{task.title}, in solutions/{name}/{name}.md, folds {folded}"
        assert folded[:2] == ["Hint 1", "Hint 2"], f"{where}, and should begin with two hints."
        assert folded[2:] in (["What to expect"], []), where
        assert folded[2:] or task.by_hand, f"{where}, and a number or picture to expect is missing."


@pytest.mark.parametrize("name", NAMES)
def test_points_of_a_task_are_split_over_its_tests(name):
    for task in MISTAKES[name]:
        checks = checks_of(source(name), task)
        assert len(checks) >= 2, (
            f"{task}, in solutions/{name}/{name}.md, is checked by {checks} alone. One check should"
            " be seen, and one hidden."
        )


def test_each_part_of_the_course_has_a_written_answer():
    for part, pages in PARTS.items():
        exercises = [EXERCISES[page.rpartition("/")[2]] for page in pages if is_of_exercises(page)]
        written = [task for exercise in exercises for task in exercise.tasks if task.by_hand]
        assert written or not exercises, (
            f"No task of the part {part!r} is graded by hand; give one of"
            f" {[exercise.name for exercise in exercises]} a written answer, with a MARK SCHEME."
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_at_least_three_wrong_answers(name):
    code = [c for c in source(name).cells if c.cell_type == "code" and "nbgrader" in c.metadata]
    tasks = {cell.id for cell in code if cell.metadata.nbgrader.solution}
    where = f"tests/exercises/mistakes/{name}.py"
    assert set(MISTAKES[name]) == tasks, f"{where} should have wrong answers to each of {tasks}."
    for task, wrong in MISTAKES[name].items():
        assert len(wrong) >= 3, f"{where} has {len(wrong)} wrong answers to {task}, of at least 3."


@GRADERS
@GRADED
def test_the_reference_earns_every_point(graded, name, grader):
    root = graded(grader, name)
    for test, (score, most) in scores(root, name, "perfect").items():
        assert score == most > 0, f"{test}: {printed(cells_of(root, name, 'perfect')[test])}"


@GRADERS
@GRADED
def test_the_untouched_edition_earns_nothing(graded, name, grader):
    found = scores(graded(grader, name), name, "blank")
    assert found
    assert {score for score, _ in found.values()} == {0}


@GRADERS
@pytest.mark.parametrize(("name", "task", "number"), CASES)
def test_a_wrong_answer_fails_with_the_message_meant_for_it(graded, name, task, number, grader):
    root, student = graded(grader, name), f"wrong-{number}"
    tests = checks_of(source(name), task)
    found = scores(root, name, student)
    _, message = list(MISTAKES[name][task].values())[number]
    said = [printed(cells_of(root, name, student)[test]) for test in tests]
    assert sum(found[test][0] for test in tests) < sum(found[test][1] for test in tests)
    assert any(message in text for text in said), "\n".join(text[-400:] for text in said)


@GRADED
def test_our_grader_gives_the_marks_that_nbgrader_gives(graded, name):
    ours, stock = graded("ours", name), graded("nbgrader", name)
    students = sorted(path.name for path in (stock / "autograded").iterdir())
    assert len(students) >= 5
    for student in students:
        assert scores(ours, name, student) == scores(stock, name, student), student


@pytest.mark.parametrize("name", NAMES)
def test_no_helper_and_no_practice_answer_is_an_answer(name):
    helpers = {}
    for module in pkgutil.iter_modules(dl_workshop.__path__, "dl_workshop."):
        if not module.ispkg:
            found = vars(importlib.import_module(module.name)).items()
            helpers |= {k: v for k, v in found if inspect.isfunction(v)
                        and v.__module__.startswith("dl_workshop")}  # fmt: skip
    assert len(helpers) > 20
    notebook = source(name)
    for task, helper in itertools.product(MISTAKES[name], helpers):
        namespace, passed = {"__name__": "__main__"}, []
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            code = re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)
            if cell.id == task:
                namespace[task] = helpers[helper]
            elif cell.id not in checks_of(notebook, task):
                if not cell.metadata.nbgrader.grade:
                    exec(code, namespace)
            else:
                try:
                    exec(code, namespace)
                except Exception:
                    continue
                passed.append(cell.id)
        assert passed == [], f"{helper} earns points in {task}"


def test_what_to_expect_of_the_first_eight_plants():
    notebook, namespace = source("ols"), {}
    (setup,) = (cell.source for cell in notebook.cells if cell.id == "setup")
    exec(setup.removeprefix("%load_ext dl_workshop.hints\n"), namespace)
    columns = sm.add_constant(np.float64(namespace["light"])[:8])
    line = sm.OLS(np.float64(namespace["growth"])[:8], columns).fit()
    (expected,) = (c.source for c in notebook.cells if "of the first eight plants" in c.source)
    numbers = re.search(r"slope is ([\d.]+), with a\s+standard error of ([\d.]+)\.", expected)
    assert numbers.groups() == (f"{line.params[1]:.2f}", f"{line.bse[1]:.2f}")
