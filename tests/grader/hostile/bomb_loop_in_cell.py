"""A loop without an end, in the answer itself."""

ANSWERS = {"total": "while True: pass"}
EXPECTED = ("graded", {"total_visible": ("timeout", 0), "total_hidden": ("timeout", 0)})
