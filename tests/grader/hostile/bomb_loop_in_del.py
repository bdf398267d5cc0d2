"""A loop without an end when an object is deleted, after the answer was given."""

ANSWERS = {
    "loss": """
class Slow:
    def __del__(self):
        while True:
            pass

def loss(w):
    if isinstance(w, float) and w > 10:
        slow = Slow()
    return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {"loss_hidden": ("timeout", 0)})
