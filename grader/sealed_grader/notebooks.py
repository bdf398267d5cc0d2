"""Read notebooks, whatever their format, as nbformat 4."""

from __future__ import annotations

from typing import cast

import nbformat
from nbformat import NotebookNode


def read_notebook(text: str) -> NotebookNode:
    """Return a notebook from JSON."""
    # nbformat also knows a format without cells, which this is not.
    return cast(NotebookNode, nbformat.reads(text, as_version=4))
