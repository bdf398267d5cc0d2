"""Checks that teach: what the visible tests of the exercises are made of.

Each check compares an answer with what it should be. If they differ it raises `CheckFailedError`,
which says what was expected, what the answer was, and the likely cause. A check knows the general
causes (a flipped sign, a sum for a mean, the wrong `argnums`, rounding); an exercise adds its own
as `mistakes`, pairs of a wrong answer and the advice on it, and as `advice` for all others.

When answers are graded, tests run in a process of their own, where they can call an answer but not
transform it. `check_vectorised`, `check_rolled` and `check_pure` look at an answer where it is. A
test that needs `grad`, `jit` or `vmap` of one writes, for example,
`checks.on_student_side(lambda: grad(loss)(1.0))`; see `dl_workshop.student_side`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from numbers import Number
from typing import NoReturn

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import Jaxpr, JaxprEqn, Literal
from jax.flatten_util import ravel_pytree
from jax.typing import DTypeLike
from jaxtyping import Array, ArrayLike, Float, PyTree

from dl_workshop.hints import advice_for
from dl_workshop.student_side import on_student_side

Mistakes = Iterable[tuple[PyTree, str]]


class CheckFailedError(AssertionError):
    """An answer is wrong; the message says what to think about next."""

    def __init__(self, problem: str, *facts: tuple[str, object], advice: str = "") -> None:
        """Put the message together.

        Args:
            problem: the mistake, as a sentence.
            facts: pairs such as ("expected", 3.0), each shown on a line.
            advice: a hint at the next step.
        """
        width = max((len(name) for name, _ in facts), default=0) + 1
        lines = [f"  {name + ':':{width}} {_written(value)}" for name, value in facts]
        if advice:
            lines += textwrap.wrap(advice, 88)
        super().__init__("\n".join([problem, *lines]))

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints: the message alone. A check's traceback does not help."""
        return [f"{type(self).__name__}: {self}"]


def check_close(
    what: str,
    got: PyTree,
    expected: PyTree,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    n: int | None = None,
    mistakes: Mistakes = (),
    advice: str = "",
) -> None:
    """Check the structure, the shape and, within a tolerance, the values of an answer.

    Args:
        what: the name of the answer, as a student would write it, such as `walk(slopes, 0.0, 0.0)`.
        got: the answer: a number, an array, or a tuple, list or dictionary of these.
        expected: the right answer.
        rtol: the tolerance, relative to the expected value.
        atol: the absolute tolerance.
        n: the number of observations, to recognise a sum where the mean was asked for.
        mistakes: pairs of a wrong answer and the advice on it.
        advice: advice on any other wrong answer.

    Raises:
        CheckFailedError: the answer is wrong.
    """

    def fail(problem: str, cause: str = "") -> NoReturn:
        facts = ("expected", expected), ("got", got)
        raise CheckFailedError(problem, *facts, advice=_joined(cause, advice))

    problem, cause = _problem_of(got)
    if problem:
        fail(f"{what} {problem}", cause)
    given, wanted = _flat(got), _flat(expected)

    def is_about(other: np.ndarray) -> bool:
        return other.shape == given.shape and np.allclose(given, other, rtol, atol)

    if _same_form(got, expected) and is_about(wanted):
        return
    problem = f"{what} does not have the expected value."
    for wrong, say in mistakes:
        if _same_form(got, wrong) and is_about(_flat(wrong)):
            raise CheckFailedError(problem, ("expected", expected), ("got", got), advice=say)
    _check_form(what, got, expected, fail)
    if not np.isfinite(given).all():
        fail(
            f"{what} contains NaN or infinity.",
            "Look for an exponential that overflows, a logarithm of zero, or zero divided by zero;"
            " or, in a descent, for steps that are too long.",
        )
    if is_about(-wanted):
        fail(problem, "The sign is the wrong way round.")
    if n is not None and (is_about(wanted * n) or is_about(wanted / n)):
        fail(
            problem,
            f"It is off by a factor of n = {n}: is it a sum for a mean, or a mean for a sum?",
        )
    if np.allclose(given, wanted, max(0.01, rtol), min(100 * atol, 0.01 * np.abs(wanted).max())):
        fail(
            problem,
            "It is close, but not close enough. If it comes from a descent, were there enough"
            " steps? Otherwise look for numbers that cancel: 32 bits hold about seven digits, and a"
            " difference of two large numbers loses most of them.",
        )
    fail(problem)


