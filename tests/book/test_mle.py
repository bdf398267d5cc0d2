"""The numbers of the chapter on maximum likelihood, as its cells computed them."""

import re

import numpy as np
import pytest
import scipy.special
import scipy.stats
from pytest import approx


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("mle")


@pytest.fixture(scope="module")
def variables(run):
    return run("mle")[0]


def data(variables, name):
    return np.asarray(variables[name], dtype=float)


def after(pattern, text):
    return float(re.search(pattern + r"\s*(-?[\d.e+-]+)", text)[1])


def test_likelihoods_of_three_rates(chapter, variables):
    waits = data(variables, "waits")[:20]
    line = 'print(f"rate {rate}: likelihood {likelihood_of(rate, waits[:20]):.1e}")'
    for rate in (0.4, 1.4, 4.0):
        shown = after(rf"rate {rate}: likelihood", chapter.text(line))
        assert shown == approx(np.prod(scipy.stats.expon.pdf(waits, scale=1 / rate)), rel=0.06)


def test_all_waits_underflow_for_two_of_the_three_rates(chapter, variables):
    text = chapter.text('print(f"rate {rate}: {likelihood_of(rate, waits):.1e}")')
    assert [after(rf"rate {rate}:", text) for rate in (0.4, 4.0)] == [0, 0]
    assert 0 < after(r"rate 1\.4:", text) < 1e-30
    tiny = variables["jnp"].float32(1e-20)
    assert tiny * tiny == 0
    assert tiny * variables["jnp"].float32(1e-17) > 0


def test_descent_finds_one_over_the_mean(chapter, variables):
    line = 'print(f"rate {rate}: −log-likelihood {exponential_loss(rate, waits):.1f}")'
    waits = data(variables, "waits")
    assert after(r"rate 4\.0: −log-likelihood", chapter.text(line)) == approx(
        -scipy.stats.expon.logpdf(waits, scale=1 / 4).sum(), abs=0.06
    )
    assert chapter.value("fit.end") == approx(1 / waits.mean(), abs=1e-4)
    assert chapter.value("fit.end") == approx(1.31, abs=0.005)
    assert chapter.value("1 / jnp.mean(waits)") == approx(chapter.value("fit.end"), abs=1e-6)
    assert len(waits) == 100


def test_a_plain_sigma_steps_below_zero_and_no_nan_shows(chapter):
    line = "sigma = sigma - 0.02 * grad(loss_of_sigma)(sigma, measurements)"
    text = chapter.text(line)
    sigmas = [float(s) for s in re.findall(r"sigma\s+(-?[\d.]+)", text)]
    assert sigmas[0] == 3.5
    assert sigmas[1] < 0
    assert sigmas[2] < -1000
    assert "nan" not in text


def test_normal_by_descent_is_within_two_standard_errors(chapter, variables):
    x = data(variables, "measurements")
    mean, sd = chapter.value("jnp.mean(measurements), jnp.std(measurements)")
    assert (mean, sd) == (approx(x.mean(), abs=1e-5), approx(x.std(), abs=1e-5))
    assert chapter.value("normal_loss(mu, log_sigma, measurements)") == approx(
        -scipy.stats.norm.logpdf(x, -6, 2).sum(), rel=1e-5
    )
    assert np.isfinite(chapter.value("slopes(mu, log_sigma)")).all()
    mu, sigma = chapter.value("mu, jnp.exp(log_sigma)")
    assert abs(mu + 3) < 2 * 2 / 1000**0.5
    assert abs(sigma - 2) < 2 * 2 / 2000**0.5
    assert mu == approx(mean, abs=0.0055)
    assert abs(mu - mean) > 0.004, "the text says that the mean is not quite there"
    assert sigma == approx(sd, abs=1e-4)


def test_newton_equals_mean_and_variance(chapter, variables):
    x = data(variables, "readings")
    truth = (approx(x.mean(), abs=1e-3), approx(x.var(), abs=1e-3))
    assert chapter.value("theta[0], jnp.exp(theta[1])") == truth
    assert chapter.value("jnp.mean(readings), jnp.var(readings)") == truth
    assert chapter.value("damped.end[0], jnp.exp(damped.end[1])") == truth
    mean, log_variance = variables["by_descent"].end
    assert (mean, np.exp(log_variance)) == truth
    assert len(variables["by_newton"].path) == 11


