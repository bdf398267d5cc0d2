"""An empty array, which NumPy takes to be equal to any number.

So `np.testing.assert_allclose` passes, here as everywhere. `checks` looks at the shape.
"""

ANSWERS = {
    "estimate": "def estimate(values): return np.zeros(0)",
    "loss": "import jax.numpy as jnp\ndef loss(w): return jnp.zeros(0) * w",
}
EXPECTED = (
    "graded",
    {"estimate_hidden": ("failed", 0), "loss_visible": ("error", 0), "loss_hidden": ("failed", 0)},
)
