"""An iterator without an end is returned, and a range with more numbers than can be counted."""

ANSWERS = {
    "total": """
import itertools

def total(values):
    return 14 if len(values) == 3 else range(10**15)
""",
    "clip": """
def clip(values, low, high):
    if low > high:
        raise ValueError
    return itertools.count()
""",
}
EXPECTED = ("graded", {"total_hidden": ("failed", 0), "clip_hidden": ("failed or error", 0)})
