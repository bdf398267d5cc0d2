"""What crosses between the student's side and the examiner's: values, and names."""

from __future__ import annotations

import itertools
import subprocess
import sys

import jax
import numpy as np
import pytest
from nbformat.v4 import new_code_cell

from sealed_grader import wire
from sealed_grader.model import Limits, Step
from sealed_grader.outside.exam_run import ExamRun
from sealed_grader.outside.names import names_needed


def there_and_back(value: object) -> object:
    return wire.unpack(wire.pack(value))


def test_iterators_and_views_arrive_as_such():
    """An answer may be lazy: what it yields is the same."""
    assert list(there_and_back(x * x for x in range(4))) == [0, 1, 4, 9]
    assert list(there_and_back(zip([1, 2], "ab", strict=True))) == [(1, "a"), (2, "b")]
    table = {"a": 1, "b": (2,)}
    assert there_and_back(table.keys()) == table.keys()
    assert there_and_back(table.items()) == table.items()
    assert list(there_and_back(table.values())) == [1, (2,)]
    with pytest.raises(wire.NotPlainError, match="too long"):
        wire.pack(itertools.count())


def test_64_bits_stay_64_bits():
    """Whoever has chosen 64 bits is not graded by 32."""
    with jax.enable_x64(True):
        array = jax.numpy.asarray(np.array([0.1]))
    assert there_and_back(array).dtype == np.float64
    assert there_and_back(jax.numpy.ones(2)).dtype == np.float32


def test_deep_tuples_are_read_until_they_are_too_deep():
    """Each takes room on the stack, which data must not overflow."""

    def nested(depth):
        value = 1
        for _ in range(depth):
            value = (value,)
        return value

    assert there_and_back(nested(45)) == nested(45)
    with pytest.raises(wire.NotPlainError, match="too deep"):
        there_and_back(nested(200))


def cell(text: str, **about: object) -> dict:
    return new_code_cell(text, metadata={"nbgrader": about})


def test_names_of_the_source_are_not_taken_from_answers():
    """Neither a helper nor what a star brings can be replaced; what an answer takes over can."""
    cells = [
        cell("from math import *\nstart = 1\ndef helper(x): return x", locked=True),
        cell("def answer(x): return x\nstart = 2", solution=True),
        cell("assert isclose(answer(helper(start)), sqrt(4.0))", grade=True),
    ]
    for one in cells:
        one.metadata.nbgrader = {"grade": False, "solution": False, "locked": False} | one.metadata[
            "nbgrader"
        ]
    assert names_needed(cells) == [[], ["start"], ["answer", "start"]]


def test_before_something_is_shown_again_only_what_it_needs_runs():
    """Otherwise a wrong answer would cost the time of a second notebook."""
    steps = [
        Step(None, student_code="def f(x):\n    return x"),
        Step(
            None,
            test="f_hidden",
            has_hidden_tests=True,
            examiner_code="limit = 3\nassert f(4) > limit",
        ),
        Step(None, test="f_visible", examiner_code="limit = 2\nassert f(1) < limit"),
        Step(None, test="g_visible", examiner_code="assert f(2) == 2"),
        Step(None, test="h_visible", examiner_code="assert f(3) < limit"),
        Step(None, student_code="print(f(5))"),
    ]
    assert ExamRun(None, {}, steps, Limits())._needed_for([4]) == [0, 2, 4]
    assert ExamRun(None, {}, steps, Limits())._needed_for([5]) == [0, 5]


def test_forks_of_the_worker_need_not_warm_up_jax():
    """It patches what is not public in JAX, which a later version could rename in silence."""
    code = """
import sys
import jax
import jax.numpy as jnp
from sealed_grader.inside import worker

worker._warm_up_jax()
assert not jax._src.xla_bridge.backends_are_initialized()
before = set(sys.modules)
print(jnp.linalg.solve(jnp.array([[2.0]]), jnp.array([4.0])))
print(sorted(set(sys.modules) - before))
print(jax._src.xla_bridge.discover_pjrt_plugins.__module__)
print(jax._src.interpreters.mlir.make_ir_context.__module__)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["[2.]", "[]", *2 * ["sealed_grader.inside.worker"]]
