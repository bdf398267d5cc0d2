"""All cells have the id of an answer, prose as well. It is still known by its grade id."""


def tamper(notebook):
    for cell in notebook.cells:
        cell.id = "total"
    return notebook


EXPECTED = ("graded", {})
