"""StopIteration ends the loop of a test that goes through its cases with `map`."""

ANSWERS = {"clip": "def clip(values, low, high): raise StopIteration"}
EXPECTED = ("graded", {"clip_visible": ("error", 0), "clip_hidden": ("error", 0)})
