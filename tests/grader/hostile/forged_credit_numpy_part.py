"""The same, nearly right: it gives the points that it says."""

ANSWERS = {"estimate": "def estimate(values): return np.float64(2.5)"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 2.5)})
