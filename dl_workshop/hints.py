"""Advice under the errors of JAX: `%load_ext dl_workshop.hints` in a notebook.

It adds a note to an uncaught error; IPython prints it below the traceback, which stays complete.
The page "Common JAX errors" of the book says more about each.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# An error is recognised by the name of its class or of a parent, and by its message. JAX's types
# are not imported for this: their names have been stable, their modules have not.
RULES = (
    ("TypeError", r"grad requires real- or complex-valued inputs", (
        "grad differentiates floats. Write 3.0 instead of 3, or convert an array with"
        " .astype(float). Do not differentiate with respect to integer data: see argnums.")),
    ("TypeError", r"Gradient only defined for scalar-output functions", (
        "grad needs a function that returns one number. Sum or average the loss; for many separate"
        " derivatives use vmap(grad(f)), and for all of an array's derivatives jacobian(f).")),
    ("TypeError", r"JAX arrays are immutable|does not support item assignment", (
        "A JAX array never changes. Write x = x.at[i].set(value), and keep the new array.")),
    ("TracerBoolConversionError", "", (
        "While JAX traces (in jit, vmap or scan), numbers are not known, so Python's if and"
        " while cannot decide. Use jnp.where for values, lax.cond for functions.")),
    ("TracerIntegerConversionError", "", (
        "A shape, a list index or a number of rounds must be known while JAX traces. Pass it"
        " as a static argument, or use lax.fori_loop.")),
    ("TracerArrayConversionError", "", (
        "A NumPy or SciPy function was given a tracer, which holds no numbers. Use the function of"
        " the same name from jax.numpy or jax.scipy.")),
    ("NonConcreteBooleanIndexError", "", (
        "The shape of x[mask] depends on numbers that are not known while JAX traces. Keep the"
        " shape: jnp.where(mask, x, 0), or the argument where= of sum and mean.")),
    ("ConcretizationTypeError", "", (
        "JAX needs this value while it traces, when numbers are not known yet. If it decides a"
        " shape or a number of rounds, make it a static argument; float() and int() need a number"
        " that is known.")),
    ("UnexpectedTracerError", "", (
        "A tracer leaked out of the traced function, through a list, a global variable or an"
        " attribute. Return the values that you want to keep.")),
    ("KeyReuseError", "", (
        "This key was used before, so it gives the same numbers again. Split it, and use each"
        " new key once.")),
    ("TypeError", r"scan body function carry|carry input and carry output|body_fun output and", (
        "The carry of a loop must keep its shape and type. Start with an array like the one"
        " that comes out: 0.0 rather than 0, jnp.zeros(2) rather than 0.0.")),
    ("ValueError", r"Reverse-mode differentiation does not work for lax.while_loop", (
        "grad cannot go backwards through a loop of unknown length."
        " Use lax.scan, or a fori_loop whose bounds are known numbers.")),
    ("ValueError", r"truth value of an array .*ambiguous", (
        "Python's if and while need a single True or False. For an array use jnp.where.")),
    ("ValueError", r"vmap got inconsistent sizes", (
        "vmap goes along the first axis of every argument, unless in_axes says otherwise. Give"
        " None for an argument that should stay whole.")),
    ("ValueError", r"vmap .* rank|in_axes", (
        "in_axes needs an entry for each positional argument, and an axis that the argument has;"
        " None for what stays whole.")),
    ("ValueError", r"Non-hashable static arguments", (
        "A static argument must be hashable: a tuple instead of a list.")),
    ("(TypeError|ValueError)", r"incompatible shapes for (broadcasting|dot)|dot_general requires", (
        "Print the .shape of both arrays: their axes do not fit together. If the function takes one"
        " number or one observation, let vmap call it.")),
)  # fmt: skip


def advice_for(error: BaseException) -> str | None:
    """Return advice on an error of JAX, or None if there is none.

    Args:
        error: the exception that was raised.
    """
    names = "|".join(cls.__name__ for cls in type(error).__mro__)
    for kind, message, advice in RULES:
        if re.search(rf"\b{kind}\b", names) and re.search(message, str(error)):
            return advice
    return None


def _show_with_advice(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> None:
    advice = advice_for(error)
    if advice and advice not in getattr(error, "__notes__", ()):
        error.add_note(advice)
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add advice to uncaught errors from now on."""
    shell.set_custom_exc((Exception,), _show_with_advice)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Show errors as before."""
    shell.set_custom_exc((), None)
