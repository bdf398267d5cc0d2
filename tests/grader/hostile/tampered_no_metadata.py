"""All metadata are gone, as some tools leave it. The ids of the cells are still there."""


def tamper(notebook):
    notebook.metadata = {}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


EXPECTED = ("repaired", {})
