"""A small course of plain Python: what an instructor writes, students hand in, and graders find."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

BIN = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "250",
                            "NO_COLOR": "1"}  # fmt: skip


def text(source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def code(source: str, name: str) -> NotebookNode:
    """A locked cell, as an instructor's set-up is."""
    return _known(nbformat.v4.new_code_cell(source), name, locked=True)


def answer(source: str, name: str) -> NotebookNode:
    """A cell in which students answer, and a later test looks at it."""
    return _known(nbformat.v4.new_code_cell(source), name, solution=True)


def check(source: str, name: str, points: float = 1) -> NotebookNode:
    return _known(nbformat.v4.new_code_cell(source), name, grade=True, locked=True, points=points)


def written(source: str, name: str, points: float = 2, *, kind: str = "markdown") -> NotebookNode:
    """A cell in which students answer, and a person looks at it."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return _known(make(source), name, grade=True, solution=True, points=points)


def task(source: str, name: str, points: float = 2) -> NotebookNode:
    """A cell below which students do what it says, and a person looks at it."""
    cell = _known(nbformat.v4.new_markdown_cell(source), name, locked=True, points=points)
    cell.metadata.nbgrader["task"] = True
    return cell


def _known(
    cell: NotebookNode,
    name: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: float | None = None,
) -> NotebookNode:
    about = {"grade": grade, "grade_id": name, "locked": locked, "schema_version": 3,
             "solution": solution, "task": False}  # fmt: skip
    if points is not None:
        about["points"] = points
    cell.metadata["nbgrader"] = NotebookNode(about)
    return cell


def solved(body: str, head: str) -> str:
    """The source of an answer: its first line, and the solution that students do not get."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{head}\n    ### BEGIN SOLUTION\n{lines}    ### END SOLUTION"


def hidden(source: str) -> str:
    return f"### BEGIN HIDDEN TESTS\n{source}\n### END HIDDEN TESTS"


PLAIN = [
    text("# Two functions"),
    code("import math\n\nlimit = 3", "setup"),
    answer(solved("return 2 * x", "def double(x):"), "double"),
    check("assert double(2) == 4", "double_visible"),
    check("assert double(1) == 2\n" + hidden("assert double(1031) == 2062, 'too small'"),
         "double_hidden", 2),
    answer(solved("return x ** 2", "def square(x):"), "square"),
    check("assert square(limit) == 9", "square_visible"),
    check(hidden("assert math.isclose(square(1033), 1067089)"), "square_hidden", 3),
]  # fmt: skip
RIGHT = {"double": "def double(x):\n    return 2 * x", "square": "def square(x):\n    return x * x"}
WRONG = {"double": "def double(x):\n    return min(2 * x, 100)",
         "square": "def square(x):\n    return 3 * x"}  # fmt: skip


