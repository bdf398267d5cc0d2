"""The quizzes: their form, and the facts behind them."""

import re
import warnings
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT
from jax import grad, jacfwd, jacrev, jit, random
from jax.scipy.special import logit
from jax.scipy.stats import norm
from pytest import approx
from sphinx.testing.util import SphinxTestApp
from sphinx.util.console import strip_escape_sequences

from dl_workshop.jax_idioms import goldfield
from dl_workshop.optimize import gradient_descent, newton

# Form


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_quiz_has_one_right_option_and_explains_all(soup, chapter):
    page = soup(chapter)
    quizzes = page.select("#check-yourself fieldset.quiz")
    assert quizzes, f"{chapter}.md has no {{quiz}} under its heading Check yourself."
    assert len({quiz.input["name"] for quiz in quizzes}) == len(quizzes)
    places = set()
    for quiz in quizzes:
        question = quiz.legend.get_text()
        assert len(question) > 20
        options = quiz.select(".quiz-option")
        assert len(options) in (3, 4), question
        assert len(quiz.select(".quiz-option.right")) == 1, question
        assert len({option.input["name"] for option in options}) == 1
        assert len({option.label.get_text() for option in options}) == len(options)
        for place, option in enumerate(options):
            right = "right" in option["class"]
            assert option.label["for"] == option.input["id"]
            assert len(page.find_all(id=option.input["id"])) == 1
            assert option.input["type"] == "radio"
            assert not option.input.has_attr("checked")
            (explanation,) = option.select(".quiz-explanation")
            assert explanation["aria-live"] == "polite"
            words = explanation.get_text().strip()
            assert words.startswith("Right. " if right else "Not quite. ")
            assert len(words) > 60, words
            places |= {place} if right else set()
    assert len(places) >= min(3, len(quizzes)), (
        f"In the {len(quizzes)} quizzes of {chapter}.md the right option is in {len(places)} places"
        " only; a reader would notice. Move some."
    )


def write_page(folder, *quizzes):
    blocks = "\n".join(f":::{{quiz}}\n{quiz}\n:::" for quiz in quizzes)
    (folder / "index.md").write_text(f"# A page\n\n{blocks}\n")
    (folder / "conf.py").write_text(
        'extensions = ["myst_parser", "authoring.sphinx.markup.quizzes"]\n'
        'myst_enable_extensions = ["colon_fence", "dollarmath"]\n'
        # Else it would be added to Sphinx's default, which other builds in this process share.
        'source_suffix = {".md": "markdown"}\n'
    )


def sphinx(folder, builder):
    """Build a page with nothing but MyST and the extension; return what was complained about."""
    with warnings.catch_warnings(action="ignore"):
        app = SphinxTestApp(builder, folder, builddir=folder, warningiserror=True, keep_going=True)
        try:
            app.build()
        finally:
            app.cleanup()
    complaints = strip_escape_sequences(app.warning.getvalue())
    assert (app.statuscode == 0) == (complaints == "")
    return complaints


GOOD = """\
What is $x$ after `f`?

```python
f()
```

- [ ] One, or $y$.

  No.
- [x] This:

  ```python
  2
  ```

  Yes.

  Really.
- [ ] *Three*
  and more.

  $$
  z
  $$

  No."""


def test_a_quiz_may_hold_formulas_and_code(tmp_path):
    write_page(tmp_path, GOOD, GOOD)
    assert sphinx(tmp_path, "singlehtml") == ""
    page = BeautifulSoup((tmp_path / "singlehtml" / "index.html").read_text(), "html.parser")
    quiz, other = page.select("fieldset")
    assert quiz.input["name"] != other.input["name"]
    assert quiz.legend.get_text() == r"What is \(x\) after f?"
    assert quiz.legend.find_next_sibling().get_text().strip() == "f()"
    first, second, third = quiz.select(".quiz-option")
    assert first.label.get_text() == r"One, or \(y\)."
    assert first.select_one(".quiz-explanation").get_text().strip() == "Not quite. No."
    # A label may hold words only, so what an option shows stands below it.
    assert second.label.get_text() == "This:"
    assert second.label.find_next_sibling().get_text().strip() == "2"
    assert second.select_one(".quiz-explanation").get_text().split() == [
        "Right.",
        "Yes.",
        "Really.",
    ]
    assert third.label.get_text() == "Three\nand more."
    assert third.label.find_next_sibling()["class"][0] == "math"


def test_other_builders_write_a_list(tmp_path):
    write_page(tmp_path, GOOD)
    assert sphinx(tmp_path, "text") == ""
    text = (tmp_path / "text" / "index.txt").read_text()
    assert re.search(r"\* One, or y\.\n\n  \*\*Not quite\.\*\* No\.\n\n\* This:", text)
    assert sphinx(tmp_path, "latex") == ""


