"""The right values in other types: NumPy's and JAX's numbers, subclasses of list and error."""

ANSWERS = {
    "total": """
import jax.numpy as jnp

def total(values):
    return np.int64(sum(value * value for value in values))
""",
    "estimate": """
def estimate(values):
    return jnp.median(jnp.asarray(values))
""",
    "clip": """
class Clipped(list):
    pass

class TooLow(ValueError):
    pass

def clip(values, low, high):
    if low > high:
        raise TooLow("low is above high")
    return Clipped(min(max(value, low), high) for value in values)
""",
    "loss": "def loss(w): return np.square(w - 3.0) if isinstance(w, float) else (w - 3.0) ** 2",
}
EXPECTED = ("graded", {})
