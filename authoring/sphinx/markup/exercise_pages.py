"""Write the pages `book/exercises/<chapter>.md` from the exercises as written, in `solutions/`.

Page and notebook have one source, so they cannot drift apart; nor can the directive
`exercise-table`, which lists the tasks of all chapters. A page lists its tasks, and shows them with
their folded hints, the set-up and what is to be filled in; solutions and tests stay out. git
ignores it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from authoring.source import TASK, read_source
from authoring.sphinx import priorities

HIDDEN = re.compile(r"(\s*)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
TABLE_HEAD = ["| Task | Points | Minutes | Graded |", "|---|---|---|---|"]


class Task(NamedTuple):
    """A graded task.

    Attributes:
        label: what links to its section on the page.
        name: its heading, without points and minutes.
        points: what it earns.
        minutes: about how long it takes.
        by_hand: whether a person reads it; otherwise checks grade it.
    """

    label: str
    name: str
    points: int
    minutes: int
    by_hand: bool

    @property
    def row(self) -> str:
        """Its row in a table."""
        how = "by hand" if self.by_hand else "by checks"
        return f"| [{self.name}](#{self.label}) | {self.points} | {self.minutes} | {how} |"


def tasks_of(source: Path, cells: list[NotebookNode]) -> dict[int, Task]:
    """Return the tasks by the positions of the cells in which they begin."""
    starts = [i for i, cell in enumerate(cells) if TASK.search(cell.source)]
    tasks = {}
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(cells)], strict=True), 1):
        heading = cells[start].source.partition("\n")[0].removeprefix("## ")
        name, points, minutes = re.match(r"(.*) \((\d+) \D+(\d+)", heading).groups()
        by_hand = any("BEGIN MARK SCHEME" in cell.source for cell in cells[start:end])
        label = f"{source.stem}-task-{number}"
        tasks[start] = Task(label, name, int(points), int(minutes), by_hand)
    return tasks


def sum_of(name: str, tasks: dict[int, Task]) -> str:
    """Return a row for all tasks together."""
    points = sum(task.points for task in tasks.values())
    minutes = sum(task.minutes for task in tasks.values())
    return f"| **{name}** | **{points}** | **{minutes}** | |"


def page_of(source: Path) -> str:
    """Return the page of a notebook, in MyST Markdown.

    Args:
        source: the exercises as written, such as `solutions/goldfield/goldfield.md`.
    """
    name = source.stem
    cells = read_source(source).cells
    tasks = tasks_of(source, cells)
    title, *parts = cells
    heading, _, introduction = title.source.partition("\n")
    first = introduction.strip().split("\n\n")[0]
    blocks = [
        f"# Exercises: {heading.removeprefix('# ')}",
        first,
        f"Work on them in JupyterLab, in the notebook"
        f" {{download}}`{name}.ipynb <../../exercises/{name}/{name}.ipynb>`; {{doc}}`../students`"
        " says how. There a cell after each task checks your answer. The hints are folded.",
        "\n".join([*TABLE_HEAD, *(task.row for task in tasks.values()), sum_of("All", tasks)]),
    ]
    for position, cell in enumerate(parts, start=1):
        if position in tasks:
            blocks.append(f"({tasks[position].label})=")
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
    """Write the pages that have changed."""
    for source in sorted(Path(app.srcdir).glob("solutions/*/*.md")):
        page, text = Path(app.srcdir) / "book" / "exercises" / source.name, page_of(source)
        page.parent.mkdir(exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


class ExerciseTable(SphinxDirective):
    """A table of the exercises: for each task its points, its minutes and how it is graded."""

    def run(self) -> list[nodes.Node]:
        rows = [*TABLE_HEAD]
        root = Path(self.env.srcdir)
        contents = (root / "_toc.yml").read_text(encoding="utf-8")
        sources = sorted(root.glob("solutions/*/*.md"), key=lambda s: contents.find(s.stem))
        for source in sources:
            self.env.note_dependency(str(source))
            tasks = tasks_of(source, read_source(source).cells)
            rows.append(sum_of(f"{{doc}}`exercises/{source.stem}`", tasks))
            rows += [task.row for task in tasks.values()]
        return self.parse_text_to_nodes("\n".join(rows))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("exercise-table", ExerciseTable)
    app.connect("config-inited", write_pages, priority=priorities.WRITE_EXERCISE_PAGES)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
