"""A notebook in format 3, with worksheets, as an old program writes it."""

import warnings

import nbformat


def tamper(notebook):
    with warnings.catch_warnings(action="ignore"):
        return nbformat.writes(notebook, version=3).encode()


EXPECTED = ("graded", {})