class SmallCourse:
    """A course in a folder.

    Attributes:
        root: the folder.
    """

    def __init__(self, root: Path, config: str = "") -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        (root / "nbgrader_config.py").write_text("c = get_config()\n" + config)

    def write(
        self, assignment: str = "ps", notebook: str = "plain", cells: list | tuple = PLAIN
    ) -> NotebookNode:
        """Write the source of a notebook; return it as students receive it."""
        source = nbformat.v4.new_notebook(cells=nbformat.from_dict(cells))
        for number, cell in enumerate(source.cells):
            about = cell.metadata.get("nbgrader", {})
            cell.id = about.get("grade_id", f"{notebook}-{number}")
        path = self.root / "source" / assignment / f"{notebook}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(source, path)
        return self.released(assignment, notebook)

    def released(self, assignment: str = "ps", notebook: str = "plain") -> NotebookNode:
        """The student edition: what nbgrader has released, or would release."""
        release = self.root / "release" / assignment / f"{notebook}.ipynb"
        if release.exists():
            return nbformat.read(release, as_version=4)
        path = self.root / "source" / assignment / f"{notebook}.ipynb"
        found = nbformat.read(path, as_version=4)
        for step in (LockCells, ClearSolutions, ClearHiddenTests, ClearMarkScheme,
                     ComputeChecksums):  # fmt: skip
            found, _ = step().preprocess(found, {})
        return found

    def hand_in(
        self,
        student: str,
        answers: dict[str, str] | NotebookNode | str | bytes,
        assignment: str = "ps",
        notebook: str = "plain",
        time: str | None = None,
    ) -> Path:
        """Hand in a notebook: answers by name, a notebook, or what a file shall hold."""
        if type(answers) is dict:
            filled = self.released(assignment, notebook)
            for cell in filled.cells:
                cell.source = answers.get(cell.id, cell.source)
            answers = filled
        content = nbformat.writes(answers) if isinstance(answers, NotebookNode) else answers
        folder = self.root / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{notebook}.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if time:
            (folder / "timestamp.txt").write_text(time)
        return path

    def run(
        self, *command: object, code: int | None = 0, **options
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, which has to end with an exit code (None: with any)."""
        program, *arguments = map(str, command)
        result = subprocess.run(
            [BIN / program, *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            **options,
        )
        if code is not None:
            assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr, result.stderr
        return result

    def grade(self, assignment: str = "ps", *options: object, code: int | None = 0) -> str:
        """Grade an assignment; return what was printed."""
        result = self.run("sealed-grader", "grade", assignment, *options, code=code)
        return result.stdout + result.stderr

    def stock(self, root: Path, assignment: str = "ps") -> SmallCourse:
        """Return a copy of this course as it was handed in, graded by nbgrader itself."""
        ours = ("gradebook.db", "autograded", "results", "feedback", "release")
        other = SmallCourse(root)
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns(*ours), dirs_exist_ok=True)
        other.run("nbgrader", "generate_assignment", assignment, "--force")
        other.run("nbgrader", "autograde", assignment, code=None)
        return other

    def marks(self, student: str, assignment: str = "ps") -> dict[str, float | None]:
        """The points that the grader gave, by the name of the test."""
        with self.gradebook() as gradebook:
            found = gradebook.find_submission(assignment, student)
            return {grade.name: grade.auto_score for notebook in found.notebooks
                    for grade in notebook.grades}  # fmt: skip

    def total(self, student: str, assignment: str = "ps") -> float:
        with self.gradebook() as gradebook:
            return gradebook.find_submission(assignment, student).score

    def judgement(self, student: str, assignment: str = "ps") -> dict[str, object]:
        """All that the gradebook says about a submission."""
        with self.gradebook() as gradebook:
            found = gradebook.find_submission(assignment, student)
            said: dict[str, object] = {"score": found.score, "late": found.total_seconds_late}
            for notebook in found.notebooks:
                said[notebook.name] = notebook.late_submission_penalty
                said |= {(notebook.name, grade.name): (grade.auto_score, grade.max_score,
                                                       bool(grade.needs_manual_grade))
                         for grade in notebook.grades}  # fmt: skip
                said |= {(notebook.name, comment.name, "comment"): comment.auto_comment
                         for comment in notebook.comments}  # fmt: skip
        return said

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.root / 'gradebook.db'}")

    def graded(self, student: str, assignment: str = "ps", notebook: str = "plain") -> NotebookNode:
        path = self.root / "autograded" / student / assignment / f"{notebook}.ipynb"
        return nbformat.read(path, as_version=4)

    def about(self, student: str, assignment: str = "ps", notebook: str = "plain") -> NotebookNode:
        """What a graded notebook says about itself."""
        return self.graded(student, assignment, notebook).metadata["sealed_grader"]

    def verdicts(self, student: str, assignment: str = "ps", notebook: str = "plain") -> dict:
        return {t.name: t.verdict for t in self.about(student, assignment, notebook).tests}

    def results(self, assignment: str = "ps") -> set[str]:
        """The names of the stored results."""
        return {path.name for path in (self.root / "results" / assignment).glob("*.json")}

    def everything(self) -> tuple[dict[str, list], dict[str, object]]:
        """Gradebook and graded notebooks, without what differs from run to run."""
        notebooks = {}
        for path in sorted(p for p in self.root.glob("autograded/**/*") if p.is_file()):
            content: object = path.read_text()
            if path.suffix == ".ipynb":
                content = nbformat.read(path, as_version=4)
                for varying in ("started", "seconds"):
                    content.metadata["sealed_grader"]["receipt"].pop(varying, None)
            notebooks[path.relative_to(self.root).as_posix()] = content
        return rows_of(self.root / "gradebook.db"), notebooks


def rows_of(path: Path) -> dict[str, list]:
    """All tables of a gradebook, in which rows name each other by what they hold."""
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        listed = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = [row["name"] for row in listed]
        tables = {name: {row["id"] if "id" in row.keys() else number: dict(row)  # noqa: SIM118
                         for number, row in enumerate(database.execute(f"SELECT * FROM {name}"))}
                  for name in names}  # fmt: skip
        links = {name: {row["from"]: row["table"] for row in
                        database.execute(f"PRAGMA foreign_key_list({name})")}
                 for name in names}  # fmt: skip
    database.close()

    def resolved(table: str, key: object) -> list:
        return [
            (column, resolved(links[table][column], value))
            if column in links[table] and value in tables[links[table][column]]
            else (column, value)
            for column, value in tables[table][key].items()
            if column in links[table] or not re.fullmatch("[0-9a-f]{32}", str(value))
        ]

    return {name: sorted(map(repr, (resolved(name, key) for key in tables[name])))
            for name in names}  # fmt: skip
