"""The checks of the exercises: what passes, what fails, and what a failure says."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import grad, lax, random, vmap

from dl_workshop import checks
from dl_workshop.checks import (
    CheckFailedError,
    check_close,
    check_gradient,
    check_minimum,
    check_pure,
    check_rolled,
    check_shape,
    check_vectorised,
)
from dl_workshop.jax_idioms import goldfield, grad_ex_1, grad_ex_2, grad_ex_3


def said(check, *args, **options):
    """What a check says when it fails, on one line."""
    with pytest.raises(CheckFailedError) as failure:
        check(*args, **options)
    return " ".join(str(failure.value).split())


class Elsewhere:
    """A function in another process, as a grader's tests have it: JAX cannot trace it."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        assert not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(args))
        return self.function(*args)


def assert_plain(value):
    if isinstance(value, tuple | list):
        for part in value:
            assert_plain(part)
    elif isinstance(value, dict):
        assert_plain([*value, *value.values()])
    else:
        assert isinstance(value, int | float | str | None | np.ndarray | jax.Array), type(value)
        assert not isinstance(value, jax.core.Tracer)


def call_elsewhere(function, *args):
    args = [arg.function if isinstance(arg, Elsewhere) else arg for arg in args]
    try:
        returned = function(*args)
    except Exception as error:
        kind, message = type(error), str(error)
        twin = type(kind.__name__, (kind,), {"__str__": lambda self: message})
        raise twin.__new__(twin) from None
    assert_plain(returned)
    return returned


def offer_to_call(call_student, monkeypatch):
    """Be a grader's IPython, which carries calls to the student's process."""
    shell = SimpleNamespace(call_student=call_student)
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)


@pytest.fixture(params=["here", "elsewhere"])
def answer(request, monkeypatch):
    """What the checks are given for a function, in JupyterLab and when it is graded."""
    if request.param == "here":
        return lambda function: function
    offer_to_call(call_elsewhere, monkeypatch)
    return Elsewhere


LEAKED = []
jax.jit(lambda x: LEAKED.append(x) or x)(1.0)


@pytest.mark.parametrize(
    "got", [2.0, np.float64(2.0), np.array(2.0), jnp.float32(2.0), 2, 2.0001, jnp.array(1.9999)]
)
def test_a_value_within_tolerance_passes(got):
    check_close("f(1.0)", got, 2.0, rtol=1e-3)


def test_a_tree_passes_leaf_by_leaf():
    check_close("fit", {"a": (jnp.ones(3), 2.0)}, {"a": (np.ones(3), 2)})


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (-2.0, 2.0, "expected: 2 got: -2 The sign is the wrong way round."),
        (2.0, (2.0, 12.0), "This is only the first of them. grad differentiates"),
        ([1.0, 2.0], (1.0, 2.0), "should be a tuple of 2"),
        ((1.0,), {"a": 1.0}, "has the wrong structure"),
        (jnp.ones((3, 1)), np.ones(3), "should have the shape (3,), but has (3, 1)"),
        (None, 2.0, "Does the function end with a return?"),
        (np.sin, 2.0, "is a function. expected: 2"),
        ("2", 2.0, "does not consist of numbers"),
        ([], np.ones(3), "does not consist of numbers"),
        (LEAKED[0], 2.0, "is a tracer, which holds no numbers"),
        (np.array([1.0, np.nan]), np.ones(2), "contains NaN or infinity"),
        (jnp.inf, 1.0, "contains NaN or infinity"),
        (1.001, 1.0, "32 bits hold about seven digits"),
        (3.0, 1.0, "expected: 1 got: 3 Think."),
    ],
)
def test_a_wrong_value_is_told_its_likely_cause(got, expected, message):
    assert message in said(check_close, "f(1.0)", got, expected, advice="Think.")


@pytest.mark.parametrize("factor", [5, 1 / 5])
def test_a_sum_for_a_mean_is_recognised(factor):
    text = said(check_close, "loss", 0.3 * factor, 0.3, n=5)
    assert "a factor of n = 5: is it a sum for a mean" in text
    assert "factor" not in said(check_close, "loss", 0.3 * factor, 0.3)


def test_a_foreseen_mistake_is_told_its_own_words_only():
    mistakes = [(np.zeros(3), "not this"), (7.0, "Seven?"), (8.0, "Eight?")]
    text = said(check_close, "f", 7.0, 1.0, mistakes=mistakes, advice="Generally.")
    assert text.endswith("got: 7 Seven?")


def test_a_foreseen_mistake_may_have_another_shape():
    table = np.arange(6.0).reshape(2, 3)
    text = said(check_close, "f", table.T, table, mistakes=[(table.T, "Rows are columns.")])
    assert text.endswith("Rows are columns.")


def test_close_is_not_said_of_what_is_far_off():
    assert "close" not in said(check_close, "f", 0.0, 0.8, atol=0.03)


