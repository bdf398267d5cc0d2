"""Bootstrap fits of the gamma distribution: one mapped call against a loop of compiled fits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import random

from dl_workshop.optimize import gradient_descent, newton

START = jnp.log(jnp.array([2.0, 2.0]))


def mean_loss(log_params, log_mean, mean):
    """Return minus the mean log-density, which needs two means of the data and no more."""
    k, theta = jnp.exp(log_params)
    return jax.lax.lgamma(k) + k * log_params[1] + mean / theta - (k - 1) * log_mean


def loss(log_params, x):
    k, theta = jnp.exp(log_params)
    return -jnp.mean((k - 1) * jnp.log(x) - x / theta - jax.lax.lgamma(k) - k * log_params[1])


def by_newton(x):
    return newton(loss, START, 8, args=(x,), raise_on_divergence=False).end


def descend(objective, args, keep_path):
    return gradient_descent(
        objective, START, 0.3, 100, args=args, keep_path=keep_path, raise_on_divergence=False
    )


def by_descent(x):
    # The values along the path are returned as well, or XLA would leave them out.
    descent = descend(loss, (x,), keep_path=True)
    return descent.end, descent.values


def by_descent_to_the_end(x):
    return descend(loss, (x,), keep_path=False).end


def by_descent_on_means(x):
    return descend(mean_loss, (jnp.mean(jnp.log(x)), jnp.mean(x)), keep_path=False).end


@pytest.mark.benchmark(group="vmap")
@pytest.mark.parametrize(
    ("fit", "what", "fits", "size", "at_least"),
    [
        (by_newton, "Newton, 8 steps", 1000, 1000, None),
        (by_descent, "descent, with the loss at each step", 1000, 1000, None),
        (by_descent, "descent, with the loss at each step", 20, 100_000, None),
        (by_descent_to_the_end, "descent", 1000, 1000, None),
        (by_descent_on_means, "descent on two means", 1000, 1000, 5),
    ],
    ids=["newton", "descent", "descent-large", "descent-to-the-end", "descent-on-means"],
)
def bench_bootstrap(race, fit, what, fits, size, at_least):
    data = random.gamma(random.key(0), 2.0, (size,)) * 2.0
    samples = random.choice(random.key(1), data, (fits, size))
    one, many = jax.jit(fit), jax.jit(jax.vmap(fit))
    rows = list(samples)

    def loop():
        return jax.tree.map(lambda *fits: jnp.stack(fits), *[one(row) for row in rows])

    loop()
    race(
        lambda: many(samples),
        {"a loop of compiled fits": loop},
        title=f"{what}: {fits:,} samples of {size:,}",
        at_least=at_least,
    )
    jax.tree.map(
        lambda mapped, looped: np.testing.assert_allclose(mapped, looped, atol=1e-4),
        many(samples),
        loop(),
    )
