"""Partial credit below zero, for which stock nbgrader gives full points."""

ANSWERS = {"estimate": "def estimate(values): return 1000.0"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
