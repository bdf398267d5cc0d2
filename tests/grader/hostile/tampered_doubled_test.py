"""A test stands there twice, the second time emptied. It counts once, as in the source."""

from copy import deepcopy


def tamper(notebook):
    for cell in list(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("total_"):
            again = deepcopy(cell)
            again.source = "pass"
            notebook.cells.append(again)
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
