"""The points are changed, to many, to below zero, and to a word."""


def tamper(notebook):
    points = iter([100, -100, "many", None, [1], 1e308, float("inf"), 0])
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") and not about.solution:
            about["points"] = next(points)
    return notebook


EXPECTED = ("repaired", {})
