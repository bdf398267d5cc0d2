"""It becomes the name of the class of an exception, or of its module."""

ANSWERS = {
    "total": """
def total(values):
    if len(values) == 3:
        return 14
    raise type(f"E{values[0]}", (Exception,), {"__module__": f"m{values[0]}"})
"""
}
EXPECTED = ("graded", {"total_hidden": ("error", 0)})
