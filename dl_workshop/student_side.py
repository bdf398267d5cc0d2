"""Where the student's code runs: how a test transforms an answer that it can only call.

In JupyterLab, answers and tests run in one process. When answers are graded, the tests run in a
process of their own. There an answer can be called, with numbers, arrays and functions, but
JAX transformations of it, such as `grad` or `jit`, must run in the process that has the answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

Returned = TypeVar("Returned")


def on_student_side(function: Callable[..., Returned], *args: object) -> Returned:
    """Call a function where the student's code runs, and return what it returns.

    The student's code may have forged the result. So compare it with the expected value; and if it
    only reports on an answer, such as on its jaxpr, check the values of the same answer too.

    Args:
        function: what to call, often a lambda such as `lambda: grad(loss)(1.0)`. When graded, it
            is sent over with everything it refers to, so keep the expected answer out of it.
        args: its arguments.

    Returns:
        What the function returns. When graded, this must be numbers, strings, None or arrays, or
        tuples, lists and dictionaries of these.

    Raises:
        Exception: whatever the function raises.
    """
    ipython = sys.modules.get("IPython")
    # A grader that runs tests in a process of their own offers to carry calls to the other one.
    call_student = getattr(ipython and ipython.get_ipython(), "call_student", None)
    return call_student(function, *args) if call_student else function(*args)
