"""The last of two answers is wrong, and counts."""

from copy import deepcopy


def tamper(notebook):
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    new = deepcopy(notebook.cells[names.index("total")])
    new.source = "def total(values): return 0"
    notebook.cells.append(new)
    return notebook


EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
