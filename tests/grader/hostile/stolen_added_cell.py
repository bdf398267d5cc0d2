"""An added cell at the end prints what was kept, and all that the history has."""

import nbformat


def tamper(notebook):
    code = "print(kept, _ih, Out, globals().get('In'))\n%history\n%whos"
    notebook.cells.append(nbformat.v4.new_code_cell(code))
    return notebook


ANSWERS = {
    "total": """
kept = []

def total(values):
    kept.append(values)
    return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
