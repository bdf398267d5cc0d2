"""Cells of the student's own: a helper, notes with HTML, an exception, an input, raw text."""

import nbformat

CELLS = {
    "helper": "def square(value):\n    return value * value",
    "raises": "1 / 0",
    "asks": "name = input('Who are you?')",
    "exits": "exit()",
    "quits": "quit",
    "syntax": "this is no Python",
    "help": "square?",
    "who": "%whos",
}


def tamper(notebook):
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    place = names.index("total")
    html = "<b>bold</b> <script>alert(1)</script> <img src=x onerror=alert(2)>"
    notebook.cells[place:place] = [
        *(nbformat.v4.new_code_cell(code) for code in CELLS.values()),
        nbformat.v4.new_markdown_cell(html),
        nbformat.v4.new_raw_cell("<script>alert(3)</script>"),
    ]
    return notebook


ANSWERS = {"total": "def total(values): return sum(map(square, values))"}


def check(result):
    assert "ZeroDivisionError" in result.notebook
    assert "alert(3)" in result.notebook
    assert "<script" not in result.notebook
    assert "<img" not in result.notebook


EXPECTED = ("graded", {})
