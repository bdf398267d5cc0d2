"""The examiner's side: runs the test cells, with a proxy for whatever the student defined.

A call of a proxy goes to the student's process and brings back plain data. So the way through a
test is to return the right values for arguments that the student has not seen.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import socket
import sys
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import numpy as np

from sealed_grader import wire
from sealed_grader.errors import (
    CannotSendError,
    NoPlainValueError,
    NotPlainError,
    StudentLostError,
)
from sealed_grader.inside.shell import Outputs, Shell, run_cell
from sealed_grader.model import Limits

TRANSFORM = (
    "A test that differentiates, compiles or traces a student's function has to do so in the"
    " student's process, by `get_ipython().call_student(function)`."
)


# These end a loop or a test in silence, so that it would pass.
SILENT = (StopIteration, StopAsyncIteration, unittest.SkipTest)
MOST_SAID = 10_000


def serve(connection: socket.socket, shell: Shell, limits: Limits) -> None:
    """Run one cell after the other, until the connection ends.

    Args:
        connection: to the grader, which passes calls on to the student.
        shell: where the cells run.
        limits: what the submission may use.
    """
    shell.outputs = Outputs(limits.output_kb << 10)

    def ask(function: object, arguments: tuple, keywords: dict[str, object]) -> object:
        wire.send(connection, ["ask", _pickled((function, arguments, keywords))])
        kind, *reply = wire.receive(connection)
        if kind == "value":
            return wire.unpack(reply[0], stand_in)
        if kind == "opaque":
            name = getattr(function, "__name__", "A call")
            said = f"{name} did not return plain data. {reply[0]}"
            raise NoPlainValueError(said[:MOST_SAID])
        if kind == "error":
            raise rebuild_exception(*reply) from None
        raise StudentLostError(*reply)

    def stand_in(handle: wire.Handle) -> Proxy:
        return Proxy(handle, ask)

    # A course's helpers may ask whether the shell has one, to run a function over there.
    shell.call_student = lambda function, *arguments: ask(function, arguments, {})
    taken: set[str] = set()
    while True:
        try:
            code, names = wire.receive(connection)
        except ConnectionError:
            return
        for name, data in names.items():
            if name in shell.user_ns and name not in taken:
                # The source has defined it here.
                continue
            taken.add(name)
            try:
                shell.user_ns[name] = wire.unpack(data, stand_in)
            except NotPlainError:
                shell.user_ns.pop(name, None)
        result, outputs = run_cell(shell, code)
        error = result.error_before_exec or result.error_in_exec
        for output in outputs:
            value: Any = result.result
            if output["output_type"] == "execute_result" and _is_number(value):
                # The number of points, without the name of its type in NumPy or JAX.
                output["data"] = {"text/plain": repr(float(value))}
        wire.send(connection, ["done", outputs, describe_exception(error) if error else None])


class Proxy:
    """Stands for a function of the student: calling it calls that one, in its own process."""

    def __init__(self, handle: wire.Handle, ask: Callable[..., object]) -> None:
        """Keep the handle, and the way to call it."""
        self.last_number, self._ask = handle.number, ask
        self.__name__ = self.__qualname__ = str(handle.name)

    def __call__(self, *arguments: object, **keywords: object) -> object:
        """Call the student's function."""
        return self._ask(self, arguments, keywords)

    def __repr__(self) -> str:
        """Return what a student would recognise."""
        return f"<function {self.__name__}>"


class _Pickler(cloudpickle.Pickler):
    """Writes functions by value, proxies by their number, and keys of JAX by their data."""

    def persistent_id(self, item: object) -> int | None:
        return item.last_number if type(item) is Proxy else None

    def reducer_override(self, obj: Any) -> Any:
        jax = sys.modules.get("jax")
        if jax and isinstance(obj, jax.Array) and not isinstance(obj, jax.core.Tracer):
            return wire.unpack, (wire.pack(obj),)
        reference = _reference(obj) if callable(obj) else None
        return (_look_up, reference) if reference else super().reducer_override(obj)


def _reference(item: Any) -> tuple[str, str] | None:
    """Return module and name of an importable callable that is not a plain function."""
    if isinstance(item, type) or type(item).__name__ in ("function", "builtin_function_or_method"):
        return None
    module, name = str(getattr(item, "__module__", "")), str(getattr(item, "__qualname__", ""))
    if module == "__main__" or getattr(sys.modules.get(module), name, None) is not item:
        return None
    return module, name


def _look_up(module: str, name: str) -> object:
    return getattr(sys.modules[module], name)


def _pickled(message: object) -> bytes:
    buffer = io.BytesIO()
    try:
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(message)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise CannotSendError(f"{reason}\n{TRANSFORM}") from None
    return buffer.getvalue()


def _is_number(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    return kind in ("i", "u", "f") and np.ndim(value) == 0


def rebuild_exception(kinds: list[list[str]], message: str, where: list[str]) -> Exception:
    """Return an exception of the same class, or of the nearest that is known here.

    One that ends in silence what goes on here, such as a test that goes through its cases with
    `map`, becomes a RuntimeError, as in a generator.
    """
    for known in known_exception_types(kinds):
        # Few, such as a group of exceptions, cannot be made of a message alone.
        with contextlib.suppress(TypeError):
            return make_exception(known, message[:MOST_SAID], where)
    if kinds[0][1] != "RuntimeError":
        message = f"{kinds[0][1]}: {message}"
    return make_exception(RuntimeError, message[:MOST_SAID], where)


def known_exception_types(kinds: list[list[str]]) -> Iterator[type[Exception]]:
    for module, name in kinds:
        found = vars(sys.modules.get(str(module), object)).get(str(name))
        if isinstance(found, type) and issubclass(found, SILENT):
            return
        if isinstance(found, type) and issubclass(found, Exception):
            yield found


def make_exception(known: type[Exception], message: str, where: list[str]) -> Exception:
    contents = {
        "__module__": known.__module__,
        "__qualname__": known.__qualname__,
        "__init__": lambda self: Exception.__init__(self, message),
        "__str__": lambda _: str(message),
        "_render_traceback_": lambda self: [
            f"{known.__name__}: {message}", *map(str, where), *getattr(self, "__notes__", ())
        ],
        "from_student": True,
    }  # fmt: skip
    return type(known.__name__, (known,), contents)()


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Return what a verdict is made from."""
    return {
        "class": type(error).__name__,
        "classes": [kind.__name__ for kind in type(error).__mro__],
        "message": str(error)[:MOST_SAID],
        "from_student": getattr(error, "from_student", False),
    }
