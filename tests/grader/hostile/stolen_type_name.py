"""It becomes the name of a type that is returned, which the refusal of it names."""

ANSWERS = {
    "total": """
def total(values):
    return 14 if len(values) == 3 else type(f"T{values[0]}", (), {})()
"""
}
EXPECTED = ("graded", {"total_hidden": ("error", 0)})
