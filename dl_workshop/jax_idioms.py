"""The goldfield, and the answers to three practice exercises of its chapter."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
from jaxtyping import Array, ArrayLike, Float

from dl_workshop._arguments import as_float_scalar
from dl_workshop.optimize import DivergedError

Slope = Callable[[ArrayLike], Float[Array, ""]]
Gradient = Callable[[ArrayLike, ArrayLike], tuple[Float[Array, ""], Float[Array, ""]]]

LEARNING_RATE = 0.01
STEPS = 300


def goldfield(x: Float[ArrayLike, "..."], y: Float[ArrayLike, "..."]) -> Float[ArrayLike, "..."]:
    """Return the height of the field at (x, y).

    The gold lies at the two lowest points, (1, 1) and (-1, -1), both at height 1. Between them,
    at (0, 0), is a saddle of height 2.

    Args:
        x: position along the first axis; a number or an array.
        y: position along the second axis; a number or an array that broadcasts with `x`.

    Returns:
        2x² - 4xy + y⁴ + 2, with the broadcast shape of `x` and `y`.
    """
    return 2 * x**2 - 4 * x * y + y**4 + 2


def grad_ex_1() -> Gradient:
    """Return the gradient of the goldfield with respect to x and y.

    Returns:
        A function of a position (x, y) that returns the two slopes (4x - 4y, -4x + 4y³).
        It raises TypeError for integers, and ValueError for arrays and for NaN or infinity.
    """
    gradient = jax.grad(goldfield, argnums=(0, 1))

    def dgoldfield(x: ArrayLike, y: ArrayLike) -> tuple[Float[Array, ""], Float[Array, ""]]:
        return gradient(as_float_scalar("x", x), as_float_scalar("y", y))

    return dgoldfield


def grad_ex_2(
    x: ArrayLike, y: ArrayLike, dgoldfield: Gradient
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Walk downhill from (x, y): 300 steps of 0.01 times the gradient.

    It is a plain Python loop for one robot. Inside `jit` and `vmap` use
    `dl_workshop.optimize.gradient_descent`.

    Args:
        x: where to start along the first axis.
        y: where to start along the second axis.
        dgoldfield: the gradient to follow, such as `grad_ex_1()`.

    Returns:
        Where the walk ends.

    Raises:
        DivergedError: a step led to NaN or infinity.
        TypeError: `x` or `y` is an integer, or `dgoldfield` does not return two slopes.
        ValueError: `x` or `y` is not one finite number.
    """
    x, y = as_float_scalar("x", x), as_float_scalar("y", y)
    for step in range(1, STEPS + 1):
        slopes = dgoldfield(x, y)
        if not isinstance(slopes, tuple) or len(slopes) != 2:
            raise TypeError(
                "dgoldfield should return two slopes, one for x and one for y."
                " Did you take the gradient with argnums=(0, 1)?"
            )
        dx, dy = slopes
        x, y = x - LEARNING_RATE * dx, y - LEARNING_RATE * dy
        if not (math.isfinite(x) and math.isfinite(y)):
            raise DivergedError(step, "Start closer to a minimum.")
    return x, y


def grad_ex_3(y: ArrayLike = 1.2) -> Slope:
    """Return the slope of the goldfield along x, for a robot that cannot change its y.

    Along x the field is a parabola with its lowest point at x = y, of height (y² - 1)² + 1.
    So with a learning rate below 0.5 the robot ends at x = y, and that is gold only for y = 1 and
    y = -1. With the default it ends at (1.2, 1.2), at height 1.1936: downhill from its start,
    but not at gold.

    Args:
        y: the y at which the robot is stuck.

    Returns:
        A function of x that returns 4x - 4y. It raises TypeError for integers, and ValueError
        for arrays and for NaN or infinity.

    Raises:
        TypeError: `y` is an integer.
        ValueError: `y` is not one finite number.
    """
    y = as_float_scalar("y", y)
    slope = jax.jit(jax.grad(goldfield, argnums=0))

    def dgoldfield_dx(x: ArrayLike) -> Float[Array, ""]:
        return slope(as_float_scalar("x", x), y)

    return dgoldfield_dx
