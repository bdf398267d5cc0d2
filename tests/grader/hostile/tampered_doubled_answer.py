"""An answer stands there twice, as left by copy and paste. The last one counts, for all tests."""

from copy import deepcopy


def tamper(notebook):
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    old = notebook.cells[names.index("total")]
    new = deepcopy(old)
    old.source = "def total(values): return 0"
    notebook.cells.insert(names.index("total_visible") + 1, new)
    return notebook


EXPECTED = ("repaired", {})