def test_long_arrays_are_shortened():
    text = said(check_close, "f", np.arange(1000.0), np.zeros(1000))
    assert len(text) < 300
    assert "998., 999." in text


def test_shape_and_type():
    check_shape("f", jnp.ones((3, 2)), (3, 2), dtype=jnp.floating)
    assert "expected: (3,) got: (3, 2)" in said(check_shape, "f", jnp.ones((3, 2)), (3,))
    text = said(check_shape, "f", jnp.arange(3), (3,), dtype=jnp.floating)
    assert "Did it start from an integer such as 0" in text
    assert "f is None." in said(check_shape, "f", None, (3,))
    assert "contains several" in said(check_shape, "f", (jnp.ones(3), 2.0), (3,))


def product(x, y):
    return x**2 * y


def test_gradients_against_finite_differences():
    check_gradient("g", grad(product)(2.0, 3.0), product, 2.0, 3.0)
    both = grad(product, argnums=(0, 1))(2.0, 3.0)
    check_gradient("g", both, product, 2.0, 3.0, argnums=(0, 1))
    tree = {"a": jnp.array([1.0, 2.0]), "b": 3.0}
    check_gradient("g", grad(of_tree)(tree), of_tree, tree)
    text = said(check_gradient, "g", grad(product, argnums=1)(2.0, 3.0), product, 2.0, 3.0)
    assert "with respect to argument 1, counted from 0. The task asks for argnums=0." in text
    assert "The sign" in said(check_gradient, "g", -12.0, product, 2.0, 3.0)
    assert not jax.config.jax_enable_x64


def of_tree(params):
    return jnp.sum(jnp.exp(params["a"])) * params["b"]


X = np.random.default_rng(0).normal(size=50)
ESTIMATE = jnp.array([X.mean(), np.log(X.std())])


def negative_log_likelihood(params, x):
    return jnp.sum(0.5 * ((x - params[0]) / jnp.exp(params[1])) ** 2 + params[1])


def test_a_minimum():
    check_minimum("fit", ESTIMATE, negative_log_likelihood, X)
    check_minimum("fit", 1.0, lambda p: (p - 1.0) ** 2)

    def maximised(params, x):
        return -negative_log_likelihood(params, x)

    assert "as at a maximum" in said(check_minimum, "fit", ESTIMATE, maximised, X)
    text = said(check_minimum, "fit", ESTIMATE + 0.1, negative_log_likelihood, X)
    assert "has not converged" in text
    text = said(check_minimum, "fit", ESTIMATE * np.nan, negative_log_likelihood, X)
    assert "The descent diverged" in text


def of_size(n):
    return (jnp.ones(n),)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jnp.sum(x**2),
        vmap(lambda a: jnp.exp(a) * 2),
        lambda x: jnp.interp(x, x, x),
        lambda x: jnp.searchsorted(x, 0.5),
        lambda x: jnp.sort(x),
        lambda x: lax.scan(lambda c, _: (c + x.sum(), None), 0.0, length=100)[0],
        lambda x: lax.while_loop(lambda c: c < 1000, lambda c: 2 * c, x.sum()),
    ],
    ids=["sum", "vmap", "interp", "searchsorted", "sort", "steps", "until"],
)
def test_what_treats_all_data_at_once_is_vectorised(answer, function):
    check_vectorised("f", answer(function), of_size)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: jnp.stack([jnp.sin(a) for a in x]), "there is a Python loop"),
        (lambda x: lax.map(jnp.sin, x), "rounds for 64 data: 64"),
        (lambda x: lax.scan(lambda c, a: (c + a, None), 0.0, x)[0], "one at a time"),
        (lambda x: lax.fori_loop(0, x.size, lambda i, s: s + x[i], 0.0), "one at a time"),
        (
            lambda x: lax.while_loop(
                lambda s: s[0] < x.size, lambda s: (s[0] + 1, s[1] + x[s[0]]), (0, 0.0)
            )[1],
            "one at a time",
        ),
        (lambda x: x if x.sum() > 0 else -x, "TracerBoolConversionError. While JAX traces"),
        (lambda x: np.sin(x), "from jax.numpy"),
        (lambda x: x.at[0].set(float(x[0])), "ConcretizationTypeError"),
    ],
    ids=["loop", "map", "scan", "fori", "while", "if", "numpy", "float"],
)
def test_a_loop_over_the_data_is_seen(answer, function, message):
    assert message in said(check_vectorised, "f", answer(function), of_size)


def test_a_loop_of_jax_is_rolled_and_one_of_python_is_not(answer):
    def rolled(x, n):
        return lax.scan(lambda c, _: (2 * c, c), x, length=n)

    def unrolled(x, n):
        for _ in range(n):
            x = 2 * x
        return x

    check_rolled("f", answer(rolled), lambda n: (1.0, n))
    text = said(check_rolled, "f", answer(unrolled), lambda n: (1.0, n))
    assert "more operations for more rounds" in text
    assert "operations for 64: 64" in text
    text = said(check_rolled, "f", answer(lambda x, n: x * n), lambda n: (1.0, n))
    assert "has no loop" in text


