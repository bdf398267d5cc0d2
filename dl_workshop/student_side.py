"""Where the student's code runs: how a test transforms an answer that it can only call.

In JupyterLab, answers and tests run in one process. When answers are graded, the tests run in a
process of their own. There an answer can be called, with numbers, arrays and functions, but what
JAX would do to it, such as `grad` or `jit`, has to be done in the process that has the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Returned = TypeVar("Returned")


def _call_here(function: Callable[..., Returned], *args: object) -> Returned:
    return function(*args)


# The grader's examiner puts here what sends the call to the student's process.
_caller: Callable = _call_here


def on_student_side(function: Callable[..., Returned], *args: object) -> Returned:
    """Call a function where the student's code runs, and return what it returns.

    What comes back may have been made up by the student's code. So compare it with what it should
    be; and if it only reports on an answer, such as on its jaxpr, check the values of the same
    answer too.

    Args:
        function: what to call, often a lambda such as `lambda: grad(loss)(1.0)`. When graded, it
            is sent over with what it refers to, so it should not refer to what is expected.
        args: its arguments.

    Returns:
        What the function returns. When graded, this must be numbers, strings, None or arrays, or
        tuples, lists and dictionaries of these.

    Raises:
        Exception: whatever the function raises.
    """
    return _caller(function, *args)
