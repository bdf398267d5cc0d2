"""Tests have become text, and an answer too. Both are code in the source."""


def tamper(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("total"):
            cell.cell_type = "markdown"
            del cell["outputs"], cell["execution_count"]
    return notebook


EXPECTED = ("repaired", {})
