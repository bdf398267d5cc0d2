"""The tests are deleted. They are taken from the source."""


def tamper(notebook):
    notebook.cells = [
        cell
        for cell in notebook.cells
        if "grade_id" not in str(cell.metadata)
        or not cell.metadata.nbgrader.grade_id.endswith(("_visible", "_hidden"))
    ]
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