def check_shape(
    what: str,
    got: ArrayLike,
    shape: tuple[int, ...],
    *,
    dtype: DTypeLike | None = None,
    advice: str = "",
) -> None:
    """Check that an answer is an array of this shape.

    Args:
        what: the name of the answer, as a student would write it.
        got: the answer.
        shape: the expected shape.
        dtype: the expected type of its numbers, such as `jnp.floating`; None for any.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: the shape or the type is wrong.
    """
    _check_is_array(what, got, advice)
    if len({np.shape(leaf) for leaf in jax.tree.leaves(got)}) > 1:
        problem = f"{what} should be one array, but contains several."
        raise CheckFailedError(problem, ("got", got), advice=advice)
    array = np.asarray(got)
    if array.shape != shape:
        facts = ("expected", shape), ("got", array.shape)
        raise CheckFailedError(f"{what} has the wrong shape.", *facts, advice=advice)
    if dtype is not None and not jnp.issubdtype(array.dtype, dtype):
        facts = ("expected", getattr(dtype, "__name__", dtype)), ("got", array.dtype)
        cause = "Did it start from an integer such as 0, where a float such as 0.0 was needed?"
        raise CheckFailedError(
            f"{what} has numbers of the wrong type.", *facts, advice=_joined(cause, advice)
        )


def check_gradient(
    what: str,
    got: PyTree,
    function: Callable[..., float | Float[Array, ""]],
    *args: PyTree,
    argnums: int | tuple[int, ...] = 0,
    rtol: float = 1e-3,
    atol: float = 1e-4,
    advice: str = "",
) -> None:
    """Check a gradient against finite differences in 64 bits.

    Args:
        what: the name of the answer, as a student would write it.
        got: the gradient, or for several `argnums` the tuple of gradients.
        function: the function to differentiate; it returns one number. It is called with 64-bit
            numbers, so it should not be the student's.
        args: the point at which to differentiate.
        argnums: the arguments to differentiate with respect to.
        rtol: the tolerance, relative to the expected value.
        atol: the absolute tolerance.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: the gradient differs from the finite differences.
    """
    expected = _finite_differences(function, args, argnums)
    mistakes = []
    for other in range(len(args)):
        if isinstance(argnums, int) and other != argnums and _is_float(args[other]):
            say = (
                f"This is the derivative with respect to argument {other}, counted from 0."
                f" The task asks for argnums={argnums}."
            )
            mistakes.append((_finite_differences(function, args, other), say))
    check_close(what, got, expected, rtol=rtol, atol=atol, mistakes=mistakes, advice=advice)


def check_minimum(
    what: str,
    got: PyTree,
    loss: Callable[..., Float[Array, ""]],
    *args: PyTree,
    tolerance: float = 0.02,
    advice: str = "",
) -> None:
    """Check that an estimate lies at a minimum of a loss: that the score there is about zero.

    The distance is measured in the unit that the loss itself gives: sqrt(gᵀH⁻¹g), with the
    gradient g and the Hessian H. For a negative log-likelihood the unit is a standard error.

    Args:
        what: the name of the answer, as a student would write it.
        got: the estimate: a float, an array, or a tuple, list or dictionary of these.
        loss: the function to minimise; it maps the estimate and `args` to one number.
            JAX traces it, so it should not be the student's.
        args: further arguments of `loss`, such as data.
        tolerance: the largest distance from the minimum.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: the estimate is not at a minimum.
    """
    _check_is_array(what, got, advice)
    if not np.isfinite(_flat(got)).all():
        cause = "The descent diverged: try smaller steps or a better start."
        raise CheckFailedError(
            f"{what} contains NaN or infinity.", ("got", got), advice=_joined(cause, advice)
        )
    with jax.enable_x64(True):
        exact = jax.tree.map(lambda a: np.asarray(a, np.float64) if _is_float(a) else a, args)
        flat, unravel = ravel_pytree(jax.tree.map(lambda a: np.asarray(a, np.float64), got))

        def of_flat(flat: jax.Array) -> jax.Array:
            return loss(unravel(flat), *exact)

        gradient = np.asarray(jax.jit(jax.grad(of_flat))(flat))
        curvatures, directions = np.linalg.eigh(jax.jit(jax.hessian(of_flat))(flat))
    slopes = directions.T @ gradient
    facts = ("got", got), ("slope of the loss there", gradient)
    if (curvatures > 0).all() and np.linalg.norm(slopes / np.sqrt(curvatures)) < tolerance:
        return
    cause = (
        "Either the descent has not converged (try more steps, or longer ones), or it went to the"
        " minimum of a different loss."
    )
    if (curvatures < 0).all():
        cause = (
            "The loss curves downwards there, as at a maximum. Is the likelihood maximised and its"
            " negative minimised, or the other way round?"
        )
    raise CheckFailedError(
        f"{what} is not at a minimum of the loss.", *facts, advice=_joined(cause, advice)
    )


