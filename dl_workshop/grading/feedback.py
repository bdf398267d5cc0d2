"""Keep hidden tests out of the feedback that students receive.

Stock nbgrader prints the whole test cell, and a traceback that quotes it. `nbgrader_config.py` puts
this preprocessor before nbgrader's own: what was hidden is replaced by a line, and of an error
there remains what it says, which is what the student needs.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

HIDDEN = re.compile(r"[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*", re.DOTALL)


class StripHiddenTests(NbGraderPreprocessor):
    """Replace hidden tests, and the tracebacks and prints of cells that have them."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Strip one cell.

        Args:
            cell: a cell of the autograded notebook; it is changed.
            resources: what nbconvert passes along.
            index: the place of the cell.

        Returns:
            The cell and the resources.
        """
        if cell.cell_type == "code" and HIDDEN.search(cell.source):
            cell.source = HIDDEN.sub("# Tests that you do not see were run here.", cell.source)
            cell.outputs = [self._stripped(o) for o in cell.outputs if o.output_type == "error"]
        return cell, resources

    def _stripped(self, error: NotebookNode) -> NotebookNode:
        said = error.evalue or "What your code returned did not pass."
        return error | {"traceback": [f"{error.ename}: {said}", *_notes(error)]}


def _notes(error: NotebookNode) -> list[str]:
    """Return the advice of `dl_workshop.hints`, which IPython prints after the message."""
    lines = "\n".join(error.traceback).splitlines()
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
    message = f"{error.ename}: {error.evalue}".splitlines()
    for start in range(len(plain) - len(message), -1, -1):
        if [line.rstrip() for line in plain[start : start + len(message)]] == [
            line.rstrip() for line in message
        ]:
            return plain[start + len(message) :]
    return []
