"""The numbers of the chapter on gradients, as its cells computed them."""

import numpy as np
import pytest
from pytest import approx


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("gradients")


def test_line_has_slope_three(chapter):
    assert chapter.value("slope_of_line(4.0)") == 3.0


def test_polynomial_has_slope_22_at_3(chapter):
    assert chapter.value("dpolynomial(3.0)") == 22.0


def test_descent_reaches_the_minimum_where_the_second_derivative_is_six(chapter):
    assert chapter.value("x") == approx(-2 / 3, abs=5e-5)
    assert chapter.value("ddpolynomial(x)") == 6.0


def test_finite_difference_agrees(chapter):
    pair = chapter.value("finite_difference(jnp.sin, 1.0, 0.01), grad(jnp.sin)(1.0)")
    assert pair == (approx(np.cos(1.0), abs=2e-5), approx(np.cos(1.0), abs=1e-7))
    assert np.cos(1.0) == approx(0.5403, abs=5e-5)


def test_finite_differences_are_best_at_a_middling_h(run):
    variables, _ = run("gradients")
    h, errors = 2.0 ** np.arange(-23, 0), variables["errors"]
    best = np.argmin(errors)
    assert h[best] == approx(0.002, rel=0.1)
    assert errors[0] == approx(0.2, rel=0.1)
    assert errors[best] < errors[-1] < errors[0]
    assert variables["error_of_grad"] < 1e-7


def test_integers_and_vectors_are_refused_with_the_message_shown(chapter):
    refused = [c for c in chapter.cells if c.source.startswith("try:")]
    messages = "".join(output.text for cell in refused for output in cell.outputs)
    assert "grad requires real- or complex-valued inputs" in messages
    assert "Gradient only defined for scalar-output functions" in messages
    assert chapter.text("print(type(error).__name__)").strip() == "TracerArrayConversionError"


def test_argnums_choose_the_argument(chapter):
    first = chapter.value("grad(height)(12.0, 1.0)")
    second = chapter.value("grad(height, argnums=1)(12.0, 1.0)")
    assert first == 1.0
    assert second == approx(12 - 9.81)
    assert chapter.value("grad(height, argnums=(0, 1))(12.0, 1.0)") == (first, second)
    value, slope = chapter.value("value_and_grad(height, argnums=1)(12.0, 1.0)")
    assert (value, slope) == (approx(12 - 4.905), second)


def test_gradient_has_the_shape_of_its_argument(chapter):
    gradient = chapter.value("grad(sum_of_squares)(jnp.array([1.0, -2.0, 0.5]))")
    np.testing.assert_array_equal(gradient, [2.0, -4.0, 1.0])


def test_vmap_maps_the_slope(chapter):
    slopes = chapter.value("vmap(dpolynomial)(jnp.array([1.0, 2.0, 3.0]))")
    np.testing.assert_array_equal(slopes, [10.0, 16.0, 22.0])


def test_slopes_at_the_kink_differ(chapter):
    slopes = chapter.value("grad(jnp.abs)(0.0), grad(largest)(0.0), grad(root)(0.0)")
    np.testing.assert_array_equal(slopes, [1.0, 0.0, np.nan])


def test_both_modes_give_the_derivative_of_the_chain(chapter):
    exact = approx(np.cos(1.5**2) * 2 * 1.5, rel=1e-5)
    assert chapter.value("change") == exact
    assert chapter.value("go_back(1.0)") == (exact,)


def test_cost_of_the_modes(chapter):
    [forward] = chapter.numbers('print(f"reverse {many_inputs[jacrev][-1]:.1f}")')[:1]
    [reverse] = chapter.numbers('print(f"reverse {many_inputs[jacrev][-1]:.1f}")')[1:]
    assert 200 < forward < 999
    assert 1 < reverse < 2


def test_practice(chapter):
    top, bend = chapter.value("top, grad(grad(g))(top)")
    assert top == approx(1.0, abs=1e-4)
    assert bend == approx(-0.368, abs=5e-4)
    seconds, metres = chapter.value("time_at_top, height(12.0, time_at_top)")
    assert (seconds, metres) == (approx(1.22, abs=0.005), approx(7.34, abs=0.005))
    line = 'print(f"h = {h:<4}  one-sided {one:.1e}  two-sided {two:.1e}")'
    _, one, two, _, one_wide, two_wide = chapter.numbers(line)
    assert one / two == approx(400, rel=0.1)
    assert one_wide / one == approx(10, rel=0.1)
    assert 80 < two_wide / two < 100
