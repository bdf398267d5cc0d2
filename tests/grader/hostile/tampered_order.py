"""All cells stand in the opposite order. They are run in the order of the source."""


def tamper(notebook):
    notebook.cells.reverse()
    return notebook


EXPECTED = ("graded", {})
