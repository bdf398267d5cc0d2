"""Partial credit of NaN points: neither too few nor too many."""

ANSWERS = {"estimate": "def estimate(values): return float('nan')"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
