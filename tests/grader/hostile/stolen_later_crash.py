"""What a hidden test has passed is shown by a later test, which crashes if there was none before.

A later test is shown as it is without hidden tests. Where it then crashes, it shows nothing.
"""

ANSWERS = {
    "total": """
kept = []

def total(values):
    kept.append(values)
    return sum(value * value for value in values)
""",
    "estimate": """
import os

def estimate(values):
    if len(kept) > 1:
        raise KeyError(str(kept))
    os._exit(0)
""",
}
EXPECTED = ("graded", {"estimate_visible": ("error", 0), "estimate_hidden": ("error", 0)})
