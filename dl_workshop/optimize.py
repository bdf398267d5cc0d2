"""Gradient descent and Newton's method, each as one compiled call that keeps the path it took."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Bool, Float, Int, PyTree

from dl_workshop._arguments import as_floats, as_learning_rate, as_step_count, is_known


class DivergedError(ArithmeticError):
    """A descent left the range of floating-point numbers.

    Attributes:
        step: the first step whose result was NaN or infinite, counted from 1.
        advice: what to try instead.
    """

    def __init__(self, step: int, advice: str) -> None:
        super().__init__(step, advice)
        self.step = step
        self.advice = advice

    def __str__(self) -> str:
        return f"The descent diverged at step {self.step}: it gave NaN or infinity. {self.advice}"


class Descent(NamedTuple):
    """The result of a descent.

    Attributes:
        end: the parameters after the last step; the last finite ones if the run diverged.
        path: the parameters at the start and after each step, with a leading axis of
            `steps + 1`; from `diverged_at` on it repeats `end`. Where no path is kept, `end` alone,
            with a leading axis of 1.
        values: the objective along `path`.
        diverged_at: the first step that led to NaN or infinity, counted from 1; 0 if the objective
            or its gradient was not finite at the start; -1 if parameters and objective stayed so.
    """

    end: PyTree[Float[Array, "..."]]
    path: PyTree[Float[Array, "steps+1 ..."]]
    values: Float[Array, " steps+1"]
    diverged_at: Int[Array, ""]


def gradient_descent(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[ArrayLike],
    learning_rate: ArrayLike = 0.01,
    steps: int = 300,
    *,
    args: tuple[PyTree, ...] = (),
    keep_path: bool = True,
    raise_on_divergence: bool = True,
) -> Descent:
    """Minimise `objective` by steps of `learning_rate` times its gradient.

    The whole run is one `lax.scan`, compiled once for each objective, shape and number of steps;
    another start, learning rate or `args` of the same kind compiles nothing. Define `objective`
    once and pass the same function again: a new lambda is a new function to compile. Pass data
    through `args`: anything `objective` reads from outside itself is fixed when it is compiled, and
    a later change to it goes unnoticed.

    Args:
        objective: maps the parameters, and what `args` holds, to one real number.
        start: the parameters to start from: a float, an array, or a tuple, list or dictionary
            of these.
        learning_rate: the size of a step in units of parameter per unit of gradient; above zero.
        steps: how many steps to take; at least one.
        args: further arguments of `objective`, such as data; they are not changed.
        keep_path: keep the path to the end, and the objective along it. Without it the objective
            itself is computed at the end only, which is far faster; a point on the way where it
            alone is not finite goes unnoticed.
        raise_on_divergence: raise `DivergedError` if the run diverges. Pass False to be told by
            `diverged_at` instead, as you must inside `jit` and `vmap`, where a value cannot
            raise; there the sign of a traced `learning_rate` is not checked either.

    Returns:
        The end point, the path to it and the objective along the path.

    Raises:
        DivergedError: a step led to NaN or infinity.
        TypeError: `start` holds integers, `steps` is not an integer, `learning_rate` is not a
            number, or `objective` is not a function.
        ValueError: `start`, `learning_rate` or `steps` is out of range, `objective` returns
            something other than one number, it or its gradient is not finite at `start`, or
            `raise_on_divergence` was left on inside `jit` or `vmap`.

    Source: A. Cauchy, Comptes rendus 25 (1847) 536-538.
    """
    learning_rate = as_learning_rate(learning_rate)
    start, steps = _checked(objective, start, steps)
    descent = _descend(objective, start, learning_rate, steps, args, keep_path)
    if raise_on_divergence:
        advice = "Try a start closer to the minimum."
        if is_known(learning_rate):
            advice = (
                f"Try a learning rate below {learning_rate:g}, or a start closer to the minimum."
            )
        raise_if_diverged(descent, advice)
    return descent


def newton(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[ArrayLike],
    steps: int = 10,
    *,
    args: tuple[PyTree, ...] = (),
    damped: bool = False,
    raise_on_divergence: bool = True,
) -> Descent:
    """Find where the gradient of `objective` is zero by Newton's method.

    Each step solves H d = -g, with the gradient g and the Hessian H, and goes to the point d away.
    Near a minimum that roughly doubles the correct digits each time. Far from one, the plain method
    may go uphill, to a maximum or a saddle, or diverge. With `damped`, curvatures that are
    negative are taken by their size, so that d leads downhill, and d is halved until the objective
    decreases enough: every step goes down, and given enough steps the method usually ends at a
    minimum. From a start exactly on a saddle it does not move.

    It compiles like `gradient_descent`, and has the same rules for `objective` and `args`. With p
    numbers in `start`, a step builds a p × p Hessian.

    Args:
        objective: maps the parameters, and what `args` holds, to one real number.
        start: the parameters to start from: a float, an array, or a tuple, list or dictionary
            of these.
        steps: how many steps to take; at least one.
        args: further arguments of `objective`, such as data; they are not changed.
        damped: keep every step downhill.
        raise_on_divergence: raise `DivergedError` if the run diverges, as in `gradient_descent`.

    Returns:
        The end point, the path to it and the objective along the path.

    Raises:
        DivergedError: a step led to NaN or infinity; without `damped`, a Hessian that cannot be
            inverted does that.
        TypeError: `start` holds integers, `steps` is not an integer, or `objective` is not a
            function.
        ValueError: `start` or `steps` is out of range, `objective` returns something other than
            one number, it or its gradient is not finite at `start`, or `raise_on_divergence` was
            left on inside `jit` or `vmap`.

    Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd ed. (2006): plain, section 3.3;
    damped, sections 3.1 (sufficient decrease) and 3.4 (modified Hessian).
    """
    start, steps = _checked(objective, start, steps)
    descent = _newton(objective, start, steps, args, damped)
    if raise_on_divergence:
        cure = "a start closer to the minimum" if damped else "damped=True"
        raise_if_diverged(descent, f"Try {cure}.")
    return descent


def _checked(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[ArrayLike],
    steps: int,
) -> tuple[PyTree[Float[Array, "..."]], int]:
    if not callable(objective):
        raise TypeError(f"objective should be a function of the parameters, not {objective!r}.")
    if not jax.tree.leaves(start):
        raise ValueError("start holds no numbers. Give a float, an array, or a tuple of these.")
    # A Python float has a weak type, which a scan may not turn into a strong one: make it strong.
    start = jax.tree.map(lambda leaf: _strong(as_floats("start", leaf)), start)
    return start, as_step_count(steps)


def raise_if_diverged(descent: Descent, advice: str) -> None:
    """Raise an error if a run diverged.

    Args:
        descent: the result of the run.
        advice: what to try instead.

    Raises:
        DivergedError: a step led to NaN or infinity.
        ValueError: the start was not finite already, or `descent` is traced, so its values are
            unknown.
    """
    if not is_known(descent.diverged_at):
        raise ValueError(
            "Inside jit or vmap a diverging run cannot raise an error."
            " Pass raise_on_divergence=False and read diverged_at from the result."
        )
    diverged_at = int(descent.diverged_at)
    if diverged_at == 0:
        raise ValueError(
            f"At the start, objective is {np.asarray(descent.values)[0]}, and it or its gradient is"
            " NaN or infinite. Start where both are finite."
        )
    if diverged_at > 0:
        raise DivergedError(diverged_at, advice)


@partial(jax.jit, static_argnames=("objective", "steps", "keep_path"))
def _descend(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[Float[Array, "..."]],
    learning_rate: Float[Array, ""],
    steps: int,
    args: tuple[PyTree, ...],
    keep_path: bool,
) -> Descent:
    def propose(params, value, gradient):
        return jax.tree.map(lambda p, g: (p - learning_rate * g).astype(p.dtype), params, gradient)

    return _follow(
        propose, lambda params: objective(params, *args), start, steps, keep_path=keep_path
    )


@partial(jax.jit, static_argnames=("objective", "steps", "damped"))
def _newton(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[Float[Array, "..."]],
    steps: int,
    args: tuple[PyTree, ...],
    damped: bool,
) -> Descent:
    flat_start, unravel = ravel_pytree(start)

    def of_flat(flat):
        return objective(unravel(flat), *args)

    def full_step(flat, value, gradient):
        return flat - jnp.linalg.solve(jax.hessian(of_flat)(flat), gradient)

    def damped_step(flat, value, gradient):
        curvatures, directions = jnp.linalg.eigh(jax.hessian(of_flat)(flat))
        size = jnp.abs(curvatures)
        # A curvature of zero would ask for an infinite step.
        size = jnp.maximum(size, jnp.finfo(flat.dtype).eps * jnp.max(size))
        step = -directions @ ((directions.T @ gradient) / size)
        slope = gradient @ step

        def too_little(state):
            fraction, halvings = state
            proposal = flat + fraction * step
            enough = of_flat(proposal) <= value + 1e-4 * fraction * slope
            # Close to the minimum rounding hides the decrease, and the step dwindles to nothing.
            return ~enough & jnp.any(proposal != flat) & (halvings < 60)

        fraction, _ = jax.lax.while_loop(too_little, lambda s: (s[0] / 2, s[1] + 1), (1.0, 0))
        return flat + fraction * step

    step = damped_step if damped else full_step
    descent = _follow(step, of_flat, flat_start, steps)
    return descent._replace(end=unravel(descent.end), path=jax.vmap(unravel)(descent.path))


def _follow(
    propose: Callable[..., PyTree[Float[Array, "..."]]],
    objective: Callable[[PyTree[Float[Array, "..."]]], Float[Array, ""]],
    start: PyTree[Float[Array, "..."]],
    steps: int,
    *,
    keep_path: bool = True,
) -> Descent:
    """Repeat `params = propose(params, value, gradient)`, stopping where it diverges."""

    def one_number(params):
        value = objective(params)
        if getattr(value, "shape", None) != ():
            raise ValueError(
                "objective should return one number, but returns"
                f" {getattr(value, 'shape', type(value).__name__)}. Sum or average it first."
            )
        return value

    value_and_gradient = jax.value_and_grad(one_number)

    # The start is looked at in the loop, like all other points: to compile that twice would double
    # the wait for the first run. (So the proposal after the last point is not used.)
    def look(state, _):
        point, end, value, looked_at, going = state
        new_value, gradient = value_and_gradient(point)
        at_start = looked_at == 0
        # XLA does not compute unused values: so without a path, no value of the objective.
        seen = (point, new_value) if keep_path else point
        going &= _all_finite(seen) & (_all_finite(gradient) | ~at_start)
        # A diverged run stays at its last finite point, so that no NaN gets out.
        end = jax.tree.map(partial(jax.lax.select, going), point, end)
        if keep_path:
            value = jax.lax.select(going | at_start, new_value, value)
        state = propose(point, new_value, gradient), end, value, looked_at + going, going
        return state, (end, value) if keep_path else None

    value = jax.eval_shape(one_number, start)
    state = (start, start, jnp.zeros(value.shape, value.dtype), 0, True)
    (_, end, _, looked_at, going), kept = jax.lax.scan(look, state, length=steps + 1)
    diverged_at = jnp.where(going, -1, looked_at)
    if kept is None:
        kept = jax.tree.map(lambda leaf: leaf[None], (end, objective(end)))
        diverged_at = jnp.where(going & ~jnp.isfinite(kept[1][0]), steps, diverged_at)
    path, values = kept
    return Descent(end, path, values, diverged_at)


def _strong(array: Float[Array, "..."]) -> Float[Array, "..."]:
    # In NumPy where possible, since each operation of JAX is a program to compile.
    return jax.device_put(np.asarray(array)) if is_known(array) else array.astype(array.dtype)


def _all_finite(tree: PyTree[Float[Array, "..."]]) -> Bool[Array, ""]:
    return reduce(jnp.logical_and, (jax.lax.is_finite(x).all() for x in jax.tree.leaves(tree)))
