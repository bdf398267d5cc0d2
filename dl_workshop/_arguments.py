"""Check the arguments that readers pass to a helper, and explain mistakes in their terms.

Under a transformation (`jit`, `vmap`, `grad`) values are not known yet, so only dtype and shape
are checked, not finiteness or sign.
"""

from __future__ import annotations

from numbers import Integral

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float


def is_known(value: object) -> bool:
    """Return whether `value` holds numbers, and is not a tracer."""
    return not isinstance(value, Tracer)


def as_floats(name: str, value: ArrayLike) -> Float[Array, "..."]:
    """Return `value` as an array of finite floats, or raise an error that names it.

    Raises:
        TypeError: `value` holds integers, or anything but numbers.
        ValueError: an entry is NaN or infinite.
    """
    try:
        # For a float, `asarray` would compile a program.
        with np.errstate(over="ignore"):
            array = jax.device_put(value) if isinstance(value, float) else jnp.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} should be a float or an array of them, not {value!r}.") from error
    if jnp.issubdtype(array.dtype, jnp.integer) or array.dtype == bool:
        example = f"{int(array)}.0" if is_known(array) and array.ndim == 0 else "1.0"
        raise TypeError(
            f"{name} holds {array.dtype} values, and JAX takes derivatives only with respect to"
            f" floats. Write {example} instead of {example[:-2]}, or convert with .astype(float)."
        )
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{name} should hold real floats, not {array.dtype}.")
    if is_known(array) and not np.isfinite(np.asarray(array)).all():
        raise ValueError(f"{name} should be finite in {array.dtype}, but {value} is not.")
    return array


def as_float_scalar(name: str, value: ArrayLike) -> Float[Array, ""]:
    """Return `value` as one finite float, or raise an error that names it.

    Raises:
        TypeError: as for `as_floats`.
        ValueError: as for `as_floats`, or `value` is not a single number.
    """
    array = as_floats(name, value)
    if array.shape != ():
        raise ValueError(
            f"{name} should be one number, but has shape {array.shape}."
            " To handle many at once, map the function with jax.vmap."
        )
    return array


def as_learning_rate(value: ArrayLike) -> Float[Array, ""]:
    """Return a step size above zero, or raise an error.

    Raises:
        TypeError: `value` is not a number.
        ValueError: `value` is not a single number, not finite, or not above zero.
    """
    array = as_float_scalar("learning_rate", jnp.float32(value) if _is_whole(value) else value)
    if is_known(array) and np.asarray(array) <= 0:
        raise ValueError(
            f"learning_rate should be above 0 in {array.dtype}, but {value} is not."
            " Descent already steps against the gradient, so do not flip the sign."
        )
    return array


def as_step_count(value: int) -> int:
    """Return a number of steps, at least one, or raise an error.

    Raises:
        TypeError: `value` is not an integer.
        ValueError: `value` is below one.
    """
    if not _is_whole(value):
        raise TypeError(f"steps should be a whole number such as 300, not {value!r}.")
    if value < 1:
        raise ValueError(f"steps should be at least 1, but is {value}.")
    return int(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
