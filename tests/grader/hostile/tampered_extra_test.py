"""A graded cell of the student's own, worth 100 points. It gives none, and is run as added."""

import nbformat


def tamper(notebook):
    about = {
        "grade": True,
        "grade_id": "bonus",
        "locked": True,
        "points": 100,
        "solution": False,
        "schema_version": 3,
        "task": False,
        "cell_type": "code",
    }
    cell = nbformat.v4.new_code_cell("assert True", metadata={"nbgrader": about})
    notebook.cells.append(cell)
    return notebook


EXPECTED = ("repaired", {})
