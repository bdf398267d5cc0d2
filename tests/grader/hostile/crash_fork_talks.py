"""Two processes answer the grader at once: a child goes on where its parent does."""

ANSWERS = {
    "loss": """
import os

def loss(w):
    if isinstance(w, float) and w > 10:
        os.fork()
        return 0.0
    return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {"loss_hidden": ("failed or error or crashed", 0)})