def check_vectorised(
    what: str,
    function: Callable[..., PyTree],
    arguments: Callable[[int], tuple[PyTree, ...]],
    *,
    sizes: tuple[int, int] = (8, 64),
    advice: str = "",
) -> None:
    """Check that a function treats all data at once: no loop over them, in Python or in JAX.

    It is traced for two amounts of data. A Python loop shows up as more equations for more data; a
    JAX loop as one whose length grows in proportion to the data. (A mere search for `scan`
    would reject `jnp.interp`, whose loop is as long as the logarithm of its table.)

    Args:
        what: the name of the function.
        function: the student's function.
        arguments: makes the arguments for a given number of data.
        sizes: two amounts of data, the second at least four times the first.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: there is a loop over the data, or the function cannot be traced.
    """
    small, large = _check_equal_counts(what, function, arguments, sizes, "data", advice)
    growth = np.sqrt(sizes[1] / sizes[0])
    for few, many in zip(small, large, strict=False):
        if many > growth * few > 0:
            raise CheckFailedError(
                f"{what} loops over the data, one at a time.",
                (f"rounds for {sizes[0]} data", few),
                (f"rounds for {sizes[1]} data", many),
                advice=_joined("vmap handles all of them in one operation.", advice),
            )


def check_rolled(
    what: str,
    function: Callable[..., PyTree],
    arguments: Callable[[int], tuple[PyTree, ...]],
    *,
    sizes: tuple[int, int] = (8, 64),
    advice: str = "",
) -> None:
    """Check that a loop is a single JAX loop, and not written out once for each round.

    Args:
        what: the name of the function.
        function: the student's function.
        arguments: makes the arguments for a given number of rounds.
        sizes: two numbers of rounds.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: there are more equations for more rounds, there is no loop, or the
            function cannot be traced.
    """
    _, large = _check_equal_counts(what, function, arguments, sizes, "rounds", advice)
    if not large:
        raise CheckFailedError(
            f"The jaxpr of {what} has no loop.",
            advice=_joined("lax.scan adds one.", advice),
        )


def check_pure(what: str, function: Callable[..., PyTree], *args: PyTree, advice: str = "") -> None:
    """Check that a function is deterministic, leaves its arguments alone and reuses no key.

    Args:
        what: the name of the function.
        function: the student's function.
        args: its arguments; NumPy arrays, to see whether it writes to them.
        advice: advice on a wrong answer.

    Raises:
        CheckFailedError: one of the three does not hold.
    """
    seen = on_student_side(_called_twice, function, *args)
    if "key reused" in seen:
        raise CheckFailedError(
            f"{what} uses a key twice, so numbers that should be independent are the same.",
            advice=_joined("Split the key, and use each new key once.", advice),
        )
    if "before" in seen:
        raise CheckFailedError(
            f"{what} has changed its argument.",
            ("before", seen["before"]),
            ("after", seen["after"]),
            advice=_joined("Do not write into an argument: make a new array.", advice),
        )
    first, second = seen["first"], seen["second"]
    if not np.array_equal(_flat(first), _flat(second), equal_nan=True):
        raise CheckFailedError(
            f"{what} returns different results for the same arguments.",
            ("first", first),
            ("second", second),
            advice=_joined("Does it draw random numbers without a key, or keep state?", advice),
        )


