"""All cells have the same id. Their grade ids are still there."""


def tamper(notebook):
    for cell in notebook.cells:
        cell.id = "total_hidden"
    return notebook


EXPECTED = ("graded", {})
