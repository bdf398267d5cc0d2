"""Locked cells are edited: the tests to pass always, the set-up to break NumPy."""


def tamper(notebook):
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("locked"):
            cell.source = "np = checks = None\nassert True"
            about["locked"] = False
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