def _check_is_array(what: str, got: object, advice: str) -> None:
    """Reject anything that cannot be an answer at all."""
    problem, cause = _problem_of(got)
    if problem:
        raise CheckFailedError(f"{what} {problem}", ("got", got), advice=_joined(cause, advice))


def _problem_of(got: object) -> tuple[str, str]:
    """Return why an answer does not consist of numbers, and the likely cause."""
    leaves = jax.tree.leaves(got)
    if got is None:
        return "is None.", "Does the function end with a return?"
    if callable(got):
        return "is a function.", "Did you forget to call it?"
    if any(isinstance(leaf, Tracer) for leaf in leaves):
        cause = "It leaked out of a traced function. Return the values that you want to keep."
        return "is a tracer, which holds no numbers.", cause
    numbers = Number | np.ndarray | np.generic | jax.Array
    if not leaves or not all(isinstance(leaf, numbers) for leaf in leaves):
        return "does not consist of numbers.", ""
    return "", ""


def _check_form(
    what: str, got: PyTree, expected: PyTree, fail: Callable[[str, str], NoReturn]
) -> None:
    if _same_form(got, expected):
        return
    if jax.tree.structure(got) != jax.tree.structure(expected):
        if isinstance(expected, tuple) and not isinstance(got, tuple):
            first = np.asarray(expected[0])
            cause = ""
            if np.shape(got) == first.shape and np.allclose(got, first, 1e-3):
                cause = (
                    "This is only the first of them. grad differentiates with respect to the"
                    " first argument unless argnums says otherwise."
                )
            fail(f"{what} should be a tuple of {len(expected)}.", cause)
        fail(f"{what} has the wrong structure.", "")
    shapes = [tuple(map(np.shape, jax.tree.leaves(tree))) for tree in (expected, got)]
    expected_shape, shape = (s[0] if len(s) == 1 else s for s in shapes)
    fail(f"{what} should have the shape {expected_shape}, but has {shape}.", "")


def _same_form(one: PyTree, other: PyTree) -> bool:
    shapes = [list(map(np.shape, jax.tree.leaves(tree))) for tree in (one, other)]
    return jax.tree.structure(one) == jax.tree.structure(other) and shapes[0] == shapes[1]


def _flat(tree: PyTree) -> np.ndarray:
    leaves = jax.tree.leaves(tree)
    return np.concatenate([np.ravel(np.asarray(leaf, np.float64)) for leaf in leaves])


def _is_float(value: object) -> bool:
    leaves = jax.tree.leaves(value)
    return all(
        isinstance(leaf, float) or jnp.issubdtype(getattr(leaf, "dtype", int), jnp.floating)
        for leaf in leaves
    )


def _finite_differences(
    function: Callable[..., float | Float[Array, ""]],
    args: tuple[PyTree, ...],
    argnums: int | tuple[int, ...],
) -> PyTree:
    if isinstance(argnums, tuple):
        return tuple(_finite_differences(function, args, each) for each in argnums)
    with jax.enable_x64(True):
        exact = [jax.tree.map(lambda a: np.asarray(a, np.float64), a) if _is_float(a) else a
                 for a in args]  # fmt: skip
        flat, unravel = ravel_pytree(exact[argnums])

        def value(flat: np.ndarray) -> float:
            return float(
                function(*exact[:argnums], unravel(jnp.asarray(flat)), *exact[argnums + 1 :])
            )

        steps = 1e-5 * np.maximum(1.0, np.abs(flat))
        nudges = np.diag(steps)
        slopes = [(value(flat + e) - value(flat - e)) / 2 / step
                  for e, step in zip(nudges, steps, strict=True)]  # fmt: skip
        return jax.tree.map(np.asarray, unravel(jnp.asarray(slopes)))


