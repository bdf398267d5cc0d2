"""The other tasks are not begun: the one that is done has its points."""


def tamper(notebook):
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution") and cell.cell_type == "code" and about.grade_id != "total":
            cell.source = "# YOUR CODE HERE\nraise NotImplementedError()"
    return notebook


EXPECTED = (
    "graded",
    {
        f"{task}_{kind}": ("error", 0)
        for task in ("clip", "estimate", "loss")
        for kind in ("visible", "hidden")
    },
)
