"""Answers and tests change their flags: solution, grade, locked, task."""


def tamper(notebook):
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader")
        if about:
            about.update(grade=False, solution=True, locked=False, task=True)
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
