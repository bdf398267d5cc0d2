"""Logistic regression by Newton's method against the solvers of scikit-learn and statsmodels."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from racing import timed
from sklearn.linear_model import LogisticRegression

BETA = (0.3, 1.5, -0.8)
STEPS = 5


def data(n: int, p: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Return predictors and outcomes, of which the first two predictors have an influence."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p), dtype=dtype)
    chance = 1 / (1 + np.exp(-(BETA[0] + X[:, :2] @ np.array(BETA[1:], dtype))))
    return X, (rng.random(n) < chance).astype(dtype)


@partial(jax.jit, static_argnames="steps")
def irls(columns, y, steps=STEPS):
    """Fit by the Newton steps of the chapter on logistic regression.

    The design matrix comes with its columns in rows, and for few columns the sums of products
    are written out, so that XLA makes them in one pass over the data.
    """
    p = len(columns)

    def step(_, beta):
        if p <= 8:
            chance = jax.nn.sigmoid(
                sum(b * column for b, column in zip(beta, columns, strict=True))
            )
            weighted = chance * (1 - chance) * columns
            hessian = jnp.zeros((p, p), beta.dtype)
            for i in range(p):
                for j in range(i + 1):
                    product = jnp.sum(weighted[i] * columns[j])
                    hessian = hessian.at[i, j].set(product).at[j, i].set(product)
            gradient = jnp.array([jnp.sum(column * (chance - y)) for column in columns])
        else:
            chance = jax.nn.sigmoid(beta @ columns)
            hessian = (chance * (1 - chance) * columns) @ columns.T
            gradient = columns @ (chance - y)
        return beta - jnp.linalg.solve(hessian, gradient)

    return jax.lax.fori_loop(0, steps, step, jnp.zeros(p, columns.dtype))


def with_ones(X):
    """Return the design matrix with its columns in rows, on JAX's device."""
    return jnp.asarray(np.vstack([np.ones(len(X), X.dtype), X.T]))


def by_sklearn(solver, X, y):
    model = LogisticRegression(C=np.inf, solver=solver).fit(X, y)
    return np.append(model.intercept_, model.coef_)


def by_statsmodels(X, y):
    return sm.Logit(y, sm.add_constant(X)).fit(disp=0).params


@pytest.mark.benchmark(group="logistic")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def bench_newton(race, dtype):
    X, y = data(100_000, 2, dtype)
    with jax.enable_x64(dtype is np.float64):
        columns, outcomes = with_ones(X), jnp.asarray(y)
        rivals = {f"scikit-learn, {solver}": partial(by_sklearn, solver, X, y)
                  for solver in ("lbfgs", "newton-cg", "newton-cholesky")}  # fmt: skip
        rivals["statsmodels"] = partial(by_statsmodels, X, y)
        for rival in rivals.values():
            rival()
        bits = np.dtype(dtype).itemsize * 8
        race(
            lambda: irls(columns, outcomes),
            rivals,
            title=f"logistic Newton, 100,000 cases, 2 predictors, {bits} bits",
            rounds=9,
            at_least=4 if dtype is np.float32 else 1,
        )
        for rival in rivals.values():
            np.testing.assert_allclose(irls(columns, outcomes), rival(), atol=1e-4)


SIZES = [(10**power, 2) for power in range(3, 8)] + [(100_000, p) for p in (5, 20, 50, 100, 200)]


@pytest.mark.benchmark(group="scaling")
@pytest.mark.parametrize(("n", "p"), SIZES)
def bench_scaling(race, benchmark, n, p):
    X, y = data(n, p, np.float32)
    columns, outcomes = with_ones(X), jnp.asarray(y)
    solver = "newton-cholesky"
    race(
        lambda: irls(columns, outcomes),
        {f"scikit-learn, {solver}": partial(by_sklearn, solver, X, y)},
        title=f"logistic Newton, {n:,} cases, {p} predictors",
        rounds=3,
    )
    # Each step has to read the data once, and cannot be faster than memory.
    floor = STEPS * (columns.nbytes + outcomes.nbytes) / bandwidth()
    benchmark.extra_info.update(n=n, p=p, floor=floor)


def bandwidth() -> float:
    """Return how many bytes per second this machine reads from memory, with all its processors."""
    numbers = jnp.ones(2**26)
    total = jax.jit(jnp.sum)
    total(numbers)
    return numbers.nbytes / min(timed(lambda: total(numbers)) for _ in range(5))
