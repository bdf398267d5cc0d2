"""An exercise notebook in this process: its set-up runs once, then answers are tried one by one."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config


def checks_of(notebook: NotebookNode, task: str) -> list[NotebookNode]:
    """The cells that check a task."""
    return [cell for cell in notebook.cells
            if cell.id.startswith(f"{task}_") and cell.metadata.nbgrader.grade]  # fmt: skip


class _Shell(InteractiveShell):
    """IPython that keeps the traceback that a notebook would show."""

    traceback: tuple[str, ...] = ()

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.traceback = (etype.__name__, *stb)


class ExerciseSession:
    """Runs the cells of a notebook as a kernel would, in an IPython with the extension for hints.

    Attributes:
        notebook: the exercises as written, with solutions and hidden tests.
        names: all that the set-up has defined, and what is being tried.
    """

    def __init__(self, notebook: NotebookNode) -> None:
        """Run the set-up: every cell that neither answers nor checks."""
        self.notebook = notebook
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        # The way through JAX is not looked at, and colouring it takes half of the time.
        config.InteractiveShell.xmode = "Plain"
        program = sys.modules["__main__"]
        self._shell = _Shell(config=config)
        sys.modules["__main__"] = program
        self.names = self._shell.user_ns
        for cell in notebook.cells:
            about = cell.metadata.get("nbgrader", {"grade": False, "solution": False})
            if cell.cell_type == "code" and not about["grade"] and not about["solution"]:
                shown = self._run(cell)
                assert not any(o.output_type == "error" for o in shown.outputs), shown.outputs

    @contextlib.contextmanager
    def after_the_setup(self) -> Iterator[dict[str, object]]:
        """Forget afterwards what was defined in between."""
        kept = dict(self.names)
        try:
            yield self.names
        finally:
            self.names.clear()
            self.names.update(kept)

    def try_answer(self, task: str, answer: str) -> list[NotebookNode]:
        """Answer a task; return the cells that check it, with what they show."""
        with self.after_the_setup():
            self._run(nbformat.v4.new_code_cell(answer))
            return [self._run(check) for check in checks_of(self.notebook, task)]

    def _run(self, cell: NotebookNode) -> NotebookNode:
        cell, out, err = nbformat.from_dict(cell), io.StringIO(), io.StringIO()
        self._shell.traceback = ()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            result = self._shell.run_cell(cell.source, silent=True).result
        make = nbformat.v4.new_output
        cell.outputs = [make("stream", name=name, text=stream.getvalue())
                        for name, stream in (("stdout", out), ("stderr", err))
                        if stream.getvalue()]  # fmt: skip
        if self._shell.traceback:
            name, *lines = self._shell.traceback
            cell.outputs += [make("error", ename=name, evalue="", traceback=lines)]
        elif result is not None:
            cell.outputs += [make("execute_result", data={"text/plain": repr(result)})]
        return cell
