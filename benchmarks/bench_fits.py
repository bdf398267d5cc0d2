"""The fits of the source documents: their loops against the same descent as one program.

Both start at the same place, take the same steps and have to end at the same place. Cold, all that
was compiled is forgotten first; warm, it is there.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import seeds
from jax import random

from dl_workshop.likelihood import negative_log_likelihood
from dl_workshop.optimize import gradient_descent


def exponential_log_density(rate, x):
    return jnp.log(rate) - rate * x


def gamma_log_density(params, x):
    k, theta = params
    return (k - 1) * jnp.log(x) - x / theta - jax.lax.lgamma(k) - k * jnp.log(theta)


def normal_log_density(params, x):
    mu, log_sigma = params
    return jax.scipy.stats.norm.logpdf(x, mu, jnp.exp(log_sigma))


def cross_entropy(params, predictors, targets):
    weights, bias = params
    z = predictors @ weights + bias
    return jnp.mean(jax.nn.softplus(z) - targets * z)


def exponential():
    data = jnp.array(np.random.default_rng(0).exponential(1 / 1.4, 100))
    loss = negative_log_likelihood(exponential_log_density)
    return (
        lambda: seeds.fit_exponential(0.65, data),
        lambda: gradient_descent(loss, 0.65, 0.01, 5000, args=(data,), keep_path=False).end,
    )


def gamma():
    data = jnp.array(np.random.default_rng(0).gamma(2.0, 2.0, 1000))
    loss = negative_log_likelihood(gamma_log_density)
    start = (0.80, 0.63)
    return (
        lambda: seeds.fit_gamma(*start, data),
        lambda: gradient_descent(loss, start, 0.001, 1000, args=(data,), keep_path=False).end,
    )


def normal():
    data = -3 + 2 * random.normal(random.key(44), (1000,))
    loss = negative_log_likelihood(normal_log_density)
    start = (-6.0, float(np.log(2)))
    return (
        lambda: seeds.fit_normal(*start, data),
        lambda: gradient_descent(loss, start, 0.0001, 300, args=(data,), keep_path=False).end,
    )


def logistic():
    rng = np.random.default_rng(42)
    predictors = rng.standard_normal((100_000, 2))
    chance = seeds.predict(np.array([1.5, -0.8]), 0.3, predictors)
    targets = rng.binomial(1, chance)
    weights = random.normal(random.key(0), (2,))
    data = jnp.array(predictors), jnp.array(targets, dtype=float)
    return (
        lambda: seeds.fit_logistic(weights, 0.0, predictors, targets),
        lambda: (
            gradient_descent(
                cross_entropy, (weights, 0.0), 0.1, 501, args=data, keep_path=False
            ).end
        ),
    )


FITS = {
    "exponential": (exponential, "5,000 steps on 100 numbers", 120, 15_000),
    "gamma": (gamma, "1,000 steps on 1,000 numbers", 35, 1000),
    "normal": (normal, "300 steps on 1,000 numbers", None, None),
    "logistic": (logistic, "501 compiled steps on 100,000 cases", None, None),
}


@pytest.mark.benchmark(group="fits")
@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
@pytest.mark.parametrize("name", FITS)
def bench_fit(race, name, cold):
    prepare, size, *targets = FITS[name]
    loop, compiled = prepare()
    race(
        compiled,
        {"the loop": loop},
        title=f"{name}, {size}, {'cold' if cold else 'warm'}",
        rounds=3,
        cold=cold,
        at_least=targets[0 if cold else 1],
    )
    jax.tree.map(
        lambda ours, theirs: np.testing.assert_allclose(ours, theirs, rtol=1e-4), compiled(), loop()
    )
