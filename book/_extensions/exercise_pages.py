"""Write the pages `book/exercises/<chapter>.md` from the exercises as written, in `solutions/`.

Page and notebook have one source, so they cannot drift apart; nor can the directive
`exercise-table`, which lists all tasks. A page shows the tasks with their folded hints, the set-up
and what is to be filled in; solutions and tests stay out. git ignores it.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

from dl_workshop.grading.release import TASK, read_source

HIDDEN = re.compile(r"(\s*)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)


def page_of(source: Path) -> str:
    """Return the page of a notebook, in MyST Markdown.

    Args:
        source: the exercises as written, such as `solutions/goldfield/goldfield.md`.
    """
    name = source.stem
    title, *parts = read_source(source).cells
    heading, _, introduction = title.source.partition("\n")
    first = introduction.strip().split("\n\n")[0]
    blocks = [
        f"# Exercises: {heading.removeprefix('# ')}",
        first,
        f"Work on them in JupyterLab, in the notebook"
        f" {{download}}`{name}.ipynb <../../exercises/{name}/{name}.ipynb>`; {{doc}}`../students`"
        " says how. There a cell after each task checks your answer. The hints are folded.",
    ]
    for cell in parts:
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
        rows = ["| Task | Points | Minutes | Graded |", "|---|---|---|---|"]
        root = Path(self.env.srcdir)
        contents = (root / "_toc.yml").read_text(encoding="utf-8")
        sources = sorted(root.glob("solutions/*/*.md"), key=lambda s: contents.find(s.stem))
        for source in sources:
            self.env.note_dependency(str(source))
            cells = read_source(source).cells
            tasks = [i for i, cell in enumerate(cells) if TASK.search(cell.source)]
            rows.append(f"| **{{doc}}`exercises/{source.stem}`** | | | |")
            for start, end in zip(tasks, [*tasks[1:], len(cells)], strict=True):
                by_hand = any("BEGIN MARK SCHEME" in cell.source for cell in cells[start:end])
                heading = cells[start].source.partition("\n")[0].removeprefix("## ")
                name, points, minutes = re.match(r"(.*) \((\d+) \D+(\d+)", heading).groups()
                how = "by hand" if by_hand else "by checks"
                rows.append(f"| {name} | {points} | {minutes} | {how} |")
        return self.parse_text_to_nodes("\n".join(rows))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("exercise-table", ExerciseTable)
    # Before the table of contents is read.
    app.connect("config-inited", write_pages, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
