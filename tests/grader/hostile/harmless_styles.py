"""Answers in another style: lambda, partial, a callable object, a cache, a decorator, a class."""

ANSWERS = {
    "total": "total = lambda values: sum(value**2 for value in values)",
    "clip": """
import functools

def bounded(function):
    @functools.wraps(function)
    def inner(values, low, high):
        if not low <= high:
            raise ValueError(f"{low} > {high}")
        return function(values, low=low, high=high)
    return inner

@bounded
def clip(values, low, high) -> list[int]:
    return np.clip(np.array(values, int), low, high).tolist()
""",
    "estimate": """
class Median:
    def __init__(self, axis): self.axis = axis
    def __call__(self, values): return np.median(values, axis=self.axis)

estimate = Median(None)
""",
    "loss": """
import jax

@jax.jit
def loss(w):
    return jax.numpy.square(w - 3.0)
""",
}
EXPECTED = ("graded", {})
