"""The goldfield and its practice answers: values, shapes and dtypes, and advice for bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pytest import approx

from dl_workshop.jax_idioms import goldfield, grad_ex_1, grad_ex_2, grad_ex_3
from dl_workshop.optimize import DivergedError


@pytest.mark.parametrize(
    ("x", "y", "height"), [(1.0, 1.0, 1.0), (-1.0, -1.0, 1.0), (0.0, 0.0, 2.0), (3.0, 4.0, 228.0)]
)
def test_goldfield_heights(x, y, height):
    assert goldfield(x, y) == height


def test_goldfield_broadcasts_and_keeps_the_dtype():
    heights = goldfield(jnp.ones((3, 1)), jnp.ones(4))
    assert heights.shape == (3, 4)
    assert heights.dtype == jnp.float32
    assert goldfield(np.ones(2), np.ones(2)).dtype == np.float64


def test_gradient_is_that_of_the_formula():
    gradient = grad_ex_1()
    for x, y in np.random.default_rng(1).uniform(-2, 2, (20, 2)):
        slopes = gradient(x, y)
        np.testing.assert_allclose(slopes, (4 * x - 4 * y, -4 * x + 4 * y**3), rtol=2e-5, atol=1e-5)
        assert all(slope.shape == () and slope.dtype == jnp.float32 for slope in slopes)


def test_gradient_can_be_transformed():
    x = jnp.linspace(-1.0, 1.0, 5)
    dx, _ = jax.jit(jax.vmap(grad_ex_1()))(x, 2 * x)
    np.testing.assert_allclose(dx, -4 * x, rtol=1e-5)


def test_descent_depends_on_its_start():
    gradient = grad_ex_1()
    assert grad_ex_2(0.1, 0.1, gradient) == (approx(0.99518, abs=1e-4), approx(0.998, abs=1e-4))
    assert grad_ex_2(0.1, -0.1, gradient) == (
        approx(-0.98014, abs=1e-4),
        approx(-0.99168, abs=1e-4),
    )
    assert grad_ex_2(0.0, 0.0, gradient) == (0.0, 0.0)


def test_descent_follows_the_gradient_that_it_is_given():
    bowl = jax.grad(lambda x, y: (x - 3) ** 2 + (y + 2) ** 2, argnums=(0, 1))
    assert grad_ex_2(x=0.1, y=0.1, dgoldfield=bowl) == (approx(3, abs=0.01), approx(-2, abs=0.01))


@pytest.mark.parametrize("y", [-1.0, 0.4, 1.0, 1.2])
def test_the_robot_on_one_axis_comes_to_rest_at_x_equals_y(y):
    slope = grad_ex_3(y)
    assert slope(y) == approx(0, abs=1e-6)
    assert slope(y + 1) == approx(4, rel=1e-5)


def test_the_robot_is_stuck_at_1_2_by_default():
    assert grad_ex_3()(1.2) == 0
    assert goldfield(1.2, 1.2) == approx(1.1936)


@pytest.mark.parametrize(
    ("call", "error", "advice"),
    [
        (lambda: grad_ex_1()(3, 4.0), TypeError, r"x holds int32 .* Write 3\.0 instead of 3"),
        (lambda: grad_ex_1()(3.0, True), TypeError, r"y holds bool"),
        (lambda: grad_ex_1()(jnp.arange(3), 1.0), TypeError, r"\.astype\(float\)"),
        (lambda: grad_ex_1()(jnp.ones(3), 1.0), ValueError, r"x .* shape \(3,\).*jax\.vmap"),
        (lambda: grad_ex_1()(1.0, float("nan")), ValueError, "y should be finite"),
        (lambda: grad_ex_1()("3", 1.0), TypeError, "x should be a float"),
        (lambda: grad_ex_1()(1j, 1.0), TypeError, "real floats"),
        (lambda: grad_ex_2(1, 0.1, grad_ex_1()), TypeError, r"Write 1\.0"),
        (lambda: grad_ex_2(float("inf"), 0.1, grad_ex_1()), ValueError, "x should be finite"),
        (lambda: grad_ex_2(0.1, 0.1, jax.grad(goldfield)), TypeError, r"argnums=\(0, 1\)"),
        (lambda: grad_ex_2(9.0, 99.0, grad_ex_1()), DivergedError, r"step \d"),
        (
            lambda: grad_ex_2(0.1, 0.1, lambda x, y: (float("inf"), 0.0)),
            DivergedError,
            "step 1: it gave NaN or infinity. Start closer",
        ),
        (lambda: grad_ex_1()(10**400, 1.0), TypeError, "x should be a float"),
        (lambda: grad_ex_1()(1e50, 1.0), ValueError, "finite in float32"),
        (lambda: jax.vmap(grad_ex_3())(jnp.arange(3)), TypeError, "x holds int32"),
        (lambda: grad_ex_3(1), TypeError, r"Write 1\.0"),
        (lambda: grad_ex_3()(2), TypeError, r"Write 2\.0"),
        (lambda: grad_ex_3()(jnp.ones(2)), ValueError, r"jax\.vmap"),
    ],
)
def test_bad_input_is_told_what_to_do(call, error, advice):
    with pytest.raises(error, match=advice):
        call()


def test_a_diverging_descent_names_the_first_bad_step():
    climb = jax.grad(lambda x, y: -1e4 * (x**2 + y**2), argnums=(0, 1))
    with pytest.raises(DivergedError) as raised:
        grad_ex_2(1.0, 1.0, climb)
    # Each step multiplies x by 201. The slope, 2e4 x, is too large for 32 bits at 201^15.
    assert raised.value.step == 16
