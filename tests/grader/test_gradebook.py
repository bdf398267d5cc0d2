"""What the grader writes: the marks that stock nbgrader would give, and what nbgrader reads."""

import contextlib
import csv
import shutil
import sqlite3

import nbformat
import nbgrader.docs
import pytest
import sqlalchemy
from bs4 import BeautifulSoup
from nbgrader.api import Base
from nbgrader.apps import NbGraderAPI
from small_course import (
    PLAIN,
    RIGHT,
    WRONG,
    SmallCourse,
    answer,
    check,
    code,
    hidden,
    solved,
    task,
    text,
    written,
)
from traitlets.config import Config

from sealed_grader.course.course import Course
from sealed_grader.course.gradebook import open_gradebook

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]


# The assignment that `nbgrader quickstart` makes.


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    root = tmp_path_factory.mktemp("quickstart")
    course = SmallCourse(root, "c.IncludeHeaderFooter.header = 'source/header.ipynb'\n")
    source = next(iter(nbgrader.docs.__path__)) + "/source/user_guide/source"
    shutil.copytree(source, root / "source", ignore=shutil.ignore_patterns("ps1_autotest"))
    return course


def quickstart_submissions(course):
    """What is handed in: a perfect one, a blank one, and a wrong one."""
    for name in ("problem1", "problem2"):
        blank = course.released("ps1", name)
        perfect = nbformat.read(course.root / f"source/ps1/{name}.ipynb", as_version=4)
        wrong = nbformat.from_dict(blank)
        for cell in wrong.cells:
            about = cell.metadata.get("nbgrader", {}).get("grade_id")
            if about == "squares":
                cell.source = "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]"
            elif about == "sum_of_squares":
                cell.source = "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6"
            elif about == "sum_of_squares_equation":
                cell.source = "I do not know."
        for student, notebook in (("perfect", perfect), ("blank", blank), ("wrong", wrong)):
            course.hand_in(student, notebook, "ps1", name)


@pytest.fixture(scope="module")
def quickstart_graded(quickstart, tmp_path_factory):
    """The course, as it is, graded; and graded by nbgrader itself."""
    quickstart_submissions(quickstart)
    quickstart.grade("ps1")
    return quickstart, quickstart.stock(tmp_path_factory.mktemp("stock"), "ps1")


@pytest.mark.parametrize(("student", "points"), [("perfect", 3.0), ("blank", 0.0), ("wrong", 1.5)])
def test_quickstart_gets_the_marks_of_stock(quickstart_graded, student, points):
    ours, stock = quickstart_graded
    assert ours.judgement(student, "ps1") == stock.judgement(student, "ps1")
    assert ours.total(student, "ps1") == points


def version(course):
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return database.execute("SELECT * FROM alembic_version").fetchall()


def test_the_gradebook_has_the_version_of_stocks(quickstart_graded):
    ours, stock = quickstart_graded
    assert version(ours) == version(stock) != []


@pytest.mark.parametrize("with_empty_table", [False, True])
def test_a_gradebook_gets_its_version_if_its_making_was_broken_off(
    quickstart_graded, tmp_path, with_empty_table
):
    course = SmallCourse(tmp_path)
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'gradebook.db'}")
    Base.metadata.create_all(engine)
    if with_empty_table:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
            )
    engine.dispose()
    with open_gradebook(Course(tmp_path)) as gradebook:
        assert gradebook.assignments == []
    assert version(course) == version(quickstart_graded[1])


def test_a_test_that_fails_from_outside_is_run_inside_which_is_said(quickstart_graded):
    about = quickstart_graded[0].about("perfect", "ps1", "problem1")
    assert {t.name for t in about.tests if t.inside} == {"sum_of_squares_uses_squares"}
    assert any("can be forged: sum_of_squares_uses_squares." in note for note in about.notes)
    first = quickstart_graded[0].graded("perfect", "ps1", "problem1").cells[0]
    assert "can be forged: sum_of_squares_uses_squares." in first.source
    assert quickstart_graded[0].about("perfect", "ps1", "problem2").notes == []


def test_cells_for_people_wait_for_one(quickstart_graded):
    ours, _ = quickstart_graded
    with ours.gradebook() as gradebook:
        waiting = {grade.name for notebook in gradebook.find_submission("ps1", "perfect").notebooks
                   for grade in notebook.grades if grade.needs_manual_grade}  # fmt: skip
    assert {"sum_of_squares_application", "cell-938593c4a215c6cc"} <= waiting


# Parity with stock nbgrader.

