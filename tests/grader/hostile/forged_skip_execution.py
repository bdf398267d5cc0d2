"""The tag that makes stock nbgrader skip a test, which then counts as passed."""


def tamper(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
