"""The chapter on transformations: its numbers, and what it says about JAX."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from pytest import approx


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("transformations")


@pytest.fixture(scope="module")
def variables(run):
    return run("transformations")[0]


def test_one_sample_mapped_equals_the_loop(chapter, variables):
    x = np.asarray(variables["x"], dtype=float)
    assert len(x) == 100
    exact = -scipy.stats.norm.logpdf(x, 3.0, np.exp(1.0)).sum()
    mapped, loop = chapter.numbers('print(f"vmap {loss(theta, x):.3f}, loop {by_loop:.3f}")')
    assert mapped == approx(loop, abs=1e-3) == approx(exact, abs=2e-3)
    assert chapter.value("losses_of_all(theta, x).shape") == (100,)
    assert chapter.value("surface.shape") == (61, 81)
    surface = variables["surface"]
    at = np.unravel_index(np.argmin(surface), surface.shape)
    assert variables["log_variances"][at[0]] == approx(np.log(x.var()), abs=0.05)
    assert variables["mus"][at[1]] == approx(x.mean(), abs=0.05)


def test_sizes_that_agree_by_chance_go_unnoticed(chapter, variables):
    assert "one axis had size 2" in chapter.text("print(error)")
    loss_of_one = variables["loss_of_one"]
    with pytest.raises(TypeError):
        # One number cannot be taken apart into two parameters.
        jax.vmap(loss_of_one)(jnp.zeros(2), jnp.ones(2))


def test_gradients_of_each_measurement_add_up(chapter, variables):
    total = chapter.value("grad(loss)(start, x)")
    shape, summed = chapter.value("gradients.shape, gradients.sum(axis=0)")
    x = np.asarray(variables["x"], dtype=float)
    assert tuple(total) == approx((-x.sum(), (100 - (x**2).sum()) / 2), rel=1e-4)
    assert shape == (100, 2)
    assert tuple(summed) == approx(tuple(total), rel=1e-4)
    forward = jax.jacfwd(variables["loss"])(variables["start"], variables["x"])
    assert tuple(forward) == approx(tuple(total), rel=1e-5)


def operations(text):
    """The operations of a jaxpr with the types of their results, in order."""
    return re.findall(r"(\w+):(\w+\[\d*\]) = (\w+)", text)


def test_the_jaxpr_is_as_read_in_the_text(chapter):
    lines = operations(chapter.text("print(make_jaxpr(short_loss)(one, one, one))"))
    names = ["sub", "integer_pow", "exp", "div", "add", "mul"]
    assert [(name, operation) for name, _, operation in lines] == list(
        zip("defghi", names, strict=True)
    )
    mapped = operations(chapter.text("print(make_jaxpr(for_five)(one, one, jnp.ones(5)))"))
    assert [operation for *_, operation in mapped] == names
    assert [kind for _, kind, _ in mapped] == ["f32[5]"] * 2 + ["f32[]"] + ["f32[5]"] * 3


def test_the_jaxpr_of_the_gradient_is_as_read(chapter):
    text = chapter.text("print(make_jaxpr(grad(short_loss))(one, one, one))")
    names = [operation for *_, operation in operations(text)]
    assert names[:2] == ["sub", "integer_pow"]
    assert "mul 2.0:f32[] d" in text
    assert re.search(r"_:f32\[\] = mul 0\.5", text), "a result that is not used"
    assert names[-4:] == ["mul", "div", "mul", "neg"]


def test_all_three_descents_arrive_at_the_closed_form(chapter, variables):
    x = np.asarray(variables["x"], dtype=float)
    text = chapter.text('print(f"{mu:.5f} {jnp.exp(log_variance):.5f}  {descend.__name__}")')
    pairs = re.findall(r"^([\d.]+) ([\d.]+)", text, re.MULTILINE)
    assert len(pairs) == 3
    for pair in pairs:
        assert tuple(map(float, pair)) == approx((x.mean(), x.var()), abs=1e-3)
    assert chapter.value("jnp.mean(x), jnp.var(x)") == approx((x.mean(), x.var()), abs=1e-5)


def test_compiled_loops_are_faster_by_far(chapter):
    # Loose: the text promises the order, and "a hundredth" and "a thousandth" in the figure.
    text = chapter.text('print(f"{name:22} {plain / taken:8,.0f} times as fast as plain")')
    ratios = [float(n.replace(",", "")) for n in re.findall(r"([\d,]+) times", text)]
    assert ratios[0] == 1
    assert ratios[1] > 20
    assert ratios[2] > 5 * ratios[1]
    line = 'print(f"the call returned after {100 * returned / finished:.1f} % of the time")'
    assert chapter.numbers(line)[0] < 30


def test_a_python_loop_unrolls_and_a_scan_does_not(chapter):
    text = chapter.text('print(f"{steps:3} steps: unrolled {long:4} lines, scan {short} lines")')
    rows = [tuple(map(int, re.findall(r"\d+", line))) for line in text.splitlines()]
    assert [steps for steps, *_ in rows] == [1, 10, 100]
    (_, first, scan), (_, ten, scan_ten), (_, hundred, scan_hundred) = rows
    assert (ten, hundred) == (approx(10 * first, rel=0.1), approx(100 * first, rel=0.1))
    assert scan == scan_ten == scan_hundred


def test_what_traces(chapter):
    text = chapter.text("print(type(error).__name__)")
    assert text.split()[-1] == "TracerBoolConversionError"

    def clip_negative(x):
        return 0.0 if x < 0 else x

    assert jax.grad(clip_negative)(2.0) == 1.0
    for mapped in (jax.vmap(clip_negative), jax.jit(clip_negative)):
        with pytest.raises(jax.errors.TracerBoolConversionError):
            mapped(jnp.ones(1))
    assert "cond[" in chapter.text("print(make_jaxpr(log_or_zero)(one))")
    line = "print(f\"cond: {'cond[' in mapped}, select_n: {'select_n' in mapped}\")"
    assert chapter.text(line).strip() == "cond: False, select_n: True"


def test_while_loop_stops_and_goes_forward_only(chapter, variables):
    steps, mean, log_variance = chapter.numbers('print(f"{steps} steps to {theta}")')
    x = np.asarray(variables["x"], dtype=float)
    assert 2 < steps < 30
    assert (mean, log_variance) == approx((x.mean(), np.log(x.var())), abs=1e-3)
    text = chapter.text("jax.jacfwd(doubled_until_ten)(1.5)")
    assert "Reverse-mode differentiation does not work for lax.while_loop" in text
    assert "8." in text.splitlines()[-1]


def test_impure_functions(chapter):
    text = chapter.text("print(twice(1.0), twice(2.0))")
    assert text.count("tracing with") == 1
    assert text.splitlines()[-1] == "2.0 4.0"
    line = 'print(f"spread without jit {np.std(slow):.3f}, with jit {np.std(fast):.3f}")'
    without, compiled = chapter.numbers(line)
    assert without == approx(0.1, rel=0.15)
    assert compiled == 0
    line = 'print(f"spread {pure.std():.3f}, on paper {1 / np.sqrt(len(x)):.3f}")'
    assert chapter.numbers(line) == approx([0.1, 0.1], rel=0.15)


def test_what_compiles_again(chapter):
    assert chapter.text("watched(argument)").count("tracing for") == 5
    text = chapter.text("print(powers(jnp.arange(4.0), degree).shape)")
    assert re.findall(r"for degree (\d)", text) == ["2", "3"]
    assert chapter.text("apply(jnp.sin, 1.0)").count("tracing") == 3


def test_fifty_fits(chapter, variables):
    text = chapter.text('print(f"mean of the 50 means {estimates[:, 0].mean():.2f}")')
    assert "(50, 2), (50, 100, 2)" in text
    assert float(text.split()[-1]) == approx(0.5, abs=0.06)
    samples = np.asarray(variables["samples"])
    np.testing.assert_allclose(variables["estimates"][:, 0], samples.mean(axis=1), atol=1e-3)
    np.testing.assert_allclose(np.exp(variables["estimates"][:, 1]), samples.var(axis=1), rtol=1e-3)


def test_practice(chapter):
    line = 'print(f"largest gap in 20 samples {jnp.abs(gaps).max():.6f}")'
    text = chapter.text(line)
    fitted, mean = map(float, re.findall(r"\d\.\d{4}", text.splitlines()[0]))
    assert fitted == approx(mean, abs=2e-4)
    assert float(text.split()[-1]) < 1e-4
    names = operations(chapter.text("print(make_jaxpr(mystery)(jnp.ones(4)))"))
    assert [(kind, operation) for _, kind, operation in names] == [
        ("f32[4]", "sub"), ("f32[4]", "integer_pow"), ("f32[]", "reduce_sum"), ("f32[]", "div")
    ]  # fmt: skip
    assert "4.0:f32[]" in chapter.text("print(make_jaxpr(mystery)(jnp.ones(4)))")
    line = "jnp.abs(vmap(root)(numbers) - jnp.sqrt(numbers)).max() < 1e-4"
    assert "True" in chapter.text(line)