def test_newton_doubles_its_digits_and_descent_halves_its_distance(variables):
    distances = variables["distances"]
    newton = np.asarray(distances(variables["by_newton"].path))
    assert np.log10(newton[4]) / np.log10(newton[3]) > 1.8
    assert np.log10(newton[3]) / np.log10(newton[2]) > 1.8
    assert newton[5] < 1e-6
    descent = np.asarray(distances(variables["by_descent"].path))
    ratios = descent[2:16] / descent[1:15]
    assert ratios == approx(0.5, abs=0.06)
    assert descent[1] / descent[0] < 0.05, "a lucky first step"
    assert descent[17] < 1e-6 < descent[15]


def test_plain_newton_from_the_seeds_point_climbs_and_leaves(chapter, variables):
    lost = variables["lost"]
    assert lost.diverged_at == 4
    assert (np.diff(lost.values[:4]) > 0).all()
    line = 'print(f"mu {theta[0]:7.2f}, log variance {theta[1]:5.2f}: {value:.1f}")'
    assert after("mu", chapter.text(line)) == 3.0
    curvatures = chapter.value("jnp.linalg.eigvalsh(H)")
    assert curvatures[0] < 0 < curvatures[1]


def gamma_by_scipy(variables):
    k, _, theta = scipy.stats.gamma.fit(data(variables, "rain"), floc=0)
    return k, theta


def test_gamma_fits_agree_with_scipy(chapter, variables):
    k, theta = gamma_by_scipy(variables)
    text = chapter.text('print(f"k = {k:.3f}, theta = {theta:.3f}")')
    assert (after("k =", text), after("theta =", text)) == approx((k, theta), abs=1e-2)
    end = chapter.value("descend(safe_loss_of, (0.8, 0.6)).end")
    assert tuple(end) == approx((k, theta), abs=1e-2)
    assert tuple(variables["estimate"]) == approx((k, theta), abs=1e-3)
    text = chapter.text('print(f"rain: k {k:.3f}, theta {theta:.3f}")')
    assert (after("rain: k", text), after("theta", text)) == approx((k, theta), abs=1e-2)
    assert len(variables["rain"]) == 1000


def test_the_added_epsilon_ends_at_a_wrong_answer_in_silence(chapter, variables):
    k, theta = chapter.value("silent.end")
    assert k == approx(19.4, abs=0.1)
    floor, expected = chapter.value("silent.values[-1], 1000 * jnp.log(1e6)")
    assert floor == approx(expected, rel=1e-5)
    path = np.asarray(variables["silent"].path)
    assert abs(path[-1] - path[500]).max() < 0.2
    # The honest slope at k = 0.05: the digamma function is about -1/k.
    x = data(variables, "rain")
    slope = 1000 * (scipy.special.digamma(0.05) + np.log(0.9)) - np.log(x).sum()
    assert slope == approx(-20_000, rel=0.1)
    assert path[1, 0] - path[0, 0] == approx(20, rel=0.1)
    density = scipy.stats.gamma.pdf(x, k, scale=theta)
    assert (density < 1e-6).all()
    assert np.mean(density < 1e-10) > 0.6, "most of them far below"
    shown = variables["gamma_density"](k, theta, variables["rain"])
    assert np.mean(np.asarray(shown) == 0) == approx(1 / 50, abs=0.005)


def test_the_honest_logarithm_fails_in_the_open(chapter):
    assert "diverged at step 3" in chapter.text("print(error)")
    (k, _), loss = chapter.value("nonsense.end, nonsense.values[-1]")
    assert k < -1000
    assert loss < -1e7


def test_log_parameters_want_a_smaller_step(chapter, variables):
    line = 'print(f"learning rate {learning_rate:g}: k = {end[0]:.4g}, theta = {end[1]:.4g}")'
    large, small = chapter.text(line).splitlines()
    k, theta = gamma_by_scipy(variables)
    assert (after("k =", small), after("theta =", small)) == approx((k, theta), abs=1e-2)
    assert abs(after("k =", large) - k) > 1


def test_the_map_of_starts(chapter, variables):
    text = chapter.text('print(f"{name:24} right {right:3}, wrong {wrong:3}, failed {failed:3}")')
    safe, plain, logs, small = (
        [int(n) for n in re.findall(r"(?:right|wrong|failed) +(\d+)", line)]
        for line in text.splitlines()
    )
    assert all(sum(each) == 100 for each in (safe, plain, logs, small))
    assert safe[1] > 5, "some runs with the added epsilon end wrong in silence"
    assert plain[0] < safe[0], "logpdf at the same step is no more robust"
    assert plain[1] == 0, "but where it fails, it shows"
    assert logs[0] == 0
    k, theta = gamma_by_scipy(variables)
    curvature = np.linalg.eigvalsh(fisher_information(k, theta, 1000))[-1]
    assert curvature == approx(4100, abs=50)

    assert small == [100, 0, 0]


