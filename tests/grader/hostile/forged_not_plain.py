"""Something else is returned where an exception is expected. It is no exception."""

ANSWERS = {
    "clip": """
def clip(values, low, high):
    return object() if low > high else [min(max(v, low), high) for v in values]
"""
}
EXPECTED = ("graded", {"clip_visible": ("error", 0)})