CONFIG = """
import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
c.IncludeHeaderFooter.header = "header.ipynb"
c.IncludeHeaderFooter.footer = "footer.ipynb"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError('Write this one.')"}
c.AssignLatePenalties.plugin_class = "late.OneForEachHour"
"""
LATE = """
from nbgrader.plugins import BasePlugin


class OneForEachHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late // 3600
"""
MANY_WAYS = [
    *PLAIN,
    code("def near(a, b):\n    return abs(a - b) < 1e-9", "helpers"),
    answer(solved("return [float(line) for line in open('data.csv')]", "def read():"), "read"),
    check("print('looking at', read())\nassert near(sum(read()), 6.5)", "read_test", 2),
    answer(solved("if x < 0:\n    raise ValueError('negative')\nreturn x ** 0.5", "def root(x):"),
           "root"),
    check("try:\n    root(-1)\nexcept ValueError:\n    pass\nelse:\n"
         "    raise AssertionError('no error')\nassert near(root(4), 2)", "root_test", 2),
    answer(solved("return {'a': (1, 2), 'b': [3.5]}", "def nested():"), "nested"),
    check("from math import floor\n\n\ndef half(x):\n    return floor(x) / 2\n\n\n"
         "right = [nested().get('a') == (1, 2), nested().get('b') == [3.5]]\n"
         + hidden("right.append(len(nested()) == 2)") + "\nsum(right)", "nested_test", 3),
    answer(solved("return half(x) + 1", "def one_more_than_half(x):"), "one_more_than_half"),
    check("assert one_more_than_half(2) == 2", "half_test"),
    written("YOUR ANSWER HERE", "words", 4),
    written("# Draw.", "picture", 3, kind="code"),
    task("Do as you like.", "free", 5),
    answer("value = None  # a number\n### BEGIN SOLUTION\nvalue = 5\n### END SOLUTION", "value"),
    check("assert value == 5 and near(scale, 10)", "value_test"),
]  # fmt: skip
SECOND = [
    answer(solved("return x - 1", "def less(x):"), "less"),
    check("assert less(3) == 2", "less_test", 2),
    written("YOUR ANSWER HERE", "more_words", 4),
    task("Do more.", "more", 5),
]
ALL_RIGHT = RIGHT | {
    "read": "def read():\n    return [float(line) for line in open('data.csv')]",
    "root": "def root(x):\n    if x < 0:\n        raise ValueError\n    return x ** 0.5",
    "nested": "def nested():\n    return {'a': (1, 2), 'b': [3.5]}",
    "one_more_than_half": "def one_more_than_half(x):\n    return half(x) + 1",
    "value": "value = 5",
}
HANDED_IN = {
    "right": (ALL_RIGHT | {"words": "Because.", "picture": "print(1)"},
              {"less": "less = lambda x: x - 1", "more_words": "Hm."}),
    "blank": ({}, {}),
    "wrong": (WRONG | {"root": "def root(x):\n    return abs(x) ** 0.5"},
              {"less": "def less(x):\n    return x"}),
    "partly": (RIGHT | {"nested": "def nested():\n    return {'a': (1, 2), 'c': 0}"}, {}),
    "prints": (ALL_RIGHT | {
        "square": "print('here')\ndef square(x):\n    print(x)\n    return x * x",
        "value": "raise RuntimeError('stop')"}, {}),
    "helpers": (ALL_RIGHT | {
        "double": "def twice(f, x):\n    return f(f(x))\n\n\ndef double(x):\n"
        "    return twice(lambda y: y + x / 2, x)",
        "square": "class square:\n    def __new__(cls, x):\n        return x * x"}, {}),
    "syntax": (ALL_RIGHT | {"double": "def double(x:\n    return 2 * x"}, {}),
    "late": (ALL_RIGHT, {"less": "def less(x):\n    return x - 1"}),
    "very late": (RIGHT, {}),
    "one notebook": (ALL_RIGHT, None),
}  # fmt: skip
TIMES = {"late": "2026-03-01 13:30:00 UTC", "very late": "2026-03-09 13:30:00 CET",
         "right": "2026-03-01 09:00:00 UTC"}  # fmt: skip