def test_one_mle_for_all(chapter, variables):
    text = chapter.text('print(f"rain: k {k:.3f}, theta {theta:.3f}")')
    assert after("waits: rate", text) == approx(1 / data(variables, "waits").mean(), abs=1e-3)
    x = data(variables, "measurements")
    assert after("mu", text) == approx(x.mean(), abs=1e-3)
    assert after("sigma", text) == approx(x.std(), abs=1e-3)


def fisher_information(k, theta, n):
    """Of the gamma distribution, in log k and log theta, on paper."""
    return n * np.array([[k**2 * scipy.special.polygamma(1, k), k], [k, k]])


def test_standard_errors_of_the_gamma_fit(chapter, variables):
    k, theta = gamma_by_scipy(variables)
    errors = np.sqrt(np.diag(np.linalg.inv(fisher_information(k, theta, 1000))))
    assert tuple(chapter.value("standard_errors")) == approx(tuple(errors), rel=5e-3)
    assert tuple(chapter.value("fit.standard_errors")) == approx(tuple(errors), rel=5e-3)
    text = chapter.text('print(f"theta {low[1]:.2f} to {high[1]:.2f}")')
    intervals = re.findall(r"([\d.]+) to ([\d.]+)", text)
    for (low, high), best, error in zip(intervals, (k, theta), errors, strict=True):
        assert float(low) == approx(best * np.exp(-1.96 * error), abs=0.011)
        assert float(high) == approx(best * np.exp(1.96 * error), abs=0.011)
        assert float(low) < 2 < float(high)


def test_coverage(chapter):
    text = chapter.text('print(f"n = {n:3}: {100 * share:.1f} % of the intervals catch the mean")')
    shown = {int(n): float(p) for n, p in re.findall(r"n = +(\d+): ([\d.]+) %", text)}
    for n, percent in shown.items():
        # On paper: the interval is 1.96 sqrt(n-1)/sqrt(n) · s/√n·√(n/(n-1)), s with n - 1.
        exact = 100 * (2 * scipy.stats.t.cdf(1.96 * ((n - 1) / n) ** 0.5, n - 1) - 1)
        assert percent == approx(exact, abs=1.2), n
    assert shown[5] == approx(100 * 6 / 7, abs=1.5), "about one in seven misses"
    assert min(shown[50], shown[200]) > 93.5
    assert list(shown) == [3, 5, 10, 20, 50, 200]


def test_practice_poisson(chapter):
    rate, mean = chapter.value("jnp.exp(log_rate), jnp.mean(counts)")
    assert rate == approx(mean, rel=1e-4)
    low, high = chapter.numbers('print(f"{low:.2f} to {high:.2f}")')
    assert low == approx(mean * np.exp(-1.96 / (200 * mean) ** 0.5), abs=0.006)
    assert high == approx(mean * np.exp(1.96 / (200 * mean) ** 0.5), abs=0.006)
    assert low < 1.4 < high


def test_practice_time_limit(chapter, variables):
    line = 'print(f"from whole waits {jnp.exp(mle(exponential, waits, 0.0)):.2f}")'
    naive, proper, whole = chapter.numbers(line)
    waits = data(variables, "waits")
    seen = np.minimum(waits, 1)
    assert naive == approx(1 / seen.mean(), abs=0.006)
    assert proper == approx(np.sum(waits < 1) / seen.sum(), abs=0.006)
    assert abs(proper - whole) < 0.1 < 0.4 < naive - whole


def test_practice_names_of_the_parameter(chapter, variables):
    rate = 1 / data(variables, "waits").mean()
    text = chapter.text('print(f"log:  {rate / factor:.3f} to {rate * factor:.3f}")')
    plain, log = re.findall(r"([\d.]+) to ([\d.]+)", text)
    assert tuple(map(float, plain)) == approx((rate * 0.804, rate * 1.196), abs=1e-3)
    factor = np.exp(0.196)
    assert tuple(map(float, log)) == approx((rate / factor, rate * factor), abs=1e-3)
