"""A patched `jax.grad`. What runs on the student's side can be forged, so values are tested too."""

ANSWERS = {
    "loss": """
import jax
jax._src.api.grad = jax.grad = lambda f, *a, **k: lambda w: -4.0
jax.make_jaxpr = lambda f: None

def loss(w): return 0.0
"""
}
EXPECTED = ("graded", {"loss_hidden": ("failed", 0)})
