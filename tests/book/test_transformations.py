"""The numbers of the chapter on transformations, as its cells computed them."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import grad, jit, lax, make_jaxpr, vmap
from pytest import approx
from scipy import stats


@pytest.fixture(scope="module")
def chapter(executed):
    return executed("transformations")


@pytest.fixture(scope="module")
def variables(run):
    return run("transformations")[0]


def primitives(jaxpr):
    """Return the operation of each line of a jaxpr, in order, from its text."""
    return re.findall(r" = (\w+)", jaxpr)


def test_vmap_equals_the_loop_and_scipy(chapter, variables):
    x = np.asarray(variables["x"], dtype=np.float64)
    assert x.shape == (100,)
    density = stats.norm(3.0, np.exp(1.0))
    assert chapter.value("loss_of_one(theta, 0.5)") == approx(-density.logpdf(0.5), rel=1e-5)
    assert chapter.value("losses_of_all(theta, x).shape") == (100,)
    line = 'print(f"vmap {loss(theta, x):.3f}, loop {by_loop:.3f}")'
    by_vmap, by_loop = chapter.numbers(line)
    assert by_vmap == by_loop == approx(-density.logpdf(x).sum(), abs=2e-3)


def test_axes(chapter):
    sizes = chapter.text("print(error)")
    assert "had size 2: axis 0 of argument theta" in sizes
    assert "had size 100: axis 0 of argument x_i" in sizes
    table = np.array([[1, 2, 3], [1, 2, 4], [1, 2, 9]])
    rows, columns = chapter.value("vmap(spread, in_axes=0)(table), vmap(spread, in_axes=1)(table)")
    np.testing.assert_array_equal(rows, np.ptp(table, axis=1))
    np.testing.assert_array_equal(columns, np.ptp(table, axis=0))


def test_the_map_of_the_loss(chapter, variables):
    assert chapter.value("surface.shape") == (61, 91)
    mus, log_variances = (np.asarray(variables[n]) for n in ("mus", "log_variances"))
    surface, x = np.asarray(variables["surface"]), np.asarray(variables["x"])
    sds = np.exp(log_variances / 2)[:, None, None]
    truth = -stats.norm.logpdf(x, loc=mus[:, None], scale=sds).sum(axis=-1)
    np.testing.assert_allclose(surface, truth, rtol=1e-4)
    second = vmap(variables["one_row"], in_axes=(None, 0, None), out_axes=1)
    assert second(mus, log_variances, x).shape == (91, 61)


def test_gradient_in_both_modes_and_by_measurement(chapter, variables):
    x = np.asarray(variables["x"], dtype=np.float64)
    by_hand = np.stack([-x, 0.5 * (1 - x**2)], axis=1)  # at mu = 0 and a variance of 1
    total = by_hand.sum(axis=0)
    np.testing.assert_allclose(chapter.value("grad(loss)(start, x)"), total, rtol=1e-5)
    np.testing.assert_allclose(chapter.value("jax.jacfwd(loss)(start, x)"), total, rtol=1e-5)
    shape, added = chapter.value("gradients.shape, gradients.sum(axis=0)")
    assert shape == (100, 2)
    np.testing.assert_allclose(added, total, rtol=1e-5)
    np.testing.assert_allclose(variables["gradients"], by_hand, rtol=1e-5, atol=1e-6)
    # What the alternative text of the figure says.
    pulls = -by_hand[:, 1]
    assert (x.min(), x.max()) == (approx(-2.3, abs=0.05), approx(4.2, abs=0.05))
    assert (pulls.min(), pulls.max()) == (approx(-0.5, abs=5e-3), approx(8.5, abs=0.05))
    assert ((pulls < 0) == (abs(x) < 1)).all()


def test_reverse_mode_is_the_cheaper_one(variables):
    def operations(f):
        program = jit(f).lower(variables["start"], variables["x"]).compile()
        return program.cost_analysis()["flops"]

    loss = variables["loss"]
    assert operations(jax.jacfwd(loss)) > 1.5 * operations(grad(loss))


def test_parameters_with_names(chapter, variables):
    cells = [c for c in chapter.cells if c.source.startswith(("def loss_of_named", "stepped"))]
    slopes, stepped = (eval(cell.outputs[0].text) for cell in cells)
    x = np.asarray(variables["x"], dtype=np.float64)
    assert slopes["mu"] == approx(-x.sum(), abs=6e-3)
    assert slopes["log_variance"] == approx(0.5 * (100 - (x**2).sum()), abs=6e-3)
    assert stepped["mu"] == approx(-0.01 * slopes["mu"], abs=6e-4)
    axes = {"mu": 0, "log_variance": None}
    named = {"mu": jnp.zeros(3), "log_variance": jnp.float32(0.0)}
    mapped = vmap(variables["loss_of_named"], in_axes=(axes, None))
    assert mapped(named, variables["x"]).shape == (3,)


# The lines that the chapter reads one by one, the same in all versions of JAX that it runs on.
READ = {
    "print(make_jaxpr(short_loss)(one, one, one))": """\
{ lambda ; a:f32[] b:f32[] c:f32[]. let
    d:f32[] = sub c a
    e:f32[] = integer_pow[y=2] d
    f:f32[] = exp b
    g:f32[] = div e f
    h:f32[] = add b g
    i:f32[] = mul 0.5:f32[] h
  in (i,) }""",
    "print(make_jaxpr(for_five)(one, one, jnp.ones(5)))": """\
{ lambda ; a:f32[] b:f32[] c:f32[5]. let
    d:f32[5] = sub c a
    e:f32[5] = integer_pow[y=2] d
    f:f32[] = exp b
    g:f32[5] = div e f
    h:f32[5] = add b g
    i:f32[5] = mul 0.5:f32[] h
  in (i,) }""",
    "print(make_jaxpr(grad(short_loss))(one, one, one))": """\
{ lambda ; a:f32[] b:f32[] c:f32[]. let
    d:f32[] = sub c a
    e:f32[] = integer_pow[y=2] d
    f:f32[] = mul 2.0:f32[] d
    g:f32[] = exp b
    h:f32[] = div e g
    i:f32[] = add b h
    _:f32[] = mul 0.5:f32[] i
    j:f32[] = mul 0.5:f32[] 1.0:f32[]
    k:f32[] = div j g
    l:f32[] = mul k f
    m:f32[] = neg l
  in (m,) }""",
    "print(make_jaxpr(halved_thrice)(one))": """\
{ lambda ; a:f32[]. let
    b:f32[] = div a 2.0:f32[]
    c:f32[] = div b 2.0:f32[]
    d:f32[] = div c 2.0:f32[]
  in (d,) }""",
}


@pytest.mark.parametrize("line", READ)
def test_jaxprs_are_those_that_the_chapter_reads(chapter, line):
    assert chapter.text(line).rstrip() == READ[line]


def test_the_arrows_of_the_dataflow_are_those_of_the_jaxpr(variables):
    used = set()
    for line in READ["print(make_jaxpr(grad(short_loss))(one, one, one))"].splitlines()[1:-1]:
        result, operation = line.split(" = ")
        arguments = re.findall(r" ([a-z])\b", operation)
        used |= {(argument, result.strip()[0]) for argument in arguments}
    arrows = (variables["solid"] + " " + variables["dashed"]).split()
    assert len(arrows) == len(set(arrows))
    assert {tuple(arrow) for arrow in arrows} == used


def test_a_scan_holds_its_body_once(chapter):
    text = chapter.text("print(make_jaxpr(halved_by_scan)(one))")
    assert primitives(text) == ["scan", "div"]
    assert "length=3" in text


def test_lines_of_the_unrolled_loop_grow_and_those_of_the_scan_do_not(chapter, variables):
    line = 'print(f"{steps:3} steps: unrolled {long:4} lines, scan {short} lines")'
    steps, long, short = np.reshape(chapter.numbers(line), (3, 3)).T
    np.testing.assert_array_equal(long, long[0] * steps)
    assert 20 < long[0] < 50
    assert len(set(short)) == 1
    assert 20 < short[0] < 50
    # One line is one operation.
    traced = make_jaxpr(partial(variables["unrolled"], steps=10))
    jaxpr = traced(variables["start"], variables["x"])
    assert variables["count_lines"](variables["unrolled"], 10) >= len(jaxpr.eqns)


def test_all_descents_reach_mean_and_variance(chapter, variables):
    x = np.asarray(variables["x"], dtype=np.float64)
    assert chapter.value("jnp.mean(x), jnp.var(x)") == (
        approx(x.mean(), rel=1e-5),
        approx(x.var(), rel=1e-5),
    )
    line = 'print(f"{mu:.5f} {jnp.exp(log_variance):.5f}  {descend.__name__}")'
    ends = np.reshape(chapter.numbers(line), (3, 2))
    np.testing.assert_allclose(ends, [[x.mean(), x.var()]] * 3, atol=1e-3)
    np.testing.assert_allclose(ends, ends[[0, 0, 0]], atol=2e-5)


def test_a_call_returns_before_its_result_is_there(chapter):
    line = 'print(f"the call returned after {100 * returned / finished:.1f} % of the time")'
    assert chapter.numbers(line)[0] < 50


def test_compiled_loops_are_faster(chapter):
    # Loosely: times are those of one run on a computer that may be busy.
    line = 'print(f"{name:22} {ratio:8,.0f} times as fast as plain")'
    rows = [row.split()[:2] for row in chapter.text(line).strip().splitlines()]
    ratios = {name: float(ratio.replace(",", "")) for name, ratio in rows}
    assert ratios["descend_plain"] == 1
    assert ratios["descend_compiled_grad"] > 3
    assert ratios["descend_scan"] > 3 * ratios["descend_compiled_grad"]


def test_branches_on_shapes_and_not_on_values(chapter, variables):
    centred, error = chapter.text("print(type(error).__name__)").strip().splitlines()
    np.testing.assert_array_equal(np.fromstring(centred.strip("[]"), sep=" "), [-2, -1, 3])
    assert error == "TracerBoolConversionError"
    clip = variables["clip_negative"].__wrapped__
    assert (clip(-1.0), clip(2.0)) == (0.0, 2.0)
    assert (grad(clip)(-1.0), grad(clip)(2.0)) == (0.0, 1.0)
    for refused in (
        lambda: vmap(clip)(jnp.ones(2)),
        lambda: lax.scan(lambda carry, _: (clip(carry), None), 1.0, length=2),
    ):
        with pytest.raises(jax.errors.TracerBoolConversionError):
            refused()


def test_the_table_of_what_tracing_makes_of_python():
    def over_rows(x):
        total = 0.0
        for row in x:
            total = total + row
        return total

    assert primitives(str(make_jaxpr(over_rows)(jnp.ones(4)))).count("add") == 4

    with pytest.raises(jax.errors.TracerIntegerConversionError):
        jit(lambda n: sum(range(n)))(3)

    def until_ten(x, doublings=0):
        while doublings < 3:
            x, doublings = 2 * x, doublings + 1
        return x

    assert primitives(str(make_jaxpr(until_ten)(1.0))) == ["mul"] * 3

    def until_value(x):
        while x < 10:
            x = 2 * x
        return x

    with pytest.raises(jax.errors.TracerBoolConversionError):
        jit(until_value)(1.0)


def test_cond_holds_both_branches_and_becomes_a_select(chapter, variables):
    text = chapter.text("print(make_jaxpr(log_above_one)(one))")
    branches = text[text.index("branches") :]
    assert branches.index("0.0:f32[]") < branches.index("log")
    line = 'print("cond" in mapped, "log" in mapped, "select_n" in mapped)'
    assert chapter.text(line).split() == ["False", "True", "True"]

    def chosen(flag, x):
        return lax.cond(flag, jnp.sin, jnp.cos, x)

    same_for_all = make_jaxpr(vmap(chosen, in_axes=(None, 0)))(True, jnp.ones(3))
    assert "cond" in primitives(str(same_for_all))
    gradients = vmap(grad(variables["log_above_one"]))(variables["points"])
    np.testing.assert_array_equal(gradients, [0, 0, 0.5])


def test_the_branch_not_taken_makes_a_nan(chapter):
    values, gradients = chapter.text("print(vmap(grad(log_above_one_where))(points))").splitlines()
    assert np.fromstring(values.strip("[]"), sep=" ") == approx([0, 0, np.log(2)], abs=1e-6)
    assert gradients.strip("[]").split() == ["nan", "0.", "0.5"]
    safe = chapter.text("print(vmap(grad(log_above_one_safe))(points))")
    assert safe.strip().strip("[]").split() == ["0.", "0.", "0.5"]


def test_while_loop_stops_and_goes_forward_only(chapter, variables):
    line = 'print(f"{steps} steps to mu {theta[0]:.4f}, variance {jnp.exp(theta[1]):.4f}")'
    steps, mu, variance = chapter.numbers(line)
    x = np.asarray(variables["x"])
    assert steps < 100
    assert (mu, variance) == (approx(x.mean(), abs=1e-3), approx(x.var(), abs=1e-3))
    message, slope = chapter.text("jax.jacfwd(doubled_until_ten)(1.5)").split("\n", 1)
    assert message == "Reverse-mode differentiation does not work for lax.while_loop"
    assert slope.startswith("Array(8.")


def test_print_prints_once_while_tracing(chapter):
    traced, values = chapter.text("print(twice(1.0), twice(2.0))").strip().splitlines()
    assert re.fullmatch(r"tracing with \w*Tracer\S*", traced)
    assert values == "2.0 4.0"


def test_debug_print_prints_at_every_call(capsys):
    @jit
    def twice(x):
        jax.debug.print("value {}", x)
        return 2 * x

    twice(1.0)
    twice(2.0)
    jax.effects_barrier()
    assert capsys.readouterr().out.split() == ["value", "1.0", "value", "2.0"]


def test_noise_from_numpy_is_frozen(chapter, run):
    variables, _ = run("transformations")
    line = 'print(f"spread without jit {np.std(slow):.3f}, with jit {np.std(fast):.3f}")'
    slow, fast = chapter.numbers(line)
    assert slow == approx(0.1, rel=0.15)  # three standard errors of a spread of 200
    assert fast == 0
    assert len({float(mean) for mean in variables["fast"]}) == 1
    line = 'print(f"spread {pure.std():.3f}, on paper {1 / np.sqrt(len(x)):.3f}")'
    pure, on_paper = chapter.numbers(line)
    assert pure == approx(on_paper, rel=0.15)
    assert on_paper == 0.1
    for name in ("slow", "pure"):
        assert np.ptp(np.array(variables[name])) == approx(0.55, abs=0.05)


def test_a_global_is_compiled_in_until_another_type_comes(chapter):
    assert chapter.numbers("print(shrink(1.0), shrink(jnp.float32(1.0)))") == [0.9, 0.9, 0.5]


def test_data_from_outside_become_part_of_the_program(chapter):
    line = "print(str(make_jaxpr(mean_square_of_x)(one)).splitlines()[0])"
    passed, closed_over = chapter.text(line).splitlines()
    assert passed == "{ lambda ; a:f32[] b:f32[100]. let"
    assert closed_over == "{ lambda a:f32[100]; b:f32[]. let"


def test_tracers_in_a_list_are_of_no_use(chapter, variables):
    line = 'print(f"{len(path)} entries, {type(error).__name__}")'
    assert chapter.text(line).strip() == "3 entries, UnexpectedTracerError"
    before = len(variables["path"])
    variables["three_steps"](variables["start"], variables["x"])
    assert len(variables["path"]) == before == 3


def test_what_compiles_again(chapter):
    assert chapter.text("watched(argument)").split() == [
        word
        for kind in ("float32[3]", "float32[4]", "float32[]", "~float32[]", "~int32[]")
        for word in ("tracing", "for", kind)
    ]
    degrees = chapter.text("print(powers(jnp.arange(4.0), degree).shape)").strip().splitlines()
    assert degrees == [
        "tracing for degree 2",
        "(4, 3)",
        "tracing for degree 3",
        "(4, 4)",
        "(4, 3)",
    ]
    unhashable = chapter.text('print(str(error).split(".")[0])')
    assert unhashable.strip() == "Non-hashable static arguments are not supported"
    assert chapter.text("apply(jnp.sin, 1.0)").split() == ["tracing"] * 3


def test_calls_that_compile_stand_out(variables):
    multiples = variables["multiples"]
    assert len(multiples) == 12
    others = np.delete(multiples, [0, 4])
    assert min(multiples[0], multiples[4]) > 10 * np.median(others)
    assert multiples[8] < multiples[0] / 3


def test_log_compiles_logs_shapes(caplog):
    with jax.log_compiles():
        jit(lambda x: x + 3)(jnp.ones(7))
    assert "float32[7]" in caplog.text


def test_fifty_fits(chapter, variables):
    assert chapter.value("estimates.shape, paths.shape") == ((50, 2), (50, 100, 2))
    samples = np.asarray(variables["samples"], dtype=np.float64)
    mu, log_variance = np.asarray(variables["estimates"]).T
    np.testing.assert_allclose(mu, samples.mean(axis=1), atol=1e-3)
    np.testing.assert_allclose(np.exp(log_variance), samples.var(axis=1), rtol=1e-3)
    assert (mu.mean(), log_variance.mean()) == (approx(0.5, abs=0.1), approx(0.7, abs=0.1))


def test_practice(chapter, variables):
    line = 'print(f"largest gap in 20 samples below 1e-5: {jnp.abs(gaps).max() < 1e-5}")'
    fits, gap = chapter.text(line).strip().splitlines()
    fitted, mean = (float(word) for word in re.findall(r"\d\.\d+", fits))
    assert fitted == approx(mean, abs=1e-4)
    assert gap.endswith("True")
    mystery = chapter.text("print(make_jaxpr(mystery)(jnp.ones(4)))")
    assert primitives(mystery) == ["sub", "integer_pow", "reduce_sum", "div"]
    assert "4.0:f32[]" in mystery
    backwards = chapter.text("print(make_jaxpr(grad(mystery))(jnp.ones(4)))")
    *_, divide, spread, multiply, end = backwards.splitlines()
    assert divide.strip() == "f:f32[] = div 1.0:f32[] 4.0:f32[]"
    assert re.match(r"g:f32\[4\] = broadcast_in_dim.* f$", spread.strip())
    assert multiply.strip() == "h:f32[4] = mul g d"
    assert end.strip() == "in (h,) }"
    roots = chapter.numbers("print(np.asarray(vmap(root)(numbers)).round(3))")
    np.testing.assert_allclose(roots, np.sqrt(np.arange(2, 11)), atol=1e-3)
    # In the mapped loop, whoever has arrived keeps the old value.
    root = variables["root"]
    assert "select" in jit(vmap(root)).lower(variables["numbers"]).as_text()
    alone = [root(number) for number in variables["numbers"]]
    np.testing.assert_allclose(vmap(root)(variables["numbers"]), alone, rtol=1e-6)
