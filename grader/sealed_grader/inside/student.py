"""The student's side: runs cells, calls functions for the examiner, and returns plain data.

Nothing that this process says decides a mark: it can only return values, and the examiner compares
them. So it does not matter that the student's code could take it over.
"""

from __future__ import annotations

import io
import pickle
import socket
import traceback
from typing import Any

from sealed_grader import wire
from sealed_grader.errors import NotPlainError
from sealed_grader.inside.shell import Outputs, Shell, run_cell, silence
from sealed_grader.model import Limits


def serve(connection: socket.socket, shell: Shell, limits: Limits) -> None:
    """Answer one request after the other, until the connection ends.

    Args:
        connection: to the grader.
        shell: where the cells run.
        limits: what the submission may use.
    """
    shell.outputs = Outputs(limits.output_kb << 10)
    student = Student(shell, limits)
    requests = {"cell": student.cell, "test": student.test, "names": student.names,
                "call": student.call}  # fmt: skip
    while True:
        try:
            request, *arguments = wire.receive(connection)
        except ConnectionError:
            return
        wire.send(connection, requests[request](*arguments))


class Student:
    """The state of the student's process: its shell, and the objects that the examiner refers to.

    Attributes:
        shell: where the cells run.
        kept: objects that stay here, by the number of their handle.
    """

    def __init__(self, shell: Shell, limits: Limits) -> None:
        """Start with an empty session."""
        self.shell, self.max_bytes = shell, limits.answer_mb << 20
        self.kept: list[object] = []

    def cell(self, code: str) -> list[dict[str, Any]]:
        """Run a cell of the notebook, and return its outputs."""
        return run_cell(self.shell, code)[1]

    def test(self, code: str) -> list[list[Any]]:
        """Run a test cell here; return its result or error, and the classes of the error."""
        result, outputs = run_cell(self.shell, code)
        error = result.error_before_exec or result.error_in_exec
        classes = [kind.__name__ for kind in type(error).__mro__] if error else []
        return [[o for o in outputs if o["output_type"] in ("error", "execute_result")], classes]

    def names(self, names: list[str]) -> dict[str, bytes]:
        """Return the values of variables; of those only that are plain data or can be called."""
        found = {}
        for name in names:
            if name in self.shell.user_ns:
                try:
                    found[name] = self._packed(self.shell.user_ns[name])
                except (NotPlainError, MemoryError):
                    continue
        return found

    def call(self, payload: bytes) -> list[object]:
        """Call a function, and return its value, or the exception that it raised.

        Args:
            payload: the function, its arguments and keyword arguments, pickled by the examiner.

        Returns:
            "value" and plain data; "opaque" and why the value is not plain data; or
            "error" and the names of its classes, its message, and where it was raised.
        """
        try:
            with silence():
                function, arguments, keywords = _Unpickler(io.BytesIO(payload), self.kept).load()
                return ["value", self._packed(function(*arguments, **keywords))]
        except NotPlainError as error:
            return ["opaque", str(error)]
        except BaseException as error:
            kinds = [[str(kind.__module__)[:200], kind.__qualname__[:200]]
                     for kind in type(error).__mro__]  # fmt: skip
            return ["error", kinds, _message(error), _where(error)]

    def _packed(self, value: object) -> bytes:
        data = wire.pack(value, self._keep)
        if len(data) > self.max_bytes:
            raise NotPlainError(f"{len(data) >> 20} MiB is too much for an answer.")
        return data

    def _keep(self, item: object) -> wire.Handle | None:
        if not callable(item):
            return None
        self.kept.append(item)
        return wire.Handle(len(self.kept) - 1, getattr(item, "__name__", type(item).__name__))


class _Unpickler(pickle.Unpickler):
    """Reads what the examiner sends, where a number stands for an object that is here."""

    def __init__(self, file: io.BytesIO, kept: list[object]) -> None:
        super().__init__(file)
        self.kept = kept

    def persistent_load(self, number: int) -> object:
        return self.kept[number]


def _message(error: BaseException) -> str:
    try:
        return str(error)[:10_000]
    except BaseException:
        return ""


def _where(error: BaseException) -> list[str]:
    """Return the lines of the student's cells through which the error came."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"  in your code, line {frame.lineno}: {frame.line}" for frame in frames
            if "ipython-input" in frame.filename][-5:]  # fmt: skip
