"""The numbers of the chapter on linear regression, as its cells computed them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from pytest import approx
from scipy import optimize, stats

METHODS = ("by_inverse", "by_solve", "by_qr", "by_lstsq")


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("ols")


@pytest.fixture(scope="module")
def variables(run):
    return run("ols")[0]


@pytest.fixture(scope="module")
def data(variables):
    """The design matrix and the readings of the first meter, with 64 bits."""
    return np.float64(variables["X"]), np.float64(variables["y"])


def lstsq(design, y):
    return np.linalg.lstsq(np.float64(design), np.float64(y), rcond=0)[0]


def rows(text):
    """The lines of a printed table, by the name in front, with their last number."""
    return {line.split()[0]: float(line.split()[-1]) for line in text.strip().splitlines()}


def test_the_same_key_gives_the_same_numbers(chapter):
    assert chapter.value("random.normal(key, (3,))").shape == (3,)
    line = "random.normal(key, (3,)) == random.normal(random.key(0), (3,))"
    assert chapter.text(line) == "Array([ True,  True,  True], dtype=bool)"


def test_one_key_twice_makes_the_noise_a_function_of_the_dial(chapter, variables):
    assert chapter.value("jnp.corrcoef(same_x, same_noise)[0, 1]") == approx(0.98, abs=0.005)
    x, noise = (np.float64(variables[name]) for name in ("same_x", "same_noise"))
    np.testing.assert_allclose(noise, stats.norm.ppf((x + 1) / 2), atol=1e-4)
    fit = sm.OLS(2 + 3 * x + noise, sm.add_constant(x)).fit()
    assert fit.params[1] == approx(4.7, abs=0.05)
    assert fit.bse[1] < 0.05
    own_keys = np.corrcoef(variables["x"], variables["noise"])[0, 1]
    assert abs(own_keys) < 0.2
    line = "print(str(error).splitlines()[0])"
    assert "Previously-consumed key" in chapter.text(line)


def test_arrays_do_not_change(chapter, variables):
    assert "JAX arrays are immutable" in chapter.text('print(str(error).partition(". ")[0])')
    np.testing.assert_array_equal(chapter.value("X[0]"), [1.0, 1.0])
    design, x = variables["X"], variables["x"]
    np.testing.assert_allclose(chapter.value("X[:3]"), design[:3], rtol=1e-6)
    np.testing.assert_array_equal(design, np.column_stack([np.ones(100), x]))
    assert np.abs(x).max() <= 1


def test_an_index_too_far_is_silent(chapter):
    last, unchanged = chapter.value("settings[7], settings.at[7].set(99.0)")
    assert last == 30.0
    np.testing.assert_array_equal(unchanged, [10.0, 20.0, 30.0])
    assert np.isnan(chapter.value('settings.at[7].get(mode="fill", fill_value=jnp.nan)'))


def test_sums_of_squares(chapter, data):
    design, y = data
    of_guess, of_truth = (np.sum((y - design @ b) ** 2) for b in ([1, 1], [2, 3]))
    numbers = chapter.numbers('print(f"truth {sum_of_squares(true_beta, X, y):.1f}")')
    assert numbers == [approx(of_guess, abs=0.06), approx(of_truth, abs=0.06)]
    fit, truth = chapter.numbers('print(f"truth {sum_of_squares(true_beta, X, y):.2f}")')
    assert fit == approx(np.sum((y - design @ lstsq(design, y)) ** 2), abs=0.01)
    assert fit < truth == approx(of_truth, abs=0.01)
    assert [fit, truth] == approx([98.90, 100.68], abs=0.005)


def test_the_gradient_by_hand_is_that_of_grad(chapter):
    by_hand, by_grad = chapter.value("by_hand, grad(sum_of_squares)(guess, X, y)")
    np.testing.assert_allclose(by_hand, by_grad, rtol=1e-5)


def test_least_squares_is_the_most_likely_line(data):
    design, y = data

    def loss(params):
        return -np.sum(stats.norm.logpdf(y, design @ params[:2], np.exp(params[2])))

    best = optimize.minimize(loss, np.zeros(3), tol=1e-10).x
    np.testing.assert_allclose(best[:2], lstsq(design, y), atol=1e-4)


def test_closed_form_equals_lstsq_of_numpy(chapter, data):
    beta = chapter.value("beta")
    of_numpy = chapter.numbers("np.linalg.lstsq(X, y)[0]")[:2]
    np.testing.assert_allclose(beta, of_numpy, rtol=1e-5)
    np.testing.assert_allclose(beta, lstsq(*data), rtol=1e-5)
    np.testing.assert_allclose(beta, [2.00, 2.77], atol=0.005)


def test_forming_the_product_loses_the_digits(chapter, variables):
    text = chapter.text('print(f"{method.__name__:12} error {error:.1e}")')
    condition, *table = text.strip().splitlines()
    powers = np.vander(np.float64(variables["bend_x"]), 6, increasing=True)
    assert float(condition.split()[-1]) == approx(np.linalg.cond(powers), rel=1e-2)
    errors = rows("\n".join(table))
    assert tuple(errors) == METHODS
    assert all(errors[name] > 0.03 for name in ("by_inverse", "by_solve"))
    assert all(errors[name] < 1e-4 for name in ("by_qr", "by_lstsq"))


def test_errors_follow_the_condition_number(variables):
    kappa = np.array(variables["conditions"])
    inverse, qr, svd = (
        np.array([float(e) for e in variables["errors"][variables[name]]])
        for name in ("by_inverse", "by_qr", "by_lstsq")
    )
    rounding = 2.0**-24
    assert (qr < kappa * rounding).all()
    assert (inverse[:4] < kappa[:4] ** 2 * rounding).all()
    assert (inverse[1:4] > kappa[1:4] * rounding).all()
    # How large depends on the version of JAX; not finite counts as large.
    assert not (inverse[4:] < 0.25).any()
    assert (svd[:5] < kappa[:5] * rounding).all()
    assert qr[4] < 1e-3
    assert svd[5] == approx(1, abs=0.1)
    degree_7 = variables["polynomial_matrix"](variables["bend_x"], 7)
    assert jnp.linalg.lstsq(degree_7, variables["bend_y"])[2] == 7 == degree_7.shape[1] - 1


def test_counting_years_from_zero(chapter, variables):
    line = 'print(f"{method.__name__:12} slope {slope:.5f}")'
    first = rows(chapter.text(line))
    second = rows(chapter.text(line.replace(" slope", " centred, slope")))
    years, temperature = np.float64(variables["years"]), np.float64(variables["temperature"])
    exact = lstsq(years, temperature)[1]
    assert first["by_qr"] == approx(exact, abs=1.5e-5)
    assert first["by_lstsq"] == approx(0.00718, abs=1e-5)
    assert first["by_lstsq"] < exact / 3
    # How far off is a matter of rounding, and so of the machine: ask with the rows in other orders.
    orders = [np.random.default_rng(seed).permutation(len(years)) for seed in range(20)]
    for name in ("by_inverse", "by_solve"):
        slopes = [
            variables[name](variables["years"][order], variables["temperature"][order])[1]
            for order in orders
        ]
        errors = np.abs(np.append(slopes, first[name]) / exact - 1)
        assert 0.01 < errors.max() < 0.1
    assert second == {name: approx(exact, abs=1e-5) for name in METHODS}
    rank, values = chapter.value("int(rank), singular_values")
    assert rank == 1
    assert np.linalg.cond(years) == approx(450_000, rel=0.01)
    cutoff = np.finfo(np.float32).eps * 372
    assert cutoff == approx(0.00004, abs=5e-6)
    assert values[1] / values[0] < cutoff
    # "Practically no bias": the line goes through the origin.
    assert jnp.linalg.lstsq(variables["years"], variables["temperature"])[0][0] == approx(
        0, abs=1e-4
    )
    assert np.linalg.matrix_rank(years) == 2


def test_learning_rate_limit(chapter, data):
    below, above = (
        line.split()[-1]
        for line in chapter.text(
            'print(f"{factor} times the limit: loss {walk.values[-1]:.3g}")'
        ).splitlines()
    )
    design, y = data
    least = np.mean((y - design @ lstsq(design, y)) ** 2) / 2
    assert float(below) == approx(least, abs=1e-3) == approx(0.494, abs=1e-3)
    assert float(above) > 1e20


def test_the_condition_number_sets_the_pace(chapter, variables):
    line = 'print(f"{name:24} condition {greatest / least:8.3g}  {steps}")'
    lines = chapter.text(line).strip().splitlines()
    assert [line.endswith("not there") for line in lines] == [True, False, False, False]
    kappa = [float(line.partition("condition")[2].split()[0]) for line in lines]
    assert kappa[0] == approx(2e11, rel=0.02)
    steps = [int(line.split()[-2]) for line in lines[1:]]
    assert steps == [approx(11303, rel=0.02), approx(167, abs=2), approx(4, abs=1)]
    temperature = np.float64(variables["temperature"])
    for unit, condition, count in zip(
        list(variables["units"].values())[1:3], kappa[1:3], steps[:2], strict=True
    ):
        design = variables["design_matrix"](unit)
        assert np.linalg.cond(np.float64(design).T @ np.float64(design)) == approx(
            condition, rel=0.01
        )
        digits = np.log10(np.sqrt(np.mean(temperature**2)) / 0.001)
        assert count < 2.3 * condition * digits
    # In years AD the rule asks for about 2.3 κ for each tenth, from 0.17 to 0.001 degrees.
    assert 2.3 * kappa[0] * np.log10(0.17 / 0.001) == approx(1e12, rel=0.1)


def test_in_years_ad_the_descent_ends_on_the_line_of_the_truncated_solution(variables):
    from dl_workshop.optimize import gradient_descent

    years, temperature = variables["years"], variables["temperature"]
    rate = 1 / variables["curvatures"](years)[-1]
    walk = gradient_descent(
        variables["mean_loss"], jnp.zeros(2), rate, 20_000, args=(years, temperature)
    )
    truncated = jnp.linalg.lstsq(years, temperature)[0]
    np.testing.assert_allclose(years @ walk.end, years @ truncated, atol=0.001)


def test_standardising_makes_the_bowl_round(variables):
    year = np.float64(variables["year"])
    design = np.column_stack([np.ones(372), (year - year.mean()) / year.std()])
    assert np.linalg.cond(design.T @ design) == approx(1)


def test_residuals_show_the_bend(chapter, variables):
    line = 'print(f"share of the variance explained {explained:.2f}")'
    bias, slope, explained = chapter.numbers(line)
    x, y = np.float64(variables["x"]), np.float64(variables["second_y"])
    fit = sm.OLS(y, sm.add_constant(x)).fit()
    assert (bias, slope) == (approx(fit.params[0], abs=0.006), approx(fit.params[1], abs=0.006))
    assert explained == 0.88 == approx(fit.rsquared, abs=0.005)
    mean, correlation = chapter.numbers(
        'print(f"correlation with x {abs(jnp.corrcoef(x, residuals)[0, 1]):.6f}")'
    )
    assert mean < 1e-5
    assert correlation < 1e-5
    residuals = np.asarray(variables["residuals"])
    left, middle, right = residuals[x < -0.8], residuals[np.abs(x) < 0.3], residuals[x > 0.8]
    assert left.mean() > 0.3
    assert right.mean() > 0.3
    assert middle.mean() < -0.3
    bent = chapter.numbers("print(np.asarray(bent_beta).round(2))")
    np.testing.assert_allclose(bent, np.polyfit(x, y, 2)[::-1], atol=0.006)


def test_standard_errors_equal_those_of_statsmodels(chapter, data):
    trusted = sm.OLS(data[1], data[0]).fit()
    errors = chapter.value("standard_errors")
    np.testing.assert_allclose(errors, trusted.bse, rtol=1e-4)
    assert errors[1] == approx(0.17, abs=0.005)
    printed = chapter.numbers('print("slope between  ", trusted.conf_int()[1].round(2))')
    np.testing.assert_allclose(printed[:4], [*trusted.params, *trusted.bse], atol=1e-4)
    half = stats.t.ppf(0.975, 98) * errors[1]
    assert printed[4:] == [2.42, 3.11]
    np.testing.assert_allclose(printed[4:], [2.77 - half, 2.77 + half], atol=0.01)


def test_the_truth_is_within_two_standard_errors(chapter):
    line = "print(np.asarray((beta - true_beta) / standard_errors).round(2))"
    distances = chapter.numbers(line)
    assert np.abs(distances).max() < 2
    np.testing.assert_allclose(distances, [0.04, -1.33], atol=0.011)


def test_a_thousand_repetitions(chapter, data, variables):
    spread = chapter.numbers("print(np.asarray(estimates).std(axis=0).round(3))")
    covariance = np.linalg.inv(data[0].T @ data[0])
    np.testing.assert_allclose(spread, np.sqrt(np.diag(covariance)), rtol=0.05)
    away = np.float64(variables["estimates"]) - [2.0, 3.0]
    distance = np.einsum("ij,jk,ik->i", away, data[0].T @ data[0], away)
    assert stats.chi2.ppf(0.95, 2) == approx(5.991, abs=1e-3)
    assert np.mean(distance < 5.991) == approx(0.95, abs=0.02)
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert abs(correlation) < 0.1


def test_intervals_from_ten_readings(chapter):
    line = 'print(f"{name}: {100 * caught:.0f} % of the intervals catch the slope")'
    shares = [
        float(row.partition(": ")[2].split()[0]) / 100 for row in chapter.text(line).splitlines()
    ]
    multiple = stats.t.ppf(0.975, 8)
    exact = [1 - 2 * stats.t.sf(m, 8) for m in (1.96 * np.sqrt(8 / 10), 1.96, multiple)]
    np.testing.assert_allclose(shares, exact, atol=0.011)
    assert shares[2] == 0.95
    assert np.sqrt(100 / 98) == approx(1.01, abs=0.001)


def test_ridge_is_the_map_estimate(chapter, variables):
    design, y = np.float64(variables["powers"]), np.float64(variables["few_y"])
    assert np.abs(lstsq(design, y)).max() == approx(39, abs=0.5)
    assert chapter.text('print(f"{jnp.abs(by_qr(powers, few_y)).max():.0f}")').strip() == "39"
    # Ridge is least squares with extra readings of zero, one for each coefficient that pays.
    extra = np.sqrt(0.01) * np.eye(10)[1:]
    exact = lstsq(np.vstack([design, extra]), np.append(y, np.zeros(9)))
    printed = chapter.numbers("print(np.asarray(ridge(powers, few_y, 0.01)).round(2))")
    np.testing.assert_allclose(printed, exact, atol=0.006)
    [difference] = chapter.numbers('print(f"largest difference {jnp.abs(difference).max():.3f}")')
    assert difference == 0
    assert 0.2**2 / 2.0**2 == approx(0.01)

    def loss(beta):
        log_likelihood = stats.norm.logpdf(y, design @ beta, 0.2).sum()
        return -log_likelihood - stats.norm.logpdf(beta[1:], 0, 2.0).sum()

    best = optimize.minimize(loss, np.zeros(10), tol=1e-9).x
    np.testing.assert_allclose(best, exact, atol=1e-2)


def test_a_bias_that_does_not_pay_follows_the_zero_of_the_meter(variables):
    ridge, powers, few_y = (variables[name] for name in ("ridge", "powers", "few_y"))
    shift = ridge(powers, few_y + 10, 0.5) - ridge(powers, few_y, 0.5)
    np.testing.assert_allclose(shift, 10 * np.eye(10)[0], atol=1e-3)


def test_the_penalty_cures_the_condition(variables):
    product = np.float64(variables["powers"]).T @ np.float64(variables["powers"])
    penalised = product + 0.01 * np.diag([0.0] + 9 * [1.0])
    assert np.linalg.cond(product) > 1e6
    assert np.linalg.cond(penalised) < 1e4


def test_fresh_data_choose_a_penalty_near_that_of_the_prior(chapter, variables):
    line = 'print(f"penalty {penalties[i]:8.4f}  error {fresh_error[i]:.2f}")'
    least, error_of_least, best, error_of_best, most, error_of_most = chapter.numbers(line)
    assert (least, most) == (0.0001, 100.0)
    assert best == approx(0.004, abs=0.0015)
    assert 0.2 < error_of_best < 0.25
    assert error_of_least > 1.3 * error_of_best
    assert error_of_most > 3 * error_of_best
    errors, penalties = np.asarray(variables["fresh_error"]), np.asarray(variables["penalties"])
    at_prior = errors[np.argmin(np.abs(np.log(penalties / 0.01)))]
    assert at_prior < 1.05 * errors.min()


def test_practice_weighted(chapter, variables):
    slopes = chapter.numbers(
        'print(f"weighted {weighted_slope:.2f}, unweighted {plain_slope:.2f}")'
    )
    design = np.float64(variables["X"])
    sigma = 0.2 + (1 + design[:, 1])
    noise = np.float64(jax.random.normal(jax.random.key(12), (100,)))
    y = design @ [2.0, 3.0] + sigma * noise
    trusted = [
        sm.WLS(y, design, weights=sigma**-2.0).fit().params[1],
        sm.OLS(y, design).fit().params[1],
    ]
    np.testing.assert_allclose(slopes, trusted, atol=0.006)
    text = chapter.text('print(f"{name}: mean {slopes.mean():.2f}, spread {slopes.std():.2f}")')
    weighted, plain = (
        [float(part.split()[-1]) for part in row.partition(": ")[2].split(",")]
        for row in text.strip().splitlines()
    )
    exact = np.sqrt(np.linalg.inv(design.T @ (design / sigma[:, None] ** 2))[1, 1])
    bread = np.linalg.inv(design.T @ design)
    exact_plain = np.sqrt((bread @ design.T @ (design * sigma[:, None] ** 2) @ bread)[1, 1])
    assert weighted == [approx(3, abs=0.02), approx(exact, rel=0.06)]
    assert plain == [approx(3, abs=0.02), approx(exact_plain, rel=0.06)]


def test_practice_huber(chapter, variables):
    line = 'print("Huber        ", np.asarray(robust).round(2))'
    plain, robust = np.reshape(chapter.numbers(line), (2, 2))
    design, y = np.float64(variables["X"]), np.float64(variables["wild_y"])
    np.testing.assert_allclose(plain, lstsq(design, y), atol=0.006)
    assert plain[1] > 4.4
    assert np.max(y - design @ plain) == approx(57, abs=0.5)

    def loss(beta):
        r = np.abs(y - design @ beta)
        return np.mean(np.where(r <= 1, r**2 / 2, r - 0.5))

    best = optimize.minimize(loss, np.zeros(2), tol=1e-10).x
    np.testing.assert_allclose(robust, best, atol=0.006)
    assert 1.0 < 2 / variables["curvatures"](variables["X"])[-1]
