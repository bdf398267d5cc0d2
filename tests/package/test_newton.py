"""Newton's method: its steps, where it fails, and what damping mends."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from jax.scipy.stats import norm
from pytest import approx

from dl_workshop.jax_idioms import goldfield
from dl_workshop.optimize import DivergedError, newton

X = np.asarray(0.5 + jnp.sqrt(2.0) * jax.random.normal(jax.random.key(0), (100,)))


def normal(theta, x):
    """Seed 004's objective: minus the log-likelihood, in the mean and the log of the variance."""
    return -jnp.sum(norm.logpdf(x, theta[0], jnp.exp(theta[1] / 2)))


def height(position):
    return goldfield(position[0], position[1])


def test_it_takes_the_steps_of_the_textbook_loop():
    theta, path = jnp.zeros(2), []
    for _ in range(6):
        path.append(theta)
        theta = theta - jnp.linalg.solve(jax.hessian(normal)(theta, X), jax.grad(normal)(theta, X))
    descent = newton(normal, jnp.zeros(2), 6, args=(X,))
    np.testing.assert_allclose(descent.path, [*path, theta], rtol=1e-5)
    np.testing.assert_allclose(descent.values, [normal(p, X) for p in descent.path], rtol=1e-6)


@pytest.mark.parametrize("damped", [False, True])
def test_ten_steps_find_the_mean_and_variance_of_the_sample(damped):
    mean, log_variance = newton(normal, jnp.zeros(2), args=(X,), damped=damped).end
    assert mean == approx(np.mean(X), abs=1e-3)
    assert jnp.exp(log_variance) == approx(np.var(X), abs=1e-3)


def test_one_step_is_enough_for_a_parabola():
    curvature = jnp.array([[3.0, 1.0], [1.0, 2.0]])
    descent = newton(lambda p: p @ curvature @ p / 2 - p[0], jnp.array([5.0, -7.0]), 1)
    np.testing.assert_allclose(descent.end, np.linalg.solve(curvature, [1.0, 0.0]), atol=1e-5)


def test_it_fails_from_the_seeds_other_point_unless_damped():
    start = jnp.array([3.0, 2.0])
    with pytest.raises(DivergedError, match="damped=True"):
        newton(normal, start, args=(X,))
    plain = newton(normal, start, args=(X,), raise_on_divergence=False)
    assert (np.diff(plain.values)[: plain.diverged_at - 1] > 0).all(), "each step goes uphill"
    damped = newton(normal, start, args=(X,), damped=True)
    assert (np.diff(damped.values) <= 0).all()
    assert damped.end[0] == approx(np.mean(X), abs=1e-3)


def test_plain_newton_stays_on_a_saddle_and_damping_leaves_it_downhill():
    near = jnp.array([0.05, 0.1])
    np.testing.assert_allclose(newton(height, near).end, 0.0, atol=1e-6)
    np.testing.assert_allclose(newton(height, near, 20, damped=True).end, 1.0, atol=1e-4)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (4.0, -3.0), (0.0, 0.0)])
def test_damping_reaches_the_minimum_of_the_rosenbrock_valley(start):
    def valley(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    assert scipy.optimize.rosen_der([1.0, 1.0]) == approx(0)
    descent = newton(valley, jnp.array(start), 60, damped=True)
    np.testing.assert_allclose(descent.end, 1.0, atol=1e-3)
    assert (np.diff(descent.values) <= 0).all()


def test_parameters_keep_their_form():
    def objective(p):
        return jnp.sum((p["a"] - 2.0) ** 2) + (p["b"] + 1.0) ** 2

    descent = newton(objective, {"a": jnp.ones((2, 3)), "b": 0.0}, 3)
    np.testing.assert_allclose(descent.end["a"], np.full((2, 3), 2.0), rtol=1e-6)
    assert descent.end["b"] == approx(-1.0)
    assert descent.path["a"].shape == (4, 2, 3)
    assert descent.path["b"].shape == (4,)


def test_a_hessian_that_cannot_be_inverted_is_divergence():
    def flat_in_one_direction(p):
        return (p[0] - 1.0) ** 2

    with pytest.raises(DivergedError, match="step 1"):
        newton(flat_in_one_direction, jnp.zeros(2))
    assert newton(flat_in_one_direction, jnp.zeros(2), damped=True).end[0] == approx(1.0)


def test_damping_steps_back_from_where_the_objective_is_not_a_number():
    # From 3 the full step leads below zero, where the logarithm is NaN.
    descent = newton(lambda x: x - jnp.log(x), 3.0, damped=True)
    assert descent.end == approx(1.0, abs=1e-4)
    with pytest.raises(DivergedError):
        newton(lambda x: x - jnp.log(x), 3.0)


def test_many_starts_at_once():
    starts = jnp.array([[0.0, 0.0], [3.0, 2.0], [-1.0, 0.0]])

    def run(start, damped):
        return newton(normal, start, args=(X,), damped=damped, raise_on_divergence=False)

    ends = jax.vmap(lambda s: run(s, True))(starts).end
    np.testing.assert_allclose(ends[:, 0], np.mean(X), atol=1e-3)
    diverged = jax.vmap(lambda s: run(s, False))(starts).diverged_at
    assert diverged[0] == -1
    assert (diverged[1:] > 0).all()


def test_bad_input_is_told_what_to_do():
    with pytest.raises(ValueError, match="should return one number"):
        newton(lambda p: p, jnp.zeros(2))
    with pytest.raises(TypeError, match=r"Write 1\.0"):
        newton(height, jnp.array([1, 1]))
    with pytest.raises(ValueError, match="at least 1"):
        newton(height, jnp.zeros(2), 0)
    with pytest.raises(ValueError, match="Start where both are finite"):
        newton(jnp.log, -1.0)
    with pytest.raises(ValueError, match="raise_on_divergence=False"):
        jax.jit(lambda p: newton(height, p).end)(jnp.zeros(2))
