"""The number in the last line becomes an array, which is no number of points."""

ANSWERS = {"estimate": "def estimate(values): return np.array([1000.0, 1000.0])"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
