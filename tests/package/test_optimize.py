"""Gradient descent: values, shapes and dtypes, compilation, divergence, bad input."""

import pickle
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pytest import approx

from dl_workshop.optimize import DivergedError, gradient_descent


def bowl(x):
    return jnp.sum((x - 3.0) ** 2)


def test_it_takes_the_steps_of_the_textbook_loop():
    x, path = jnp.array([0.0, 10.0]), []
    for _ in range(20):
        path.append(x)
        x = x - 0.1 * jax.grad(bowl)(x)
    descent = gradient_descent(bowl, jnp.array([0.0, 10.0]), learning_rate=0.1, steps=20)
    np.testing.assert_allclose(descent.path, [*path, x], rtol=1e-5)
    np.testing.assert_allclose(descent.values, jax.vmap(bowl)(descent.path), rtol=1e-4)
    np.testing.assert_array_equal(descent.end, descent.path[-1])
    assert descent.diverged_at == -1


def test_shapes_and_dtypes():
    descent = gradient_descent(bowl, jnp.ones((2, 3)), steps=5)
    assert descent.end.shape == (2, 3)
    assert descent.path.shape == (6, 2, 3)
    assert descent.values.shape == (6,)
    assert descent.diverged_at.shape == ()
    assert descent.end.dtype == descent.path.dtype == descent.values.dtype == jnp.float32
    assert jnp.issubdtype(descent.diverged_at.dtype, jnp.integer)


def test_parameters_may_be_a_number_a_tuple_or_a_dictionary():
    assert gradient_descent(bowl, 1.0, 0.1).end == approx(3)
    assert gradient_descent(lambda p: p[0] ** 2 + p[1] ** 2, (1.0, 2.0), 0.1).end == (
        approx(0, abs=1e-6),
        approx(0, abs=1e-6),
    )
    descent = gradient_descent(lambda p: bowl(p["a"]) + p["b"] ** 2, {"a": jnp.ones(2), "b": 1.0})
    assert descent.path["a"].shape == (301, 2)
    assert descent.path["b"].shape == (301,)


def test_float64_stays_float64():
    with jax.enable_x64(True):
        descent = gradient_descent(bowl, jnp.zeros(2, dtype=jnp.float64), 0.1, 500)
        assert descent.end.dtype == jnp.float64
        np.testing.assert_allclose(descent.end, 3.0, rtol=1e-14)


def test_the_run_is_one_scan():
    jaxpr = str(jax.make_jaxpr(lambda x: gradient_descent(
        bowl, x, raise_on_divergence=False).end)(1.0))  # fmt: skip
    assert jaxpr.count(" scan[") == 1
    # The start, and 300 steps.
    assert "length=301" in jaxpr


def test_another_start_or_learning_rate_compiles_nothing():
    traced = []

    def counted(x):
        traced.append(x)
        return bowl(x)

    gradient_descent(counted, 1.0, 0.1)
    first = len(traced)
    gradient_descent(counted, 2.0, 0.2)
    assert len(traced) == first


def test_many_starts_and_many_rates_at_once():
    def end(start, rate):
        return gradient_descent(bowl, start, rate, 100, raise_on_divergence=False).end

    ends = jax.vmap(end)(jnp.array([0.0, 5.0]), jnp.array([0.1, 0.2]))
    np.testing.assert_allclose(ends, 3.0, rtol=1e-5)


def test_a_diverging_run_reports_its_first_bad_step():
    # With rate 2 each step multiplies the distance from 3 by -3, and its square overflows 32 bits
    # at the first k with 3^(2k) > 3.4e38.
    with pytest.raises(DivergedError, match=r"diverged at step 41.*below 2,") as raised:
        gradient_descent(bowl, 4.0, learning_rate=2.0, steps=100)
    assert raised.value.step == 41


def test_no_nan_gets_out_of_a_diverging_run():
    descent = gradient_descent(bowl, 4.0, 2.0, 100, raise_on_divergence=False)
    assert descent.diverged_at == 41
    assert np.isfinite(descent.path).all()
    assert np.isfinite(descent.values).all()
    np.testing.assert_array_equal(descent.path[40:], descent.end)


def test_divergence_is_reported_for_each_run_of_a_batch():
    def diverged_at(rate):
        return gradient_descent(bowl, 4.0, rate, 100, raise_on_divergence=False).diverged_at

    np.testing.assert_array_equal(jax.vmap(diverged_at)(jnp.array([0.1, 2.0])), [-1, 41])


def test_an_objective_that_is_not_finite_at_the_start():
    with pytest.raises(ValueError, match="At the start, objective is nan"):
        gradient_descent(jnp.log, -1.0)
    descent = gradient_descent(jnp.log, -1.0, 2.0, steps=3, raise_on_divergence=False)
    assert descent.diverged_at == 0
    np.testing.assert_array_equal(descent.path, -1.0)


def test_a_gradient_that_is_not_finite_at_the_start():
    with pytest.raises(ValueError, match="it or its gradient is NaN"):
        gradient_descent(jnp.linalg.norm, jnp.zeros(2))


