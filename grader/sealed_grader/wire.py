"""What crosses the border of the sandbox: frames on a socket, with plain data in them.

Plain data are None, truth values, numbers, strings, bytes, arrays of NumPy and JAX, and tuples,
lists, sets, iterators and dictionaries of these. Reading them runs no code, whoever wrote them,
unlike a pickle.
"""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import Any, cast

import msgpack
import numpy as np

from sealed_grader.errors import NotPlainError

TUPLE, SET, FROZEN_SET, INTEGER, COMPLEX, RANGE, SLICE = range(7)
NUMPY, NUMPY_SCALAR, JAX, JAX_KEY, HANDLE = range(10, 15)
ITERATOR, KEYS, VALUES, ITEMS = range(20, 24)
CONTAINERS = {
    TUPLE: tuple,
    SET: set,
    FROZEN_SET: frozenset,
    INTEGER: lambda digits: int(digits, 16),
    COMPLEX: lambda parts: complex(*parts),
    RANGE: lambda bounds: range(*bounds),
    SLICE: lambda bounds: slice(*bounds),
    ITERATOR: iter,
    KEYS: lambda keys: dict.fromkeys(keys).keys(),
    VALUES: lambda values: dict(enumerate(values)).values(),
    ITEMS: lambda pairs: dict(pairs).items(),
}
# Truth values, numbers, times and strings; neither objects nor records.
KINDS_OF_NUMBERS = "biufcMmSU"


# A frame holds few containers, whatever it holds: what is large in it are strings and bytes. So a
# frame of a million empty lists, which would take a hundred times its size here, is refused.
MOST_ITEMS = 20_000
MOST_YIELDED = 100_000
# How deep tuples may lie in tuples: reading each takes room on the stack of C.
MOST_DEEP = 50


class Handle:
    """Stands for an object that stays on the side of the student, such as a function.

    Attributes:
        number: which object.
        name: its name.
    """

    def __init__(self, number: int, name: str) -> None:
        """Keep the two."""
        self.number, self.name = number, name


def pack(value: object, keep: Callable[[object], Handle | None] = lambda _: None) -> bytes:
    """Write plain data as bytes.

    Args:
        value: the data.
        keep: returns a handle for an object that is to stay here, None for any other.

    Returns:
        MessagePack, with extensions for what it does not know.

    Raises:
        NotPlainError: something in it is not plain data.
    """

    def extend(code: int, content: object) -> msgpack.ExtType:
        return msgpack.ExtType(code, pack(content, keep))

    def convert(item: object) -> object:
        handle = keep(item)
        if handle is not None:
            return extend(HANDLE, [handle.number, handle.name])
        match item:
            case np.generic():
                return _numpy(NUMPY_SCALAR, item)
            case int():
                return int(item) if abs(item) < 1 << 63 else extend(INTEGER, hex(item))
            case float():
                return float(item)
            case complex():
                return extend(COMPLEX, [item.real, item.imag])
            case str():
                return str.__str__(item)
            case tuple():
                return extend(TUPLE, list(item))
            case list():
                return list(item)
            case dict():
                return dict(item)
            case frozenset():
                return extend(FROZEN_SET, list(item))
            case set():
                return extend(SET, list(item))
            case range():
                return extend(RANGE, [item.start, item.stop, item.step])
            case slice():
                return extend(SLICE, [item.start, item.stop, item.step])
            case np.ndarray():
                return _numpy(NUMPY, item)
            case Iterator():
                return extend(ITERATOR, _finite(item))
            case KeysView():
                return extend(KEYS, list(item))
            case ValuesView():
                return extend(VALUES, list(item))
            case ItemsView():
                return extend(ITEMS, list(item))
        return _jax(item)

    try:
        return cast(bytes, msgpack.packb(value, default=convert, strict_types=True))
    except (NotPlainError, MemoryError):
        raise
    except (RecursionError, ValueError, TypeError, OverflowError) as error:
        raise NotPlainError(f"It cannot be written as plain data: {error}") from None


def _finite(items: Iterator[object]) -> list[object]:
    """Return what a generator, a `map` or a `zip` yields; the other side gets an iterator."""
    taken = list(itertools.islice(items, MOST_YIELDED + 1))
    if len(taken) > MOST_YIELDED:
        raise NotPlainError(f"An iterator that yields more than {MOST_YIELDED} values is too long.")
    return taken


def _numpy(code: int, array: np.ndarray | np.generic) -> msgpack.ExtType:
    if array.dtype.kind not in KINDS_OF_NUMBERS or array.dtype.names:
        raise NotPlainError(f"An array of {array.dtype} is not plain data.")
    content = [array.dtype.str, list(array.shape), np.asarray(array, order="C").tobytes()]
    return msgpack.ExtType(code, msgpack.packb(content))


