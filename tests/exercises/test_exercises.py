"""The exercises: what is released, and what answers earn and are told.

`mistakes/<chapter>.py` holds the wrong answers. Each submission gets one for each task. Answers are
tried in three ways: here, in one process; by our grader; and by stock nbgrader.
"""

import functools
import importlib
import inspect
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
from exercise_session import ExerciseSession, checks_of
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade
from small_course import BIN, ENVIRONMENT

import dl_workshop
from authoring.release import release
from authoring.source import exercise_paths, is_of_exercises, read_exercise

EXERCISES = {path.stem: read_exercise(path) for path in exercise_paths(ROOT)}
NAMES = list(EXERCISES)
MISTAKES = {name: importlib.import_module(f"mistakes.{name}").MISTAKES for name in NAMES}
STUDENTS = {
    name: ["perfect", "blank", *(f"wrong-{n}" for n in range(max(map(len, tasks.values()))))]
    for name, tasks in MISTAKES.items()
}
COMMANDS = {
    "ours": ("sealed-grader", "grade"),
    "nbgrader": ("nbgrader", "autograde"),
}


def price(way, name):
    """The marker of what is tried in this way: one chapter goes first in all of them."""
    first = name == NAMES[0]
    if way == "nbgrader":
        return pytest.mark.slow if first else pytest.mark.nightly
    return () if way == "here" and first else pytest.mark.slow


def ways(*chosen):
    return pytest.mark.parametrize(
        ("way", "name"),
        [pytest.param(way, name, marks=price(way, name)) for way in chosen for name in NAMES],
    )


FIRST_QUICK = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in NAMES[1:] else ())
             for name in NAMES])  # fmt: skip
CASES = [
    pytest.param(way, name, task, number, id=f"{way}-{name}-{task}-{title}".replace(" ", "_"),
                 marks=price(way, name))
    for way in ("here", *COMMANDS)
    for name, tasks in MISTAKES.items()
    for task, wrong in tasks.items()
    for number, title in enumerate(wrong)
]  # fmt: skip


@functools.cache
def source(name):
    return EXERCISES[name].notebook


def answers_of(name, student):
    """The source of each answer that code checks, by task."""
    kept = ROOT / "exercises" / name / f"{name}.ipynb"
    notebook = source(name) if student == "perfect" else nbformat.read(kept, as_version=4)
    answers = {cell.id: cell.source for cell in notebook.cells if cell.id in MISTAKES[name]}
    if student.startswith("wrong-"):
        number = int(student.removeprefix("wrong-"))
        for task, wrong in MISTAKES[name].items():
            if number < len(wrong):
                answers[task] = list(wrong.values())[number][0]
    return answers


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
    for student in STUDENTS[name]:
        answers = answers_of(name, student)
        notebook = nbformat.read(root / "exercises" / name / f"{name}.ipynb", as_version=4)
        if student == "perfect":
            notebook = nbformat.from_dict(source(name))
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
        target = root / "submitted" / student / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)


def grade(way, root, name):
    """Grade a course by one of the graders; return its folder."""
    program, verb = COMMANDS[way]
    result = subprocess.run([BIN / program, verb, name], cwd=root, env=ENVIRONMENT, text=True,
                            capture_output=True, check=False)  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return root


@pytest.fixture(scope="module")
def graded(released, tmp_path_factory, bubblewrap, request):
    """A function that returns a course graded by stock nbgrader or by our grader.

    All that the chosen tests ask for is being graded, two courses at a time.
    """
    pool = ThreadPoolExecutor(2)

    @functools.cache
    def start(way, name):
        # One gradebook has one writer.
        root = tmp_path_factory.mktemp(f"{way}-{name}")
        shutil.copytree(released(name), root, dirs_exist_ok=True)
        hand_in(root, name)
        return pool.submit(grade, way, root, name)

    chosen = [item.callspec.params for item in request.session.items
              if "earned" in getattr(item, "fixturenames", ())]  # fmt: skip
    for params in chosen:
        if params["way"] in COMMANDS:
            start(params["way"], params["name"])
    yield lambda way, name: start(way, name).result()
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def session():
    """A function that returns the exercises of a chapter in this process, set up once."""
    return functools.cache(lambda name: ExerciseSession(source(name)))


