"""Advice under the errors of JAX, in IPython and in a notebook."""

import re

import jax
import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from jax import grad, jit, lax, random, vmap
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from dl_workshop import hints


def reuse():
    with jax.debug_key_reuse(True):
        key = random.key(0)
        return random.normal(key) + random.normal(key)


def leak():
    kept = []
    jit(lambda x: kept.append(x) or x)(1.0)
    return kept[0] + 1


ERRORS = {
    "integer": (lambda: grad(lambda x: x**2)(3), "Write 3.0 instead of 3"),
    "array": (lambda: grad(lambda x: x**2)(jnp.ones(2)), "Sum or average the loss"),
    "in place": (lambda: jnp.ones(3).__setitem__(0, 1.0), "x = x.at[i].set(value)"),
    "if": (lambda: jit(lambda x: 1 if x > 0 else 2)(1.0), "Use jnp.where for values"),
    "if on an array": (lambda: 1 if jnp.ones(2) > 0 else 2, "For an array use jnp.where"),
    "range": (lambda: jit(lambda n: sum(range(n)))(3), "Pass it as a static argument"),
    "numpy": (lambda: jit(lambda x: np.sin(x))(1.0), "from jax.numpy or jax.scipy"),
    "mask": (lambda: jit(lambda x: x[x > 0])(jnp.ones(3)), "Keep the shape"),
    "float": (lambda: jit(lambda x: float(x))(1.0), "JAX needs this value while it traces"),
    "shape": (lambda: jit(lambda n: jnp.arange(n))(3), "JAX needs this value while it traces"),
    "leak": (leak, "A tracer leaked out"),
    "key": (reuse, "Split it, and use each new key once"),
    "carry": (
        lambda: lax.scan(lambda c, x: (c + x, None), 0.0, jnp.ones((3, 2))),
        "must keep its shape and type",
    ),
    "backwards": (
        lambda: grad(lambda x: lax.while_loop(lambda c: c < 3.0, lambda c: 2.0 * c, x))(1.0),
        "backwards through a loop",
    ),
    "while": (
        lambda: lax.while_loop(lambda c: c.sum() < 3, lambda c: jnp.append(c, 1.0), jnp.ones(1)),
        "must keep its shape and type",
    ),
    "vmap sizes": (lambda: vmap(jnp.add)(jnp.ones(3), jnp.ones(2)), "unless in_axes says"),
    "vmap rank": (lambda: vmap(jnp.add, in_axes=(0, 0))(jnp.ones(3), 1.0), "None for what stays"),
    "list": (
        lambda: jit(lambda x, p: x, static_argnames="p")(1.0, p=[1]),
        "a tuple instead of a list",
    ),
    "broadcast": (lambda: jnp.ones(3) + jnp.ones(4), "Print the .shape of both arrays"),
    "product": (lambda: jnp.ones((3, 2)) @ jnp.ones(3), "Print the .shape of both arrays"),
}


@pytest.mark.parametrize(("mistake", "advice"), ERRORS.values(), ids=ERRORS.keys())
def test_advice_for_what_jax_raises_today(mistake, advice):
    with pytest.raises(Exception) as raised:  # noqa: PT011
        mistake()
    assert advice in hints.advice_for(raised.value)


def test_every_rule_is_needed():
    given = set()
    for mistake, _ in ERRORS.values():
        with pytest.raises(Exception) as raised:  # noqa: PT011
            mistake()
        given.add(hints.advice_for(raised.value))
    assert given == {advice for _, _, advice in hints.RULES}


@pytest.mark.parametrize("error", [ValueError("no"), TypeError("no"), KeyboardInterrupt()])
def test_about_other_errors_it_says_nothing(error):
    assert hints.advice_for(error) is None


def test_it_can_be_loaded_and_unloaded():
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "dl_workshop.hints")
    assert shell.custom_exceptions == (Exception,)
    shell.run_line_magic("unload_ext", "dl_workshop.hints")
    assert shell.custom_exceptions == ()
    InteractiveShell.clear_instance()


def test_a_notebook_shows_the_traceback_and_the_advice_below_it():
    cells = [
        "%load_ext dl_workshop.hints",
        "from jax import grad\ndef square(x):\n    return x**2",
        "slope = grad(square)(3)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with pytest.raises(CellExecutionError):
        NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (error,) = notebook.cells[-1].outputs
    assert error.output_type == "error"
    assert error.ename == "TypeError"
    shown = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))
    assert shown.index("Cell In") < shown.index("Write 3.0 instead of 3")
    assert shown.count("Write 3.0 instead of 3") == 1
