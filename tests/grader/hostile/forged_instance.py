"""A callable object in place of a function, whose class is equal to everything."""

ANSWERS = {
    "total": """
class Total:
    def __call__(self, values): return Total()
    def __eq__(self, other): return True
    __hash__ = object.__hash__

total = Total()
"""
}
EXPECTED = ("graded", {"total_visible": ("failed", 0), "total_hidden": ("failed", 0)})