def _jax(item: Any) -> msgpack.ExtType:
    # Who has an array of JAX has imported JAX.
    jax = sys.modules.get("jax")
    if jax is None or not isinstance(item, jax.Array):
        raise NotPlainError(f"A value of type {type(item).__name__} is not plain data.")
    if isinstance(item, jax.core.Tracer):
        raise NotPlainError("A tracer holds no numbers. It got out of a function that was traced.")
    if jax.dtypes.issubdtype(item.dtype, jax.dtypes.prng_key):
        content = [str(jax.random.key_impl(item)), pack(np.asarray(jax.random.key_data(item)))]
        return msgpack.ExtType(JAX_KEY, msgpack.packb(content))
    array = np.asarray(item)
    content = [array.dtype.name, list(array.shape), array.tobytes()]
    return msgpack.ExtType(JAX, msgpack.packb(content))


def unpack(
    data: bytes, proxy: Callable[[Handle], object] = lambda handle: handle, *, depth: int = 0
) -> Any:
    """Read plain data.

    Args:
        data: bytes that `pack` wrote, or that claim to be such.
        proxy: returns the stand-in for an object that stayed on the other side.
        depth: in how many others these data lie.

    Returns:
        The data; arrays of JAX are arrays of JAX again.

    Raises:
        NotPlainError: these bytes are not plain data.
    """
    if depth > MOST_DEEP:
        raise NotPlainError("It is nested too deep.")

    def build(code: int, content: bytes) -> object:
        if code in (NUMPY, NUMPY_SCALAR, JAX, JAX_KEY):
            return _array(code, *msgpack.unpackb(content))
        inner = unpack(content, proxy, depth=depth + 1)
        if code == HANDLE:
            return proxy(Handle(*inner))
        return CONTAINERS[code](inner)

    try:
        return msgpack.unpackb(data, ext_hook=build, strict_map_key=False)
    except NotPlainError:
        raise
    except Exception as error:
        raise NotPlainError(f"This is not plain data: {error}") from None


def _array(code: int, *content: Any) -> object:
    if code == JAX_KEY:
        import jax

        implementation, data = content
        return jax.random.wrap_key_data(unpack(data), impl=implementation)
    name, shape, data = content
    if code == JAX:
        import jax
        import jax.numpy as jnp

        # The one who sends it may have chosen 64 bits, which JAX halves elsewhere.
        config: Any = jax.config
        with jax.enable_x64(jnp.dtype(name).itemsize == 8 or config.jax_enable_x64):
            return jax.device_put(np.frombuffer(data, jnp.dtype(name)).reshape(shape))
    dtype = np.dtype(name)
    if dtype.kind not in KINDS_OF_NUMBERS or dtype.names:
        raise NotPlainError(f"An array of {dtype} is not plain data.")
    array = np.frombuffer(data, dtype).reshape(shape)
    return array[()] if code == NUMPY_SCALAR else array.copy()


def send(connection: socket.socket, message: object, *, deadline: float | None = None) -> None:
    """Send a frame: its length in eight bytes, and MessagePack.

    Args:
        connection: the socket.
        message: what MessagePack knows.
        deadline: when to give up, by `time.monotonic`; None to wait.

    Raises:
        TimeoutError: the other side does not read.
        ConnectionError: it is gone, or the message is nested too deep.
    """
    try:
        data = cast(bytes, msgpack.packb(message, unicode_errors="replace"))
    except ValueError:
        raise ConnectionError("A message is nested too deep.") from None
    connection.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
    connection.sendall(len(data).to_bytes(8) + data)


def receive(
    connection: socket.socket, *, deadline: float | None = None, max_bytes: int = 1 << 40
) -> Any:
    """Receive a frame.

    Args:
        connection: the socket.
        deadline: when to give up, by `time.monotonic`; None to wait.
        max_bytes: how many bytes it may have.

    Returns:
        What was sent.

    Raises:
        TimeoutError: it did not come in time.
        ConnectionError: the other side is gone, or the frame is malformed.
    """

    def exactly(count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            connection.settimeout(left)
            part = connection.recv(min(count - len(received), 1 << 20))
            if not part:
                raise ConnectionError("The other side is gone.")
            received += part
        return bytes(received)

    length = int.from_bytes(exactly(8))
    if length > max_bytes:
        # How long is for the other side to choose, and would be shown.
        raise ConnectionError("A message is too long.")
    data = exactly(length)
    count = 0

    def counted(container: Any) -> Any:
        nonlocal count
        count += 1 + len(container)
        if count > MOST_ITEMS:
            raise ValueError
        return container

    try:
        return msgpack.unpackb(data, strict_map_key=False, list_hook=counted, object_hook=counted,
                               max_array_len=MOST_ITEMS, max_map_len=MOST_ITEMS)  # fmt: skip
    except Exception:
        raise ConnectionError("Malformed message.") from None