def test_purity(answer):
    key = random.key(0)
    check_pure("f", answer(lambda k, x: x + random.normal(k, (3,))), key, np.ones(3))

    def overwrites(x):
        x[0] = 0.0
        return x

    text = said(check_pure, "f", answer(overwrites), np.ones(2))
    assert "before: [1., 1.] after: [0., 1.]" in text
    text = said(check_pure, "f", answer(lambda k: random.normal(k) + random.uniform(k)), key)
    assert "uses a key twice" in text
    generator = np.random.default_rng(0)
    text = said(check_pure, "f", answer(lambda: generator.normal()))
    assert "random numbers without a key" in text


def test_on_student_side_calls_where_it_is_told():
    assert checks.on_student_side(grad(product), 2.0, 3.0) == 12.0
    with pytest.raises(ZeroDivisionError, match="division"):
        checks.on_student_side(lambda: 1 / 0)


def test_a_grader_may_carry_the_call(monkeypatch):
    calls = []

    def caller(function, *args):
        calls.append((function, args))
        return 7.0

    offer_to_call(caller, monkeypatch)
    assert checks.on_student_side(product, 2.0, 3.0) == 7.0
    assert calls == [(product, (2.0, 3.0))]


def test_values_of_an_answer_elsewhere_are_checked_from_here(monkeypatch):
    offer_to_call(pytest.fail, monkeypatch)
    answer = Elsewhere(lambda x: 2 * x * 3.0)
    check_gradient("g", answer(2.0), product, 2.0, 3.0)
    check_close("g", answer(jnp.ones(2)), np.full(2, 6.0))
    check_minimum("fit", Elsewhere(lambda: ESTIMATE)(), negative_log_likelihood, X)


# The practice answers of the book, checked as students' answers are.


def check_practice_gradient(dgoldfield):
    for x, y in ((0.3, -0.7), (1.0, 1.0), (-2.0, 0.5)):
        what = f"dgoldfield({x}, {y})"
        check_gradient(what, dgoldfield(x, y), goldfield, x, y, argnums=(0, 1))


def check_practice_walk(walk):
    slopes = grad(goldfield, argnums=(0, 1))
    end = walk(0.1, 0.1, slopes)
    uphill = "A step downhill goes against the slopes."
    check_close("The end", end, (0.995, 0.998), atol=1e-3, mistakes=[((0.1, 0.1), uphill)])
    check_close("The end", walk(0.1, -0.1, slopes), (-0.980, -0.992), atol=1e-3,
                advice="Does the walk begin where it is told?")  # fmt: skip


def check_practice_axis(make):
    for y in (1.2, -0.4):
        advice = "The robot cannot change its y."
        check_gradient("slope(0.7)", make(y)(0.7), lambda x, y=y: goldfield(x, y), 0.7,
                       advice=advice)  # fmt: skip


def test_the_practice_answers_pass():
    check_practice_gradient(grad_ex_1())
    check_practice_walk(grad_ex_2)
    check_practice_axis(grad_ex_3)


def walk_of(sign=-1.0, start=None, steps=300):
    def walk(x, y, dgoldfield):
        x, y = start or (x, y)
        for _ in range(steps):
            dx, dy = dgoldfield(x, y)
            x, y = x + sign * 0.01 * dx, y + sign * 0.01 * dy
        return x, y

    return walk


@pytest.mark.parametrize(
    ("check", "answer", "message"),
    [
        (check_practice_gradient, grad(goldfield), "This is only the first of them"),
        (check_practice_gradient, lambda x, y: (4 * y - 4 * x, 4 * x - 4 * y**3), "The sign"),
        (check_practice_gradient, lambda x, y: goldfield(x, y), "should be a tuple of 2"),
        (check_practice_walk, walk_of(sign=1.0), "NaN or infinity"),
        (check_practice_walk, walk_of(start=(0.1, 0.1)), "begin where it is told?"),
        (check_practice_walk, walk_of(steps=150), "does not have the expected value"),
        (check_practice_walk, lambda x, y, d: None, "Does the function end with a return?"),
        (check_practice_axis, lambda y: grad(goldfield), "does not have the expected value"),
        (check_practice_axis, lambda y: lambda x: 4 * x - 4 * 1.2, "cannot change its y"),
        (check_practice_axis, lambda y: lambda x: 4 * y - 4 * x, "The sign"),
    ],
)
def test_wrong_answers_to_the_practice_are_told_why(check, answer, message):
    if message == "does not have the expected value" and check is check_practice_axis:
        answer = lambda y: lambda x: grad(goldfield, argnums=1)(x, y)  # noqa: E731
    assert message in said(check, answer)
