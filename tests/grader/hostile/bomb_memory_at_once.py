"""A petabyte at once, which is refused, and no harm done."""

ANSWERS = {"total": "def total(values): return len(np.ones(10**15))"}
EXPECTED = ("graded", {"total_visible": ("out of memory", 0), "total_hidden": ("out of memory", 0)})