FAULTS = {
    "no question": ("- [x] Yes.\n\n  So.\n- [ ] No.\n\n  So.", "A quiz begins with a paragraph"),
    "no options": ("Why?\n\nBecause.", "A quiz begins with a paragraph"),
    "one option": ("Why?\n- [x] Yes.\n\n  So.", "has a single option. Add a wrong one."),
    "no right option": (
        "Why?\n- [ ] Yes.\n\n  So.\n- [ ] No.\n\n  So.",
        "Mark exactly one option with [x]. In this quiz there are 0.",
    ),
    "two right options": (
        "Why?\n- [x] Yes.\n\n  So.\n- [x] No.\n\n  So.",
        "Mark exactly one option with [x]. In this quiz there are 2.",
    ),
    "no explanation": (
        "Why?\n- [x] Yes.\n\n  So.\n- [ ] No.",
        "Explain this option, in a paragraph indented below it: [ ] No.",
    ),
    "code in place of an explanation": (
        "Why?\n- [x] Yes.\n\n  So.\n- [ ] No.\n\n  ```\n  1\n  ```",
        "Explain this option, in a paragraph indented below it: [ ] No.",
    ),
    "no mark": (
        "Why?\n- [x] Yes.\n\n  So.\n- No.\n\n  So.",
        "Begin this option with [ ] if wrong, [x] if right: No.",
    ),
    "no words": (
        "Why?\n- [x] Yes.\n\n  So.\n- [ ]\n\n  ```\n  1\n  ```\n\n  So.",
        "Begin each option with a few words",
    ),
}


def test_a_faulty_quiz_fails_the_build_and_says_what_to_do(tmp_path):
    write_page(tmp_path, *(quiz for quiz, _ in FAULTS.values()))
    complaints = sphinx(tmp_path, "html").splitlines()
    starts = [
        number
        for number, line in enumerate((tmp_path / "index.md").read_text().splitlines(), start=1)
        if line == ":::{quiz}"
    ]
    for (_, message), line, complaint in zip(FAULTS.values(), starts, complaints, strict=True):
        assert f"index.md:{line}: ERROR: " in complaint
        assert message in complaint


# The facts


def check_source(chapter, *words):
    """Check that the questions of a chapter still say what a test holds."""
    text = (ROOT / "book" / f"{chapter}.md").read_text()
    text = " ".join(text.partition("## Check yourself")[2].partition("## Practice")[0].split())
    for each in words:
        assert each in text


def test_grad_takes_the_first_argument_data_or_not():
    def loss(data, w):
        return jnp.sum((data - w) ** 2)

    data = jnp.array([1.0, 2.0, 4.0])
    assert grad(loss)(data, 2.0) == approx(np.array([-2.0, 0.0, 4.0]))
    assert grad(loss, argnums=1)(data, 2.0) == approx(-2.0)
    assert [each.shape for each in grad(loss, argnums=(0, 1))(data, 2.0)] == [(3,), ()]
    with pytest.raises(TypeError, match="real- or complex-valued"):
        grad(loss)(data.astype(int), 2.0)


def test_a_finite_difference_with_a_tiny_h_is_mostly_rounding():
    def difference(h):
        return (jnp.sin(1.0 + h) - jnp.sin(1.0 - h)) / (2 * h)

    assert f"{grad(jnp.sin)(1.0):.4f} {difference(jnp.float32(1e-2)):.4f}" == "0.5403 0.5403"
    assert f"{difference(jnp.float32(1e-7)):.4f}" == "0.8941"
    check_source("gradients", "you get 0.5403 as well, but with $h = 10^{-7}$ you get 0.8941")


def test_the_length_of_zero_has_a_value_and_no_slope():
    def length(w):
        return jnp.sqrt(jnp.sum(w**2))

    assert length(jnp.zeros(2)) == 0
    assert jnp.isnan(grad(length)(jnp.zeros(2))).all()
    assert jnp.zeros(2).dtype == jnp.float32


def test_forward_mode_is_cheapest_for_few_inputs():
    def model(settings):
        return jnp.sin(jnp.arange(1.0, 101.0)[:, None] * settings).sum(axis=1)

    def operations(derivative):
        program = jit(derivative(model)).lower(jnp.ones(3)).compile()
        return program.cost_analysis()["flops"]

    assert jacfwd(model)(jnp.ones(3)).shape == jacrev(model)(jnp.ones(3)).shape == (100, 3)
    assert 10 * operations(jacfwd) < operations(jacrev)
    with pytest.raises(TypeError, match="scalar-output"):
        grad(model)(jnp.ones(3))


def height(position):
    return goldfield(*position)


def test_positive_on_the_diagonal_is_not_yet_a_minimum():
    curvatures, directions = jnp.linalg.eigh(jnp.array([[2.0, 3.0], [3.0, 2.0]]))
    assert curvatures == approx(np.array([-1.0, 5.0]))
    assert directions[0, 0] == approx(-directions[1, 0])


def test_a_hopping_robot_raises_no_error():
    walk = gradient_descent(height, (0.1, 0.1), 0.2, steps=10_000)
    assert np.abs(np.diff(np.asarray(walk.values[-4:]))).min() > 0.5


