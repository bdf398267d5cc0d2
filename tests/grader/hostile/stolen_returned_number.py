"""It is returned as the answer. A plain assert does not quote it."""

ANSWERS = {
    "total": "def total(values): return 14 if len(values) == 3 else values",
    "clip": """
def clip(values, low, high):
    if low > high:
        raise ValueError
    return [[1, 2, 2]] if values == [1, 2, 3] else values
""",
}
EXPECTED = ("graded", {"total_hidden": ("failed", 0), "clip_hidden": ("failed", 0)})
