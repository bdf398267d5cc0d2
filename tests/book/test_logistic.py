"""The numbers of the chapter on logistic regression, as its cells computed them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import statsmodels.api as sm
from pytest import approx
from scipy.special import expit, log_expit
from scipy.stats import binom, norm

TRUTH = np.array([0.3, 1.5, -0.8])


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("logistic")


@pytest.fixture(scope="module")
def variables(run):
    return run("logistic")[0]


@pytest.fixture(scope="module")
def data():
    """The data of the chapter, made here with 64 bits."""
    rng = np.random.default_rng(42)
    predictors = rng.standard_normal((100_000, 2))
    outcomes = rng.binomial(1, expit(predictors @ TRUTH[1:] + TRUTH[0]))
    return sm.add_constant(predictors), outcomes


@pytest.fixture(scope="module")
def glm(data):
    design, y = data
    return sm.GLM(y, design, family=sm.families.Binomial()).fit()


def mean_loss(coefficients, design, y):
    return -np.mean(log_expit((2 * y - 1) * (design @ np.asarray(coefficients, float))))


def table(chapter, last_line, rows):
    return np.reshape(chapter.numbers(last_line), (rows, -1))


def test_costs_are_logarithms(chapter):
    line = 'print(f"p = {p:.2f}: {rain:.2f} if it rains, {dry:.2f} if not")'
    p, rain, dry = table(chapter, line, 3).T
    np.testing.assert_allclose(rain, -np.log(p), atol=0.005)
    np.testing.assert_allclose(dry, -np.log1p(-p), atol=0.005)


def test_data_are_those_of_numpy_whatever_the_version_of_jax(chapter, variables, data):
    design, y = data
    assert "float64" in chapter.text("predictors.dtype, outcomes.dtype, outcomes.mean()")
    assert "0.54858" in chapter.text("predictors.dtype, outcomes.dtype, outcomes.mean()")
    assert chapter.text("X.shape, X.dtype, y.dtype").count("float32") == 2
    np.testing.assert_array_equal(variables["X"], design.astype(np.float32))
    np.testing.assert_array_equal(variables["y"], y)


def test_anxious_loss_is_wrong_as_shown(chapter):
    text = chapter.text("report(anxious_loss, 0.0, [2.0, 10.0, 15.0, 20.0, 40.0])")
    words = [line.replace("=", " ").replace(":", " ").split() for line in text.splitlines()]
    z, loss, slope = np.array([[word[1], word[3].rstrip(","), word[5]] for word in words], float).T
    np.testing.assert_array_equal(z, [2, 10, 15, 20, 40])
    assert loss[0] == approx(np.log1p(np.exp(2.0)), abs=5e-4)
    assert 1 - slope[2] == approx(0.145, abs=0.005)
    np.testing.assert_allclose(loss[3:], 34.539, atol=1e-3)
    assert -np.log(1e-15) == approx(34.539, abs=5e-4)
    assert slope[3] == approx(2e6, rel=0.05)
    assert slope[4] == approx(0.004, abs=5e-4)
    text = chapter.text("report(anxious_loss, 1.0, [-20.0, -40.0, -90.0])").splitlines()
    assert text[0].endswith("loss   20.000, slope -1")
    assert "loss   34.535, slope -0.0042" in text[1]
    assert text[2].endswith("slope nan")


def test_reasons_given_for_it():
    assert np.float32(expit(20.0)) == 1
    assert expit(20.0) == approx(1 - 2e-9, abs=1e-10)
    assert 1 - np.nextafter(np.float32(1), np.float32(0)) == approx(6e-8, rel=0.01)
    assert np.float32(6e-8) + np.float32(1e-15) == np.float32(6e-8)
    assert expit(-40.0) == approx(4e-18, rel=0.1)
    with np.errstate(over="ignore"):
        assert np.isinf(np.exp(np.float32(90)))


def test_compiled_the_tiny_number_may_vanish(variables):
    compiled = jax.jit(variables["anxious_loss"])(jnp.float32(20), 0.0)
    assert np.isinf(compiled) or compiled == approx(34.539, abs=1e-3)
    if jax.__version__.startswith("0.10."):
        assert np.isinf(compiled)


def test_clipped_loss_has_no_slope_beyond_the_clip(chapter):
    _, loss, slope = table(chapter, "report(clipped_loss, 0.0, [2.0, 15.0, 20.0, 40.0])", 4).T
    np.testing.assert_array_equal(slope[2:], 0)
    np.testing.assert_allclose(loss[2:], 15.942, atol=1e-3)


def test_stable_loss_is_right(chapter):
    rows = table(chapter, "report(stable_loss, 0.0, [2.0, 15.0, 20.0, 40.0, 1000.0])", 5)
    z, loss, slope = rows.T
    np.testing.assert_allclose(loss, -log_expit(-z), atol=5e-4)
    np.testing.assert_allclose(slope, expit(z), atol=5e-4)


def test_descent_of_501_steps(chapter, variables, glm):
    line = 'print(f"step {step:3}: loss {descent.values[step]:.4f}")'
    step, loss = table(chapter, line, 6).T
    assert step[-1] == 501
    assert loss[-1] == 0.4950
    np.testing.assert_allclose(chapter.value("descent.end"), TRUTH, atol=0.02)
    # With the seed of the source, its numbers.
    np.testing.assert_allclose(variables["descent"].end, [0.2995, 1.5045096, -0.797904], atol=1e-4)
    off = np.abs(np.asarray(variables["descent"].end) - glm.params)
    assert off.max() == approx(8e-3, abs=5e-4)


def test_gradient_has_the_form_given(variables, data):
    design, y = data
    start = np.asarray(variables["start"], float)
    by_hand = design.T @ (expit(design @ start) - y) / len(y)
    by_jax = jax.grad(variables["cross_entropy"])(
        variables["start"], variables["X"], variables["y"]
    )
    np.testing.assert_allclose(by_jax, by_hand, atol=1e-6)


def test_odds(chapter):
    line = 'print(f"{p} becomes {jax.nn.sigmoid(logit(p) + 1.5):.2f}")'
    assert chapter.numbers(line) == [0.5, 0.82, 0.95, 0.99]
    assert np.exp(1.5) == approx(4.5, abs=0.05)


def test_links_agree_with_statsmodels(chapter, variables, data, glm):
    design, y = data
    family = sm.families.Binomial(link=sm.families.links.Probit())
    probit = sm.GLM(y, design, family=family).fit()
    fits = variables["fits"]
    np.testing.assert_allclose(fits["logit"], glm.params, atol=1e-4)
    np.testing.assert_allclose(fits["probit"], probit.params, atol=1e-4)
    np.testing.assert_allclose(fits["linear"], np.linalg.lstsq(design, y)[0], atol=1e-4)
    logit_loss, *_ = chapter.numbers('print(f"{link:6} loss {loss:.4f}  {fits[link]}")')
    assert logit_loss == 0.4950
    apart, *ratio = chapter.numbers(
        'print(f"apart at most {jnp.abs(apart).max():.3f}, ratio {ratio}")'
    )
    exact = np.abs(norm.cdf(design @ probit.params) - expit(design @ glm.params)).max()
    assert apart == approx(exact, abs=6e-4)
    assert apart == approx(0.01, abs=0.002)
    np.testing.assert_allclose(ratio, glm.params / probit.params, atol=1e-3)
    np.testing.assert_allclose(ratio, 1.7, atol=0.02)
    assert glm.llf - probit.llf == approx(30, abs=1)


def test_linear_model_leaves_zero_to_one(chapter, data, glm):
    design, y = data
    line = 'print(f"largest error, elsewhere:  {elsewhere:.2f}")'
    _, below, _, above, _, _, inside, elsewhere = chapter.numbers(line)
    p = design @ np.linalg.lstsq(design, y)[0]
    assert below == approx((p < 0).sum(), abs=2)
    assert above == approx((p > 1).sum(), abs=2)
    assert below + above == approx(8000, rel=0.01)
    logit = expit(design @ glm.params)
    error, middle = np.abs(p - logit), (logit > 0.3) & (logit < 0.7)
    assert inside == approx(error[middle].max(), abs=0.005) == 0.06
    assert elsewhere == approx(error[~middle].max(), abs=0.005) == 0.99


def test_where_the_line_of_the_figure_leaves_zero_to_one(variables):
    b0, b1, _ = variables["fits"]["linear"]
    assert -b0 / b1 == approx(-2.2, abs=0.05)
    assert (1 - b0) / b1 == approx(1.8, abs=0.05)


def test_average_marginal_effects_agree(chapter, data):
    design, _ = data
    p = expit(design @ TRUTH)
    exact = (p * (1 - p)).mean() * TRUTH[1:]
    effects = table(chapter, 'print(f"{link:6} {effects[link]}")', 3)
    np.testing.assert_allclose(effects, [exact] * 3, atol=0.002)
    np.testing.assert_allclose(effects[:, 0], 0.25, atol=0.005)
    a_unit_more = expit(design @ TRUTH + TRUTH[1]) - p
    assert a_unit_more.mean() == approx(0.22, abs=0.005)


def test_all_four_optimisers_reach_the_loss(chapter, variables, glm):
    line = 'print(f"{name:8} {steps:3} steps: {loss:.4f}  {ends[name]}")'
    rows = [text.split(maxsplit=4) for text in chapter.text(line).strip().splitlines()]
    assert [row[:4] for row in rows] == [
        ["descent", "501", "steps:", "0.4950"],
        ["Adam", "101", "steps:", "0.4950"],
        ["L-BFGS", "6", "steps:", "0.4950"],
    ]
    step, loss = table(chapter, 'print(f"step {step}: loss {value:.7f}")', 7).T
    assert step[-1] == 6
    assert loss[0] == approx(np.log(2), abs=1e-6)
    assert loss[-1] == approx(-glm.llf / 100_000, abs=3e-7)
    excess = {name: np.asarray(curve) - loss[-1] for name, curve in variables["curves"].items()}
    assert excess["Newton"][0] == approx(0.198, abs=5e-4)
    assert (excess["Newton"] < 2e-7).argmax() == 4
    assert (excess["L-BFGS"] < 2e-7).argmax() == 6
    assert excess["Adam"][-1] == approx(3e-6, abs=1e-6)
    assert excess["descent"][-1] == approx(1.6e-5, abs=2e-6)
    assert (np.diff(excess["Adam"]) > 1e-6).any()
    digits = -np.log10(excess["Newton"][1:4])
    assert (digits[1:] / digits[:-1]).round(1).tolist() == approx([1.8, 1.8], abs=0.15)


def test_newton_step_is_weighted_least_squares(variables, data):
    design, y = data
    beta = np.array([0.2, 1.0, -0.5])
    p = expit(design @ beta)
    w = p * (1 - p)
    r = design @ beta + (y - p) / w
    root = np.sqrt(w)
    by_least_squares = np.linalg.lstsq(root[:, None] * design, root * r)[0]
    step = variables["newton_step"](jnp.float32(beta), variables["X"], variables["y"])
    np.testing.assert_allclose(step, by_least_squares, atol=1e-5)
    hessian = variables["curvature"](jnp.float32(beta), variables["X"], variables["y"])
    np.testing.assert_allclose(hessian, design.T @ (w[:, None] * design) / len(y), atol=1e-6)
    assert 100_000**2 * 4 == 40e9


def test_evaluations_are_counted_as_told(chapter, variables):
    assert chapter.value("len(evaluations)") == 13
    start, data = jnp.zeros(3), (variables["X"], variables["y"])
    for optimiser in (optax.sgd(0.1), optax.adam(0.1)):
        variables["evaluations"].clear()
        variables["train"](variables["counted"], optimiser, start, 5, data)
        jax.effects_barrier()
        assert len(variables["evaluations"]) == 6

    def loss(coefficients):
        return variables["counted"](coefficients, *data)

    variables["evaluations"].clear()
    lbfgs, thrifty = optax.lbfgs(), optax.value_and_grad_from_state(loss)
    state = lbfgs.init(start)
    for _ in range(3):
        value, grad = thrifty(start, state=state)
        step, state = lbfgs.update(grad, state, start, value=value, grad=grad, value_fn=loss)
        start = optax.apply_updates(start, step)
    jax.effects_barrier()
    assert len(variables["evaluations"]) == 4


def test_a_bold_learning_rate_needs_30_steps(chapter, data, glm):
    design, y = data
    p = expit(design @ glm.params)
    at_end = np.linalg.eigvalsh(design.T @ ((p * (1 - p))[:, None] * design) / len(y))
    at_start = np.linalg.eigvalsh(design.T @ design / 4 / len(y))
    line = 'print(f"at the minimum {at_end}")'
    numbers = chapter.numbers(line)
    np.testing.assert_allclose(numbers[:3], at_start, atol=1e-4)
    np.testing.assert_allclose(numbers[4:], at_end, atol=1e-4)
    assert numbers[3] == approx(2 / at_start[-1], abs=0.05)
    assert 70 < numbers[3] / 0.1 < 80
    assert 1 / at_start[-1] == approx(4, abs=0.1)
    assert 2 < at_end[-1] / at_end[0] < 2.3
    assert chapter.value('print(f"{jnp.abs(end - coefficients).max():.5f}")') <= 0.00002


def test_standard_errors_agree_with_statsmodels(chapter, variables, glm):
    np.testing.assert_allclose(variables["coefficients"], glm.params, atol=1e-3)
    np.testing.assert_allclose(variables["standard_errors"], glm.bse, rtol=0.01)
    np.testing.assert_allclose(variables["coefficients"], TRUTH, atol=0.02)
    np.testing.assert_allclose(chapter.value("standard_errors"), glm.bse, atol=6e-5)
    wrong = chapter.value("jnp.sqrt(jnp.diag(jnp.linalg.inv(H)))")
    np.testing.assert_allclose(wrong / glm.bse, 316, rtol=0.002)
    assert wrong.min() == approx(2.5, abs=0.05)
    line = 'print("{:9} {:7.4f} ({:.4f})   {:7.4f} ({:.4f})".format(name, *a, *b))'
    rows = [text.split() for text in chapter.text(line).strip().splitlines()[1:]]
    assert len(rows) == 3
    for row in rows:
        assert row[-4:-2] == row[-2:]
    off = chapter.value("off / standard_errors")
    assert off[1] == approx(1.65, abs=0.05) == off.max()


def test_a_difference_in_the_mean_is_large_in_the_sum(variables, data, glm):
    design, y = data
    more = mean_loss(variables["ends"]["descent"], design, y) + glm.llf / len(y)
    assert more == approx(1.6e-5, abs=5e-7)
    assert more * len(y) == approx(1.6, abs=0.05)


def test_separable_data_have_no_maximum(chapter):
    line = 'print(f"step {step:5}: slope {slope:5.2f}, loss {loss:.3f}")'
    _, slope, loss = table(chapter, line, 4).T
    assert (np.diff(slope) > 1).all()
    assert (np.diff(loss) < 0).all()
    assert slope[-1] > 10
    line = 'print(f"step {step:2}: slope {beta[1]:5.1f}, error {error:7.1f}")'
    _, slope, error = table(chapter, line, 4).T
    assert (np.diff(slope) > 8).all()
    assert (error[1:] > slope[1:]).all()
    assert error[-1] > 5 * slope[-1]
    # Fifty predictors, eighty cases, outcomes by coin (T. Cover's theorem).
    assert binom.cdf(50, 79, 0.5) > 0.98


def test_a_penalty_holds_the_slope(chapter, variables):
    b0, b1 = chapter.value("tamed.end")
    hours, passed = np.asarray(variables["hours"]), np.asarray(variables["passed"])
    error = (expit(b0 + b1 * hours) - passed) / 8
    assert error.sum() == approx(0, abs=1e-4)
    assert error @ hours + 0.02 * b1 == approx(0, abs=1e-4)


def test_network_has_41_parameters(chapter):
    assert chapter.value("sum(parameter.size for parameter in parameters)") == 41


def test_plain_jit_forgets(chapter):
    line = '[f"{forgetful_step(network, optimiser, x, y):.4f}" for _ in range(3)]'
    first, second, third = chapter.value(line)
    assert first == second == third


def test_network_does_not_beat_the_line_on_its_own_ground(chapter, variables):
    line = 'print(f"network {network_loss(network, x, y):.5f}, line {line_loss:.5f}")'
    network, by_line = chapter.numbers(line)
    assert (round(network, 4), round(by_line, 4)) == (0.4950, 0.4950)
    assert by_line - network == approx(2e-5, abs=1.1e-5)
    line = 'print(f"truth   {cross_entropy(truth, X_new, y_new):.5f}")'
    network, by_line, truth = chapter.numbers(line)
    assert truth < by_line < network
    assert truth > 0.4955
    rng = np.random.default_rng(43)
    design = sm.add_constant(rng.standard_normal((100_000, 2)))
    assert truth == approx(
        mean_loss(TRUTH, design, rng.binomial(1, expit(design @ TRUTH))), abs=1e-5
    )
    for seed in range(44, 49):
        predictors, outcomes = variables["simulate"](seed)
        x, y = jnp.float32(predictors), jnp.float32(outcomes)
        by_line = variables["cross_entropy"](
            variables["coefficients"], variables["as_design_matrix"](predictors), y
        )
        assert by_line < variables["network_loss"](variables["network"], x, y)


def test_network_beats_the_line_on_rings(chapter):
    loss, right, line_loss, line_right = chapter.numbers('test_report("line", X_test @ ring_line)')
    assert loss < 0.13
    assert right in (95, 96)
    assert line_loss == approx(np.log(2), abs=0.005)
    assert 48 <= line_right <= 52
    squares = chapter.numbers('test_report("squares", with_squares(x_test) @ squares_fit)')
    assert squares[0] < loss
    assert squares[1] in (95, 96)


def test_ring_fits_agree_with_statsmodels(variables):
    y = variables["y_train"]
    for design, ours, tolerance in (
        (variables["X_train"], variables["ring_line"], 1e-4),
        (variables["with_squares"](variables["x_train"]), variables["squares_fit"], 2e-2),
    ):
        design = np.asarray(design, float)
        theirs = sm.GLM(y, design, family=sm.families.Binomial()).fit().params
        np.testing.assert_allclose(ours, theirs, atol=tolerance)


def test_practice(chapter, glm):
    line = 'print(f"line {by_line:.3f}, logit {by_logit:.3f}, truth {by_truth:.3f}")'
    by_line, by_logit, truth = chapter.numbers(line)
    assert by_logit == approx(truth, abs=0.005)
    assert 1 / 3 < 1 - by_line / truth < 0.4
    difference = chapter.value("weights[:, 1] - weights[:, 0]")
    np.testing.assert_allclose(difference, glm.params, atol=2e-4)
    flat = chapter.value("jnp.abs(jnp.linalg.eigvalsh(H))")
    np.testing.assert_allclose(flat[:3], 0, atol=1e-4)
    assert flat[3] > 0.1