@pytest.fixture(scope="module")
def parity(tmp_path_factory):
    """A course with all kinds of cells, graded here and by nbgrader itself."""
    course = SmallCourse(tmp_path_factory.mktemp("parity"), CONFIG)
    (course.root / "late.py").write_text(LATE)
    for name, cell in (("header", code("scale = 10", "top")), ("footer", text("The end."))):
        cell.id = name
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), course.root / f"{name}.ipynb")
    course.write(cells=MANY_WAYS)
    course.write(notebook="second", cells=SECOND)
    (course.root / "source/ps/data.csv").write_text("1\n2\n3.5\n")
    course.run("nbgrader", "db", "assignment", "add", "ps", "--duedate=2026-03-01 12:00 UTC")
    course.run("nbgrader", "generate_assignment", "ps")
    shutil.copy(course.root / "gradebook.db", course.root / "empty.db")
    for student, (first, second) in HANDED_IN.items():
        course.hand_in(student, first, time=TIMES.get(student))
        if second is not None:
            course.hand_in(student, second, notebook="second")
    course.grade()
    stock = tmp_path_factory.mktemp("stock")
    shutil.copy(course.root / "empty.db", stock / "gradebook.db")
    return course, course.stock(stock)


@pytest.mark.parametrize("student", HANDED_IN)
def test_the_gradebook_holds_what_stock_would_write(parity, student):
    ours, stock = (course.judgement(student) for course in parity)
    if student == "one notebook":
        # Stock says nothing of a notebook that is missing.
        for name in ("less", "more_words"):
            assert ours.pop(("second", name, "comment")) == "No response."
            assert stock.pop(("second", name, "comment")) is None
    assert ours == stock


def test_late_penalties_are_the_plugins(parity):
    assert parity[0].judgement("late")["plain"] == 1
    # No more than what there is: 7 points.
    assert parity[0].judgement("very late")["plain"] == 7
    assert parity[0].judgement("right")["plain"] is None


# What nbgrader does with it afterwards.


def test_export_and_formgrader_find_all_students(parity):
    tables = []
    for one in parity:
        one.run("nbgrader", "export")
        with (one.root / "grades.csv").open(newline="") as file:
            tables.append(sorted(map(str, csv.DictReader(file))))
    assert tables[0] == tables[1]
    assert len(tables[0]) == len(HANDED_IN)
    config = Config()
    found = []
    for one in parity:
        config.CourseDirectory.root = str(one.root)
        config.CourseDirectory.db_url = f"sqlite:///{one.root / 'gradebook.db'}"
        api = NbGraderAPI(config=config)
        kept = ("name", "student", "score", "max_score", "needs_manual_grade", "autograded")
        submissions = sorted(api.get_submissions("ps"), key=lambda s: s["student"])
        found.append([{key: one[key] for key in kept if key in one} for one in submissions])
        assert api.get_autograded_students("ps") == set(HANDED_IN)
    assert found[0] == found[1]
    assert {one["autograded"] for one in found[0]} == {True}


# Feedback, which is opened in a browser.

PWN = "window.pwned = (window.pwned || 0) + 1"
ATTACKS = f"""<script>{PWN}</script><img src=x onerror="{PWN}"><svg onload="{PWN}"></svg>
<a id="link" href="javascript:{PWN}">here</a> [there](javascript:{PWN.replace(" ", "")})
<iframe srcdoc="<script>parent.{PWN}</script>"></iframe><details open ontoggle="{PWN}">x</details>
<math><mtext><table><mglyph><style><img src=x onerror="{PWN}"></style></mglyph></table></mtext>
![picture](attachment:a.svg) <style>@import "x"</style> <base href="javascript:/a/"><form id=body>
```html
</code></pre><script>{PWN}</script>
```
"""
SHOWS = f"""from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
attack = {ATTACKS!r}
for kind in (HTML, Markdown, Latex, Javascript):
    display(kind(attack))
display({{"application/javascript": "{PWN}", "image/svg+xml": "<svg onload='{PWN}'/>",
         "text/plain": attack}}, raw=True)
print(attack, "\x1b[31m<b onmouseover='{PWN}'>")
raise type("<img src=x onerror='{PWN}'>", (Exception,), {{}})(attack)
"""
TEXT = """If a < b and c > d, then `x <= y` & $\\alpha < \\beta$.

    for i in range(3):

**Bold**"""


DOT = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Er"
       "kJggg==")  # fmt: skip


