"""A note of tags that are never closed: to clean it of scripts takes the square of their number."""

import nbformat


def tamper(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("<b>" * 40_000))
    return notebook


TIMES = 6
EXPECTED = ("graded", {})
