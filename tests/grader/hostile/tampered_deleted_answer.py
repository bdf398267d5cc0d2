"""An answer is deleted. Its tests fail, as without an answer, and no others."""


def tamper(notebook):
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") != "total"
    ]
    return notebook


EXPECTED = ("repaired", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
