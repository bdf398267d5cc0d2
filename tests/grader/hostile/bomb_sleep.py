"""It sleeps, for good."""

ANSWERS = {
    "loss": """
import time

def loss(w):
    if isinstance(w, float) and w > 10:
        time.sleep(3600)
    return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {"loss_hidden": ("timeout", 0)})
