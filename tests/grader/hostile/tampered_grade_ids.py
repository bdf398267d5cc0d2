"""Tests and answers are renamed, to nothing, to each other, and to no string."""


def tamper(notebook):
    new = {
        "total_visible": "total_hidden",
        "total_hidden": "clip_hidden",
        "clip_hidden": 5,
        "estimate_visible": "mine",
        "loss_visible": None,
    }
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade_id") in new:
            about["grade_id"] = new[about["grade_id"]]
    return notebook


ANSWERS = {"total": "def total(values): return 0"}
EXPECTED = ("repaired", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
