"""The number in the last line becomes one of NumPy, written `np.float64(…)`.

Stock nbgrader cannot read that, and gives full points.
"""

ANSWERS = {"estimate": "def estimate(values): return np.float64(1000.0)"}
EXPECTED = ("graded", {"estimate_visible": ("failed", 0), "estimate_hidden": ("failed", 0)})