def test_a_step_into_a_kink_with_a_finite_value_is_not_divergence():
    descent = gradient_descent(jnp.linalg.norm, jnp.array([0.5, 0.0]), 0.5, steps=1)
    np.testing.assert_array_equal(descent.end, 0.0)


def test_parameters_that_overflow_are_divergence_even_if_the_objective_does_not():
    descent = gradient_descent(lambda x: 1 / x, 1e-15, 1e10, 3, raise_on_divergence=False)
    assert descent.diverged_at == 1
    assert np.isfinite(descent.path).all()


def test_without_the_path_the_end_is_the_same():
    start = {"a": jnp.array([0.0, 10.0]), "b": 1.0}
    whole, short = (
        gradient_descent(lambda p: bowl(p["a"]) + p["b"] ** 2, start, 0.1, 50, keep_path=keep)
        for keep in (True, False)
    )
    jax.tree.map(np.testing.assert_array_equal, short.end, whole.end)
    jax.tree.map(
        np.testing.assert_array_equal, short.path, jax.tree.map(lambda p: p[-1:], whole.path)
    )
    assert short.values.tolist() == whole.values[-1:].tolist()
    assert short.diverged_at == -1


def test_without_the_path_divergence_is_seen_in_parameters_and_at_the_end():
    run = partial(gradient_descent, bowl, 4.0, 2.0, keep_path=False)
    # 3^k overflows 32 bits at the first k with 3^k > 3.4e38.
    with pytest.raises(DivergedError, match="diverged at step 81"):
        run(100)
    assert np.isfinite(run(100, raise_on_divergence=False).end)
    with pytest.raises(DivergedError, match="diverged at step 41"):
        run(41)
    with pytest.raises(ValueError, match="it or its gradient is NaN"):
        gradient_descent(jnp.linalg.norm, jnp.zeros(2), keep_path=False)


def test_data_goes_through_args():
    def distance(x, data):
        return jnp.mean((x - data) ** 2)

    for data in (jnp.array([1.0, 2.0]), jnp.array([5.0, 7.0])):
        end = gradient_descent(distance, 0.0, 0.5, steps=5, args=(data,)).end
        assert end == approx(data.mean())


def test_a_float_may_start_a_run_on_data_of_another_precision():
    data = jnp.array([1.0, 3.0], dtype=jnp.float16)
    end = gradient_descent(lambda x: jnp.mean((x - data) ** 2), 0.0, 0.5, steps=5).end
    assert (end, end.dtype) == (2, jnp.float32)
    start = jnp.zeros((), dtype=jnp.float16)
    assert gradient_descent(bowl, start, 0.5, steps=5).end.dtype == jnp.float16


def test_the_report_survives_being_sent_to_another_process():
    error = pickle.loads(pickle.dumps(DivergedError(3, "Try less.")))
    assert (error.step, str(error)) == (3, str(DivergedError(3, "Try less.")))


@pytest.mark.parametrize(
    ("arguments", "error", "advice"),
    [
        ({"start": 1}, TypeError, r"start holds int32 .* Write 1\.0"),
        ({"start": (1.0, 2)}, TypeError, r"Write 2\.0"),
        ({"start": jnp.array([1.0, jnp.inf])}, ValueError, "start should be finite"),
        ({"start": [[1.0], [1.0, "b"]]}, TypeError, "start should be a float"),
        ({"learning_rate": 1e-50}, ValueError, "above 0 in float32"),
        ({"start": None}, ValueError, "start holds no numbers"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate should be above 0"),
        ({"learning_rate": -0.1}, ValueError, "already steps against the gradient"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate should be finite"),
        ({"learning_rate": jnp.ones(2)}, ValueError, r"one number.*jax\.vmap"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate should be a float"),
        ({"steps": 0}, ValueError, "steps should be at least 1"),
        ({"steps": 10.0}, TypeError, "whole number such as 300"),
        ({"steps": True}, TypeError, "whole number"),
        ({"objective": 3.0}, TypeError, "objective should be a function"),
        ({"objective": lambda x: x * jnp.ones(3)}, ValueError, r"returns \(3,\)"),
        ({"objective": lambda x: (x, x)}, ValueError, "returns tuple"),
    ],
)
def test_bad_input_is_told_what_to_do(arguments, error, advice):
    with pytest.raises(error, match=advice):
        gradient_descent(**({"objective": bowl, "start": 1.0} | arguments))


@pytest.mark.parametrize("whole", [int, np.int64])
def test_whole_numbers_are_a_fine_learning_rate_and_number_of_steps(whole):
    descent = gradient_descent(lambda x: x**2 / 2, 5.0, learning_rate=whole(1), steps=whole(1))
    assert descent.end == 0


def test_the_defaults_are_those_of_the_chapter():
    descent = gradient_descent(bowl, 1.0)
    assert descent.path[1] == approx(1.04)
    assert descent.values.shape == (301,)


def test_inside_a_transformation_the_report_must_be_asked_for():
    with pytest.raises(ValueError, match="raise_on_divergence=False"):
        jax.jit(lambda x: gradient_descent(bowl, x).end)(1.0)
