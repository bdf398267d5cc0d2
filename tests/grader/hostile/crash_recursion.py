"""A recursion without end, which Python notices."""

ANSWERS = {"total": "def total(values): return total(values)"}
EXPECTED = ("graded", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
