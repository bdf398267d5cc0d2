"""Maximum likelihood for any log-density, with standard errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float, PyTree

from dl_workshop._arguments import is_known
from dl_workshop.optimize import newton, raise_if_diverged

Params = PyTree[Float[Array, "..."]]
Data = PyTree[Array]


class NotAMaximumError(ArithmeticError):
    """The search did not end at a maximum of the likelihood."""


class Fit(NamedTuple):
    """A maximum-likelihood estimate.

    Attributes:
        estimate: the parameters where the search ended, in the form of the start.
        standard_errors: the standard error of each parameter, in the same form.
        log_likelihood: the log-likelihood of the estimate.
        distance: the distance from the maximum, in standard errors, as far as a parabola can
            tell: sqrt(gᵀH⁻¹g), with gradient g and Hessian H. NaN if there is none close by, and
            infinity if the parameters still run off although the likelihood hardly rises.
    """

    estimate: Params
    standard_errors: Params
    log_likelihood: Float[Array, ""]
    distance: Float[Array, ""]


def negative_log_likelihood(
    log_density: Callable[[Params, Data], Float[Array, "..."]],
) -> Callable[[Params, Data], Float[Array, ""]]:
    """Return the function to minimise for a maximum-likelihood fit.

    The same log-density gives the same function, so JAX can reuse the compiled program.

    Args:
        log_density: maps the parameters and the data to the log-density of each observation.

    Returns:
        A function that maps the parameters and the data to minus the sum of the log-densities.

    Raises:
        TypeError: `log_density` is not a function.
    """
    if not callable(log_density):
        raise TypeError(
            f"log_density should be a function of the parameters and the data, not {log_density!r}."
        )
    return _negated_sum(log_density)


@functools.lru_cache(maxsize=128)
def _negated_sum(
    log_density: Callable[[Params, Data], Float[Array, "..."]],
) -> Callable[[Params, Data], Float[Array, ""]]:
    def objective(params: Params, data: Data) -> Float[Array, ""]:
        return -jnp.sum(log_density(params, data))

    return objective


def standard_errors(
    objective: Callable[..., Float[Array, ""]],
    estimate: PyTree[ArrayLike],
    *,
    args: tuple[PyTree, ...] = (),
) -> Params:
    """Return the standard errors of a maximum-likelihood estimate.

    They are the square roots of the diagonal of H⁻¹, where H is the Hessian of the negative
    log-likelihood at its minimum: the sharper the minimum, the smaller the error.

    Args:
        objective: the negative log-likelihood, summed over the observations and not averaged;
            it maps the parameters, and what `args` holds, to one real number.
        estimate: the parameters that minimise it: a float, an array, or a tuple, list or
            dictionary of these.
        args: further arguments of `objective`, such as data.

    Returns:
        The standard errors, in the form of `estimate`; all NaN where H is not positive definite,
        since `estimate` is then not a minimum.

    Source: Y. Pawitan, In All Likelihood (2001), chapter 2.
    """
    return _at_minimum(objective, estimate, args)[0]


def mle(
    log_density: Callable[[Params, Data], Float[Array, "..."]],
    data: PyTree[ArrayLike],
    start: PyTree[ArrayLike],
    *,
    steps: int = 30,
) -> Fit:
    """Fit a model to data by maximum likelihood, with Newton's method and damping.

    Each parameter should be free to take any value: instead of a scale above zero, pass its
    logarithm. Inside `jit` and `vmap` no error can be raised; look at the `distance` of the result.

    Args:
        log_density: maps the parameters and the data to the log-density of each observation.
            Define it once and pass the same function again: a new one must be compiled again.
        data: the observations, in the form that `log_density` takes.
        start: the parameters to start from: a float, an array, or a tuple, list or dictionary
            of these.
        steps: how many Newton steps to take; at least one.

    Returns:
        The estimate, its standard errors, its log-likelihood and its distance from the maximum.

    Raises:
        NotAMaximumError: the search did not end at a maximum, or the parameters run off to
            infinity; the message says what to try.
        DivergedError: a step led to NaN or infinity.
        TypeError: `start` holds integers, `steps` is not an integer, or `log_density` is not a
            function.
        ValueError: `start` or `steps` is out of range, or the log-likelihood is not finite at
            `start`.

    Source: Y. Pawitan, In All Likelihood (2001), chapters 2 and 3; J. Nocedal and S. Wright,
    Numerical Optimization, 2nd ed. (2006), sections 3.1 and 3.4.
    """
    objective = negative_log_likelihood(log_density)
    data = jax.tree.map(jnp.asarray, data)
    search = newton(objective, start, steps, args=(data,), damped=True, raise_on_divergence=False)
    # A traced value may also come from outside the arguments; the result shows it.
    known = is_known(search.diverged_at)
    if known:
        raise_if_diverged(search, "Try a start closer to the maximum.")
    errors, log_likelihood, distance = _at_minimum(objective, search.end, (data,))
    # As a Python float, since each operation of JAX is a program to compile.
    if known and not (how_far := float(distance)) < 0.1:
        raise NotAMaximumError(
            f"The maximum is still {how_far:.2g} standard errors away."
            " Allow more steps, or start closer to it."
            if np.isfinite(how_far)
            else "The search ended where the likelihood has no maximum. Allow more steps, or start"
            " elsewhere. If that does not help, the data may not determine some parameter, or its"
            " best value may be infinite: then the model needs fewer parameters."
        )
    return Fit(search.end, errors, log_likelihood, distance)


# Compiled as a whole: derivatives of special functions are slow one operation at a time.
@functools.partial(jax.jit, static_argnames="objective")
def _at_minimum(
    objective: Callable[..., Float[Array, ""]], params: Params, args: tuple[PyTree, ...]
) -> tuple[Params, Float[Array, ""], Float[Array, ""]]:
    """Return the last three fields of `Fit`; errors are NaN unless H is positive definite."""
    flat, unravel = ravel_pytree(params)

    def of_flat(flat):
        return objective(unravel(flat), *args)

    # Of a matrix that is not positive definite, the Cholesky factor is NaN.
    factor = jnp.linalg.cholesky(jax.hessian(of_flat)(flat))
    inverse_factor = jax.scipy.linalg.solve_triangular(
        factor, jnp.eye(flat.size, dtype=flat.dtype), lower=True
    )
    errors = jnp.sqrt(jnp.sum(inverse_factor**2, axis=0))
    value, gradient = jax.value_and_grad(of_flat)(flat)
    slopes = inverse_factor @ gradient
    distance = jnp.linalg.norm(slopes)
    # Towards a maximum at infinity the distance goes to zero, since the errors grow faster than
    # the steps; but the steps do not get shorter.
    step = inverse_factor.T @ slopes
    runs_off = jnp.any(jnp.abs(step) > 1e-2 * (1 + jnp.abs(flat)))
    return unravel(errors), -value, jnp.where((distance < 0.1) & runs_off, jnp.inf, distance)
