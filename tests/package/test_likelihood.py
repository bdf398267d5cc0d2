"""Maximum likelihood for any log-density, against closed forms and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from jax.scipy.stats import expon, gamma, norm, poisson
from pytest import approx

from dl_workshop import optimize
from dl_workshop.likelihood import (
    NotAMaximumError,
    mle,
    negative_log_likelihood,
    standard_errors,
)


def normal_log_density(params, x):
    return norm.logpdf(x, params[0], jnp.exp(params[1]))


def gamma_log_density(params, x):
    log_k, log_theta = params
    return gamma.logpdf(x, jnp.exp(log_k), scale=jnp.exp(log_theta))


KEY = jax.random.key(7)
NORMAL = np.asarray(2.0 * jax.random.normal(KEY, (1000,)) - 3.0)
GAMMA = np.asarray(2.0 * jax.random.gamma(KEY, 2.0, (1000,)))


def test_normal():
    fit = mle(normal_log_density, NORMAL, jnp.zeros(2))
    mean, sd = np.mean(NORMAL), np.std(NORMAL)
    np.testing.assert_allclose(fit.estimate, [mean, np.log(sd)], atol=1e-4)
    np.testing.assert_allclose(fit.standard_errors, [sd / 1000**0.5, 1 / 2000**0.5], rtol=1e-3)
    assert fit.log_likelihood == approx(scipy.stats.norm.logpdf(NORMAL, mean, sd).sum(), rel=1e-5)
    assert fit.distance < 1e-3


def test_gamma_agrees_with_scipy():
    fit = mle(gamma_log_density, GAMMA, (0.0, 0.0))
    k, _, theta = scipy.stats.gamma.fit(np.asarray(GAMMA, dtype=float), floc=0)
    assert jnp.exp(fit.estimate[0]) == approx(k, abs=1e-2)
    assert jnp.exp(fit.estimate[1]) == approx(theta, abs=1e-2)


def test_exponential_and_poisson_have_the_rate_of_the_mean():
    waits = np.asarray(jax.random.exponential(KEY, (100,)) / 1.4)
    counts = np.asarray(jax.random.poisson(KEY, 3.0, (200,)))
    fit = mle(lambda log_rate, x: expon.logpdf(x, scale=jnp.exp(-log_rate)), waits, 0.0)
    assert jnp.exp(fit.estimate) == approx(1 / np.mean(waits), rel=1e-4)
    assert fit.standard_errors == approx(0.1, rel=1e-3)
    fit = mle(lambda log_rate, x: poisson.logpmf(x, jnp.exp(log_rate)), counts, 0.0)
    assert jnp.exp(fit.estimate) == approx(np.mean(counts), rel=1e-4)


def test_data_and_parameters_may_be_trees():
    x = jnp.linspace(-1.0, 1.0, 50)
    y = 3.0 * x + 2.0 + jax.random.normal(KEY, (50,))

    def log_density(params, data):
        return norm.logpdf(data["y"], params["slope"] * data["x"] + params["bias"], 1.0)

    fit = mle(log_density, {"x": x, "y": y}, {"slope": 0.0, "bias": 0.0})
    slope, bias = np.polyfit(x, y, 1)
    assert fit.estimate == {"slope": approx(slope, abs=1e-3), "bias": approx(bias, abs=1e-3)}
    assert fit.standard_errors["bias"] == approx(50**-0.5, rel=1e-4)


def test_many_samples_at_once():
    samples = NORMAL.reshape(10, 100)
    fits = jax.vmap(lambda x: mle(normal_log_density, x, jnp.zeros(2)))(samples)
    np.testing.assert_allclose(fits.estimate[:, 0], samples.mean(axis=1), atol=1e-3)
    np.testing.assert_allclose(
        fits.standard_errors[:, 0], samples.std(axis=1) / 100**0.5, rtol=1e-3
    )


def test_inside_a_transformation_the_distance_tells():
    one_step = jax.jit(lambda x: mle(normal_log_density, x, jnp.zeros(2), steps=1).distance)
    assert not one_step(NORMAL) < 0.1


def test_a_search_that_is_not_over_is_no_estimate():
    near = jnp.array([-3.2, 0.7])
    assert mle(normal_log_density, NORMAL, near, steps=4).distance < 0.1
    with pytest.raises(NotAMaximumError, match=r"still 0\.\d+ standard errors away. Allow more"):
        mle(normal_log_density, NORMAL, near, steps=1)


def test_parameters_that_the_data_do_not_determine():
    def log_density(params, x):
        return norm.logpdf(x, params[0] + params[1], 1.0)

    with pytest.raises(NotAMaximumError, match="fewer parameters"):
        mle(log_density, NORMAL, jnp.zeros(2))


def test_standard_errors_keep_the_form_and_see_correlation():
    precision = jnp.array([[2.0, 1.0], [1.0, 3.0]])

    def objective(p, scale):
        v = jnp.array([p["a"], p["b"]])
        return scale * v @ precision @ v / 2

    errors = standard_errors(objective, {"a": 0.0, "b": 0.0}, args=(4.0,))
    expected = np.sqrt(np.diag(np.linalg.inv(4 * precision)))
    assert [errors["a"], errors["b"]] == approx(list(expected), rel=1e-5)


def test_away_from_a_minimum_there_are_no_standard_errors():
    assert jnp.isnan(standard_errors(lambda p: -(p**2), 0.0))
    assert jnp.isnan(standard_errors(lambda p: p[0] ** 2, jnp.zeros(2))).all()


def test_the_same_log_density_compiles_once():
    objective = negative_log_likelihood(normal_log_density)
    assert objective is negative_log_likelihood(normal_log_density)
    mle(normal_log_density, NORMAL, jnp.zeros(2))
    compiled = optimize._newton._cache_size()
    mle(normal_log_density, NORMAL + 1.0, jnp.ones(2))
    assert optimize._newton._cache_size() == compiled


def test_bad_input_is_told_what_to_do():
    with pytest.raises(TypeError, match="log_density should be a function"):
        mle(NORMAL, normal_log_density, jnp.zeros(2))
    with pytest.raises(ValueError, match="Start where both are finite"):
        mle(gamma_log_density, NORMAL, (0.0, 0.0))
    with pytest.raises(TypeError, match=r"Write 0\.0"):
        mle(normal_log_density, NORMAL, 0)


@pytest.mark.parametrize("steps", [10, 30, 60])
def test_a_maximum_at_infinity_is_refused(steps):
    design = jnp.column_stack([jnp.ones(8), jnp.arange(8.0)])
    passed = jnp.arange(8) > 3

    def separable(coefficients, passed):
        return jax.nn.log_sigmoid(jnp.where(passed, 1, -1) * (design @ coefficients))

    with pytest.raises(NotAMaximumError, match="its best value may be infinite"):
        mle(separable, passed, jnp.zeros(2), steps=steps)


def test_what_is_traced_may_come_from_outside():
    def location(scale):
        return mle(lambda mean, x: norm.logpdf(x, mean, scale), NORMAL, 0.0).estimate

    np.testing.assert_allclose(
        jax.vmap(location)(jnp.array([1.0, 2.0])), [np.mean(NORMAL)] * 2, rtol=1e-4
    )
