"""Metadata of cells are a list, a word, null or a number, or hold these; ids are odd too."""

ODD = [
    [],
    "x",
    None,
    5,
    {"nbgrader": []},
    {"nbgrader": {"grade_id": []}},
    {"tags": 5},
    {"tags": [[], {}]},
    {"nbgrader": None, "tags": None},
]


def tamper(notebook):
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            cell.metadata = ODD[number % len(ODD)]
    notebook.metadata = []
    notebook.cells[0].id = 5
    for odd in ODD:
        notebook.cells.append(
            {
                "cell_type": "code",
                "source": "1 + 1",
                "metadata": odd,
                "outputs": None,
                "execution_count": "x",
                "id": [odd],
            }
        )
    return notebook


EXPECTED = ("repaired", {})