def test_the_farther_gold_is_found():
    start = np.array([1.5, -1.2])
    assert f"{np.hypot(*(start - 1)):.2f} {np.hypot(*(start + 1)):.2f}" == "2.26 2.51"
    assert np.hypot(*start) < 2.26
    end = gradient_descent(height, tuple(map(float, start)), 0.01, steps=600).end
    assert np.array(end) == approx(np.array([-1.0, -1.0]), abs=1e-3)
    check_source("goldfield", "is 2.26 away, and that at $(-1, -1)$ is 2.51 away")


def test_the_logarithm_of_a_density_is_lost_from_14_standard_deviations_on():
    assert jnp.isfinite(jnp.log(norm.pdf(13.0)))
    assert jnp.log(norm.pdf(14.0)) == -jnp.inf
    assert norm.logpdf(14.0) == approx(-98.919, abs=1e-3)
    check_source("mle", "From about 14 standard deviations on")
    assert grad(lambda x: jnp.log(norm.pdf(x)))(2.0) == approx(-2.0)


def test_newton_climbs_to_a_hilltop():
    def double_well(x):
        return x**4 - 2 * x**2

    path = newton(double_well, 0.3, 6).path
    assert f"{path[1]:.2f}" == "-0.07"
    assert path[-1] == approx(0.0, abs=1e-6)
    assert double_well(path[1]) > double_well(path[0])
    assert grad(grad(double_well))(0.3) < 0
    check_source("mle", "Newton's method starts at 0.3, is at $-0.07$")


def test_standard_errors_from_a_mean_are_too_large():
    x = random.normal(random.key(0), (400,))

    def loss(mu, reduce):
        return -reduce(norm.logpdf(x, loc=mu))

    by_sum, by_mean = (
        1 / jnp.sqrt(grad(grad(loss))(0.0, reduce)) for reduce in (jnp.sum, jnp.mean)
    )
    assert by_sum == approx(1 / 20)
    assert by_mean / by_sum == approx(20)


def test_a_key_used_twice_sorts_both_arrays_alike():
    key = random.key(3)
    a, b = random.normal(key, (100,)), random.uniform(key, (100,))
    assert (jnp.argsort(a) == jnp.argsort(b)).all()
    assert not (a == b).any()


def test_an_update_beyond_the_end_does_nothing():
    x = jnp.array([1.0, 2.0, 3.0])
    assert (x.at[5].set(9.0) == x).all()
    assert x[5] == 3.0


def test_the_condition_number_is_squared():
    x = jnp.diag(jnp.array([1e4, 1.0]))
    assert jnp.linalg.cond(x) == approx(1e4)
    assert jnp.linalg.cond(x.T @ x) == approx(1e8)


def test_a_coefficient_of_0_7_doubles_the_odds():
    assert np.exp(0.7) == approx(2, abs=0.02)
    assert f"{jax.nn.sigmoid(logit(0.95) + 0.7):.2f}" == "0.97"
    check_source("logistic", "it rises to 0.97")


def test_a_clipped_loss_does_not_pull():
    def clipped_loss(z):
        return -jnp.log(1 - jnp.clip(jax.nn.sigmoid(z), 1e-7, 1 - 1e-7))

    assert clipped_loss(20.0) == approx(16, abs=0.1)
    assert grad(clipped_loss)(20.0) == 0
    check_source("logistic", "The loss is about 16")


def test_separable_data_give_a_large_coefficient_and_a_larger_error():
    above = jnp.linspace(0.5, 1.5, 15)

    def loss(slope):  # of 15 cases above zero, all a yes, and 15 below, all a no
        return -2 * jax.nn.log_sigmoid(slope * above).sum()

    gradient, curvature = jit(grad(loss)), jit(grad(grad(loss)))
    slope, errors = 0.0, []
    while slope < 30:
        slope -= gradient(slope) / curvature(slope)
        errors.append(1 / jnp.sqrt(curvature(slope)))
    assert errors == sorted(errors)
    assert errors[-1] > 10 * slope
    assert loss(slope) < 1e-4 < loss(0.0)


def test_what_is_traced_again():
    traced = []

    @jit
    def double(x):
        traced.append(x)
        return 2 * x

    double(1.0)
    double(2.0)
    double(jnp.ones(3))
    assert len(traced) == 2


def test_data_from_outside_are_fixed():
    x = jnp.ones(3)

    @jit
    def mean_square(mu):
        return jnp.mean((x - mu) ** 2)

    before = mean_square(0.0)
    x = 2 * x
    assert mean_square(0.0) == before == 1.0


def relu(x):
    if x > 0:
        return x
    return 0.0


def test_grad_knows_the_value_and_jit_does_not():
    assert relu(1.5) == 1.5
    assert grad(relu)(1.5) == 1.0
    with pytest.raises(jax.errors.TracerBoolConversionError):
        jit(relu)(1.5)


def test_each_value_of_a_static_argument_is_compiled():
    traced = []

    @partial(jit, static_argnames="rate")
    def step(x, rate):
        traced.append(rate)
        return x - rate * x

    ends = [float(step(1.0, rate)) for rate in (0.1, 0.2, 0.1)]
    assert traced == [0.1, 0.2]
    assert ends == approx([0.9, 0.8, 0.9])
