"""A written answer with mathematics, a picture and a link; it waits for a person."""

import nbformat


def tamper(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "why":
            cell.source = "Because $a < b$ and <i>so</i> on, see [this](https://example.org)."
    return notebook


def check(result):
    cells = nbformat.reads(result.notebook, as_version=4).cells
    answer = next(cell for cell in cells if cell.id == "why")
    assert "$a" in answer.source
    assert answer.metadata.nbgrader.points == 2


EXPECTED = ("graded", {})
