"""An answer claims to be the test, and the test to be the answer."""


def tamper(notebook):
    by_name = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    answer, test = by_name["total"], by_name["total_hidden"]
    answer.metadata, test.metadata = test.metadata, answer.metadata
    return notebook


EXPECTED = ("repaired", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
