"""A function that answers right once, and later never again."""

ANSWERS = {
    "total": """
calls = 0

def total(values):
    global calls
    calls += 1
    return sum(v * v for v in values) if calls <= 2 else calls
"""
}
EXPECTED = ("graded", {"total_hidden": ("failed", 0)})
