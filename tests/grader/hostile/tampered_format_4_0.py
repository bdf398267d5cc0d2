"""A notebook in format 4.0, whose cells have no ids."""


def tamper(notebook):
    for cell in notebook.cells:
        del cell["id"]
    notebook.nbformat_minor = 0
    return notebook


EXPECTED = ("graded", {})