def _check_equal_counts(
    what: str,
    function: Callable[..., PyTree],
    arguments: Callable[[int], tuple[PyTree, ...]],
    sizes: tuple[int, int],
    of: str,
    advice: str,
) -> tuple[list[int], list[int]]:
    """Return the lengths of the loops at both sizes; raise if the numbers of equations differ."""
    both = [arguments(size) for size in sizes]
    try:
        reports = on_student_side(_programs, function, both)
    except Exception as error:
        raise CheckFailedError(
            f"JAX cannot trace {what}: {type(error).__name__}.",
            advice=_joined(advice_for(error) or "", advice),
        ) from error
    (few, small), (many, large) = reports
    if few != many:
        raise CheckFailedError(
            f"{what} needs more operations for more {of}: there is a Python loop.",
            (f"operations for {sizes[0]}", few),
            (f"operations for {sizes[1]}", many),
            advice=advice,
        )
    return small, large


# These two run on the student's side, so they return plain data.


def _programs(
    function: Callable[..., PyTree], calls: list[tuple[PyTree, ...]]
) -> list[tuple[int, list[int]]]:
    """Return the number of equations and the lengths of the loops of each call's jaxpr."""
    jaxprs = [_traced(function, args) for args in calls]
    return [(sum(1 for _ in _equations(jaxpr)), list(_loop_bounds(jaxpr))) for jaxpr in jaxprs]


def _called_twice(function: Callable[..., PyTree], *args: PyTree) -> dict[str, PyTree]:
    """Return both results, or a note of a key used twice, or an array before and after the call."""
    before = [np.array(a) if isinstance(a, np.ndarray) else a for a in args]
    try:
        with jax.debug_key_reuse(True):
            first = function(*args)
    except jax.errors.KeyReuseError:
        return {"key reused": True}
    for argument, saved in zip(args, before, strict=True):
        if isinstance(argument, np.ndarray) and not np.array_equal(argument, saved, equal_nan=True):
            return {"before": saved, "after": argument}
    return {"first": first, "second": function(*args)}


def _traced(function: Callable[..., PyTree], args: tuple[PyTree, ...]) -> Jaxpr:
    """Return the jaxpr, with only arrays and floats traced."""
    is_array = [hasattr(a, "shape") or _is_float(a) for a in args]

    def of_arrays(*arrays: PyTree) -> PyTree:
        left = iter(arrays)
        return function(*(next(left) if i else a for i, a in zip(is_array, args, strict=True)))

    arrays = [a for i, a in zip(is_array, args, strict=True) if i]
    return jax.make_jaxpr(of_arrays)(*arrays).jaxpr


def _equations(jaxpr: Jaxpr) -> Iterator[JaxprEqn]:
    """Yield the equations of a jaxpr, and of all jaxprs in them."""
    for equation in jaxpr.eqns:
        yield equation
        for value in equation.params.values():
            for part in value if isinstance(value, tuple | list) else [value]:
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns"):
                    yield from _equations(inner)


def _loop_bounds(jaxpr: Jaxpr) -> Iterator[int]:
    """Yield the number of rounds of each loop; for a while loop, its largest integer constant."""
    for equation in _equations(jaxpr):
        if equation.primitive.name == "scan":
            yield equation.params["length"]
        elif equation.primitive.name == "while":
            condition = equation.params["cond_jaxpr"].jaxpr
            atoms = [*equation.invars, *(a for e in _equations(condition) for a in e.invars)]
            values = [np.asarray(a.val) for a in atoms if isinstance(a, Literal)]
            whole = [int(v) for v in values if v.ndim == 0 and np.issubdtype(v.dtype, np.integer)]
            yield max(whole, default=0)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _written(value: object) -> str:
    """Format a value briefly enough to be compared by eye."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_written, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, Tracer) or not isinstance(
        value, float | np.ndarray | np.floating | jax.Array
    ):
        return textwrap.shorten(repr(value), 200, placeholder=" …")
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array:.6g}" if np.issubdtype(array.dtype, np.floating) else str(array)
    return np.array2string(array, precision=6, threshold=8, edgeitems=3, separator=", ").replace(
        "\n", "\n" + 12 * " "
    )
