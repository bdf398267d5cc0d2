"""Write the pages `book/exercises/<chapter>.md` from the exercises as written, in `solutions/`.

Page and notebook have one source, so they cannot drift apart; nor can the directives
`exercise-table` and `misconception-table`, which list the tasks of all chapters and what students
get wrong in them. A page lists its tasks, and shows them with their folded hints, the set-up and
what is to be filled in; solutions and tests stay out. git ignores it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from authoring.source import (
    Exercise,
    SourceError,
    Task,
    check,
    exercise_paths,
    is_of_exercises,
    read_contents,
    read_exercises,
)
from authoring.sphinx import priorities

HIDDEN = re.compile(r"(\s*)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
TABLE_HEAD = ["| Task | Points | Minutes | Graded |", "|---|---|---|---|"]


def label_of(exercise: Exercise, task: Task) -> str:
    """Return what links to the section of a task on its page."""
    return f"{exercise.name}-task-{task.number}"


def rows_of(exercise: Exercise) -> list[str]:
    """Return the rows of a table, one for each task."""
    return [
        f"| [{task.title}](#{label_of(exercise, task)}) | {task.points} | {task.minutes} |"
        f" by {'hand' if task.by_hand else 'checks'} |"
        for task in exercise.tasks
    ]


def sum_of(exercise: Exercise, name: str) -> str:
    """Return the row for all tasks together."""
    return f"| **{name}** | **{exercise.points}** | **{exercise.minutes}** | |"


def page_of(exercise: Exercise) -> str:
    """Return the page of an exercise, in MyST Markdown."""
    name = exercise.name
    starts = {task.start: task for task in exercise.tasks}
    title, *parts = exercise.notebook.cells
    _, first, *_ = title.source.split("\n\n")
    blocks = [
        f"# Exercises: {exercise.title}",
        first,
        f"Work on them in JupyterLab, in the notebook"
        f" {{download}}`{name}.ipynb <../../exercises/{name}/{name}.ipynb>`; {{doc}}`../students`"
        " says how. There a cell after each task checks your answer. The hints are folded.",
        "\n".join([*TABLE_HEAD, *rows_of(exercise), sum_of(exercise, "All")]),
    ]
    for position, cell in enumerate(parts, start=1):
        if position in starts:
            blocks.append(f"({label_of(exercise, starts[position])})=")
        about = cell.metadata.get("nbgrader")
        if cell.cell_type == "markdown" and about is None:
            blocks.append(cell.source)
        elif cell.cell_type == "markdown":
            blocks.append("*Write your answer in the notebook.*")
        elif not about["grade"]:
            code = HIDDEN.sub(r"\1# YOUR CODE HERE", cell.source)
            blocks.append(f"```python\n{code}\n```")
    return "\n\n".join(blocks) + "\n"


def write_pages(app: Sphinx, config: Config) -> None:
    """Refuse sources in which something is wrong, and write the pages that have changed."""
    root = Path(app.srcdir)
    try:
        check(root)
    except SourceError as error:
        raise ConfigError(f"Some sources cannot be built:\n{error}") from error
    for exercise in read_exercises(root):
        page, text = root / "book" / "exercises" / exercise.path.name, page_of(exercise)
        page.parent.mkdir(exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def table_of_exercises(
    directive: SphinxDirective, head: list[str], rows_for: Callable[[Exercise], list[str]]
) -> list[nodes.Node]:
    """Return a table with rows for each exercise, in the order of the contents."""
    root = Path(directive.env.srcdir)
    for path in exercise_paths(root):
        directive.env.note_dependency(str(path))
    exercises = {exercise.name: exercise for exercise in read_exercises(root)}
    pages = filter(is_of_exercises, chain(*read_contents(root).values()))
    rows = [row for page in pages for row in rows_for(exercises[page.rpartition("/")[2]])]
    return directive.parse_text_to_nodes("\n".join([*head, *rows]))


class ExerciseTable(SphinxDirective):
    """For each task its points, its minutes and how it is graded."""

    def run(self) -> list[nodes.Node]:
        return table_of_exercises(self, TABLE_HEAD, lambda exercise: [
            sum_of(exercise, f"{{doc}}`exercises/{exercise.name}`"), *rows_of(exercise)
        ])  # fmt: skip


class MisconceptionTable(SphinxDirective):
    """For each chapter what students get wrong most."""

    def run(self) -> list[nodes.Node]:
        head = ["| Chapter | Misconceptions |", "|---|---|"]
        return table_of_exercises(self, head, lambda exercise: [
            f"| {{doc}}`{exercise.name}` | {' '.join(exercise.misconceptions)} |"
        ])  # fmt: skip


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("exercise-table", ExerciseTable)
    app.add_directive("misconception-table", MisconceptionTable)
    app.connect("config-inited", write_pages, priority=priorities.WRITE_EXERCISE_PAGES)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