@pytest.fixture(scope="module")
def with_feedback(tmp_path_factory):
    """A course with feedback: for notebooks full of scripts, for a picture, and for a blank one."""
    course = SmallCourse(tmp_path_factory.mktemp("feedback"))
    stub = "Is x < y & y > 0? *Your answer:*"
    by_hand = [written("YOUR ANSWER HERE", "words"), written("YOUR ANSWER HERE", "evil"),
               written(stub, "drawing"), written(stub, "lost")]  # fmt: skip
    blank = course.write(cells=[*PLAIN, *by_hand, task("Do.", "free")])
    course.hand_in("blank", blank)
    picture = nbformat.from_dict(blank)
    for cell in picture.cells:
        if cell.id == "drawing":
            cell.source = "See: ![a dot](attachment:dot.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
            cell["attachments"] = {"dot.png": {"image/png": DOT}}
        elif cell.id == "lost":
            cell.source = "See: ![lost](attachment&#58;lost.png)"
    course.hand_in("picture", picture)
    make = nbformat.v4
    for cell in blank.cells:
        cell.source = {"double": "def double(x):\n    return x / 0", "words": TEXT, "evil": ATTACKS,
                       "square": SHOWS + "\n"}.get(cell.id, cell.source)  # fmt: skip
        cell.metadata["tags"] = [f'"><script>{PWN}</script>']
        cell.metadata["collapsed"] = f"<script>{PWN}</script>"
        if cell.id == "evil":
            svg = f"<svg xmlns='http://www.w3.org/2000/svg'><script>{PWN}</script></svg>"
            cell["attachments"] = {"a.svg": {"image/svg+xml": svg, "text/html": ATTACKS}}
    shown = {"text/html": ATTACKS, "application/javascript": PWN}
    forged = make.new_code_cell("1", outputs=[make.new_output("display_data", shown)])
    raw = [make.new_raw_cell(ATTACKS, metadata={"raw_mimetype": kind, "format": kind})
           for kind in ("text/html", "text/markdown", "")]  # fmt: skip
    blank.cells += [forged, *raw, make.new_markdown_cell(ATTACKS), make.new_code_cell(SHOWS),
                    make.new_code_cell(f"%%html\n{ATTACKS}"),
                    make.new_code_cell("%%javascript\n" + PWN)]  # fmt: skip
    blank.metadata |= {"title": f"</title><script>{PWN}</script>", "authors": [{"name": ATTACKS}],
                       "language_info": {"name": f"\"><script>{PWN}</script>"},
                       "widgets": {"application/vnd.jupyter.widget-state+json": {
                           "state": f"</script><script>{PWN}</script>"}}}  # fmt: skip
    course.hand_in("mallory", blank)
    course.hand_in("<img src=x onerror=window.pwned=1>", blank)
    course.grade()
    course.run("nbgrader", "generate_feedback", "ps")
    return course


@pytest.mark.parametrize("student", ["mallory", "<img src=x onerror=window.pwned=1>"])
def test_feedback_runs_no_script_of_the_students(with_feedback, browser, student):
    path = with_feedback.root / "feedback" / student / "ps/plain.html"
    page = browser.new_page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri(), wait_until="load")
    for link in page.locator("a").all():
        assert not (link.get_attribute("href") or "").strip().lower().startswith("javascript")
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") is None
    assert dialogs == []
    found = page.evaluate(
        """() => [...document.querySelectorAll("body *")].flatMap(element =>
        [element.tagName, ...element.getAttributeNames().filter(name => name.startsWith("on"))])"""
    )
    assert not {"SCRIPT", "IFRAME", "OBJECT", "EMBED", "BASE", "FORM"} & set(found)
    assert [name for name in found if name.startswith("on")] == []
    page.close()


def test_feedback_shows_answers_and_no_hidden_test(with_feedback):
    html = (with_feedback.root / "feedback/mallory/ps/plain.html").read_text()
    page = BeautifulSoup(html, "html.parser")
    said = page.get_text()
    for part in ("If a < b and c > d", "x <= y", r"$\alpha < \beta$", "for i in range(3):",
                 "ZeroDivisionError", "Hidden tests were run here."):  # fmt: skip
        assert part in said, part
    assert page.find("strong", string="Bold")
    for secret in ("1031", "2062", "1033", "HIDDEN"):
        assert secret not in html


def test_a_written_answer_may_hold_a_picture(with_feedback):
    html = (with_feedback.root / "feedback/picture/ps/plain.html").read_text()
    page = BeautifulSoup(html, "html.parser")
    assert len(page.find_all("img")) == 1
    assert page.find("img")["src"] == f"data:image/png;base64,{DOT}"
    assert page.find("td", string="1")
    # An answer that was left as it is needs no person, whatever stands in it.
    blank, picture = (with_feedback.judgement(student) for student in ("blank", "picture"))
    assert blank["plain", "drawing"] == (0, 2, False)
    assert blank["plain", "drawing", "comment"] == "No response."
    assert picture["plain", "drawing"] == (None, 2, True)
