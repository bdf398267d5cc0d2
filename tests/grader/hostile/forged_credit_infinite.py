"""Infinite partial credit, and complex: neither is a number of points."""

ANSWERS = {"estimate": "def estimate(values): return float('-inf')"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