@pytest.fixture(scope="module")
def earned(session, request):
    """A function that returns what a student earned, in one of the ways.

    That is, for each check: the points it gave, those it could give, and what it printed.
    """
    tried = functools.cache(lambda name, *answer: session(name).try_answer(*answer))

    @functools.cache
    def earned(way, name, student):
        if way == "here":
            answers = answers_of(name, student).items()
            checks = [check for answer in answers for check in tried(name, *answer)]
            return {check.id: (*determine_grade(check), printed(check)) for check in checks}
        root = request.getfixturevalue("graded")(way, name)
        path = root / "autograded" / student / name / f"{name}.ipynb"
        shown = {cell.id: printed(cell) for cell in nbformat.read(path, as_version=4).cells
                 if cell.cell_type == "code"}  # fmt: skip
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
            submission = gradebook.find_submission_notebook(name, name, student)
            return {grade.name: (grade.auto_score, grade.max_score, shown[grade.name])
                    for grade in submission.grades if grade.cell.cell_type == "code"}  # fmt: skip

    return earned


def printed(cell):
    """What a cell printed, without colours and line breaks."""
    texts = [output.get("text", "") + "\n".join(output.get("traceback", []))
             for output in cell.outputs]  # fmt: skip
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(texts)).split())


def test_there_is_one_notebook_for_each_chapter():
    assert [f"book/{name}" for name in NAMES] == sorted(CHAPTERS)


@FIRST_QUICK
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


@ways("here", "ours", "nbgrader")
def test_the_reference_earns_every_point(earned, way, name):
    for check, (score, most, said) in earned(way, name, "perfect").items():
        assert score == most > 0, f"{check}: {said}"


@ways("here", "ours", "nbgrader")
def test_the_untouched_edition_earns_nothing(earned, way, name):
    found = earned(way, name, "blank")
    assert found
    assert {score for score, *_ in found.values()} == {0}


@pytest.mark.parametrize(("way", "name", "task", "number"), CASES)
def test_a_wrong_answer_fails_with_the_message_meant_for_it(earned, way, name, task, number):
    found = earned(way, name, f"wrong-{number}")
    scores, most, said = zip(*(found[c.id] for c in checks_of(source(name), task)), strict=True)
    _, message = list(MISTAKES[name][task].values())[number]
    assert sum(scores) < sum(most)
    assert any(message in text for text in said), "\n".join(text[-400:] for text in said)


@ways("ours", "nbgrader")
def test_both_graders_give_the_marks_that_are_given_here(earned, way, name):
    assert len(STUDENTS[name]) >= 5
    for student in STUDENTS[name]:
        theirs, here = ({check: points for check, (*points, _) in earned(w, name, student).items()}
                        for w in (way, "here"))  # fmt: skip
        assert theirs == here, student


def passed(checks, names):
    """The names of the checks that raise nothing, one after another."""
    found = []
    for check in checks:
        try:
            exec(check.source, names)
        except Exception:
            continue
        found.append(check.id)
    return found


@FIRST_QUICK
def test_no_helper_and_no_practice_answer_is_an_answer(session, name):
    helpers = {}
    for module in pkgutil.iter_modules(dl_workshop.__path__, "dl_workshop."):
        if not module.ispkg:
            found = vars(importlib.import_module(module.name)).items()
            helpers |= {k: v for k, v in found if inspect.isfunction(v)
                        and v.__module__.startswith("dl_workshop")}  # fmt: skip
    assert len(helpers) > 20
    for task, answer in answers_of(name, "perfect").items():
        checks = checks_of(source(name), task)
        with session(name).after_the_setup() as names:
            exec(answer, names)
            assert passed(checks, names) == [check.id for check in checks]
        for helper in helpers:
            with session(name).after_the_setup() as names:
                names[task] = helpers[helper]
                assert passed(checks, names) == [], f"{helper} earns points in {task}"


def test_what_to_expect_of_the_first_eight_plants():
    notebook, namespace = source("ols"), {}
    (setup,) = (cell.source for cell in notebook.cells if cell.id == "setup")
    exec(setup.removeprefix("%load_ext dl_workshop.hints\n"), namespace)
    columns = sm.add_constant(np.float64(namespace["light"])[:8])
    line = sm.OLS(np.float64(namespace["growth"])[:8], columns).fit()
    (expected,) = (c.source for c in notebook.cells if "of the first eight plants" in c.source)
    numbers = re.search(r"slope is ([\d.]+), with a\s+standard error of ([\d.]+)\.", expected)
    assert numbers.groups() == (f"{line.params[1]:.2f}", f"{line.bse[1]:.2f}")
