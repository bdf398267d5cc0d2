"""Gradient descent as one compiled call that keeps the path it took."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Int, PyTree

from dl_workshop._arguments import as_floats, as_learning_rate, as_step_count, is_known


class DivergedError(ArithmeticError):
    """A descent ran out of the range of floating-point numbers.

    Attributes:
        step: the first step whose result was NaN or infinite, counted from 1.
        advice: what to try instead.
    """

    def __init__(self, step: int, advice: str) -> None:
        super().__init__(step, advice)
        self.step = step
        self.advice = advice

    def __str__(self) -> str:
        return (
            f"The descent diverged at step {self.step}: it came to NaN or infinity. {self.advice}"
        )


class Descent(NamedTuple):
    """What a descent did.

    Attributes:
        end: the parameters after the last step; the last finite ones if the run diverged.
        path: the parameters at the start and after each step, with a leading axis of
            `steps + 1`; from `diverged_at` on it repeats `end`.
        values: the objective along `path`.
        diverged_at: the first step that led to NaN or infinity, counted from 1; 0 if the objective
            or its gradient was so at the start; -1 if all was finite.
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
    raise_on_divergence: bool = True,
) -> Descent:
    """Minimise `objective` by steps of `learning_rate` times its gradient.

    The whole run is one `lax.scan`, compiled once for each objective, shape and number of steps;
    another start, learning rate or `args` of the same kind compiles nothing. Define `objective`
    once and pass the same function again: a new lambda is a new function to compile. Pass data
    through `args`: what `objective` reads from outside itself is fixed when it is compiled, and a
    later change of it goes unnoticed.

    Args:
        objective: maps the parameters, and what `args` holds, to one real number.
        start: the parameters to start from: a float, an array, or a tuple, list or dictionary
            of these.
        learning_rate: the size of a step in units of parameter per unit of gradient; above zero.
        steps: how many steps to take; at least one.
        args: further arguments of `objective`, such as data; they are not changed.
        raise_on_divergence: raise `DivergedError` if the run diverges. Pass False to be told by
            `diverged_at` instead, as you must inside `jit` and `vmap`, where a value cannot
            raise; there the sign of a traced `learning_rate` is not checked either.

    Returns:
        The end point, the path to it and the objective along the path.

    Raises:
        DivergedError: a step led to NaN or infinity.
        TypeError: `start` holds integers, or `objective` is not a function.
        ValueError: `start`, `learning_rate` or `steps` is out of range, `objective` returns
            something other than one number, or it or its gradient is not finite at `start`.

    Source: A. Cauchy, Comptes rendus 25 (1847) 536-538.
    """
    if not callable(objective):
        raise TypeError(f"objective should be a function of the parameters, not {objective!r}.")
    if not jax.tree.leaves(start):
        raise ValueError("start holds no numbers. Give a float, an array, or a tuple of these.")
    # A Python float has a weak type, which a scan may not turn into a strong one: make it strong.
    start = jax.tree.map(lambda leaf: _strong(as_floats("start", leaf)), start)
    learning_rate = as_learning_rate(learning_rate)
    steps = as_step_count(steps)
    value = jax.eval_shape(objective, start, *args)
    if getattr(value, "shape", None) != ():
        raise ValueError(
            "objective should return one number, but returns"
            f" {getattr(value, 'shape', type(value).__name__)}. Sum or average it first."
        )

    descent = _descend(objective, start, learning_rate, steps, args)

    if raise_on_divergence:
        if not is_known(descent.diverged_at):
            raise ValueError(
                "Inside jit or vmap a diverging run cannot raise an error."
                " Pass raise_on_divergence=False and read diverged_at from the result."
            )
        if descent.diverged_at == 0:
            raise ValueError(
                f"At the start, objective is {descent.values[0]}, and it or its gradient is NaN or"
                " infinite. Start where both are finite."
            )
        if descent.diverged_at > 0:
            advice = (
                f"Try a learning rate below {learning_rate:g}, or a start closer to the minimum."
            )
            raise DivergedError(int(descent.diverged_at), advice)
    return descent


@partial(jax.jit, static_argnames=("objective", "steps"))
def _descend(
    objective: Callable[..., Float[Array, ""]],
    start: PyTree[Float[Array, "..."]],
    learning_rate: Float[Array, ""],
    steps: int,
    args: tuple[PyTree, ...],
) -> Descent:
    value_and_gradient = jax.value_and_grad(objective)

    def step(state, _):
        params, value, gradient, going = state
        proposal = jax.tree.map(
            lambda p, g: (p - learning_rate * g).astype(p.dtype), params, gradient
        )
        new = (proposal, *value_and_gradient(proposal, *args))
        # A run that left the numbers stays at its last finite point, so that no NaN gets out.
        going &= _all_finite(new[:2])
        params, value, gradient = jax.tree.map(
            lambda after, before: jnp.where(going, after, before), new, state[:3]
        )
        return (params, value, gradient, going), (params, value, going)

    value, gradient = value_and_gradient(start, *args)
    fit_to_start = _all_finite((start, value, gradient))
    initial = (start, value, gradient, fit_to_start)
    (end, *_), (params, values, going) = jax.lax.scan(step, initial, length=steps)
    # argmin finds the first False; the entry in front stands for the start itself.
    going = jnp.append(fit_to_start, going)
    return Descent(
        end=end,
        path=jax.tree.map(lambda s, p: jnp.concatenate([s[None], p]), start, params),
        values=jnp.append(value, values),
        diverged_at=jnp.where(going[-1], -1, jnp.argmin(going)),
    )


def _strong(array: Float[Array, "..."]) -> Float[Array, "..."]:
    return array.astype(array.dtype)


def _all_finite(tree: PyTree[Float[Array, "..."]]) -> Bool[Array, ""]:
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)]).all()
