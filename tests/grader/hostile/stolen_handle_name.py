"""It becomes the name of a function that is returned, which its proxy would show."""

ANSWERS = {
    "total": """
def total(values):
    function = lambda: None
    function.__name__ = function.__qualname__ = f"f{values}"
    return 14 if len(values) == 3 else function
""",
    "estimate": """
def estimate(values):
    total.__name__ = f"f{values}"
    return 2.0 if values[0] == 3.0 else total
""",
}
EXPECTED = ("graded", {"total_hidden": ("failed", 0), "estimate_hidden": ("error", 0)})
