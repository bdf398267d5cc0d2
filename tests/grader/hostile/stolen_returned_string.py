"""It is returned as a string, which the test cannot make a number, and which NumPy quotes."""

ANSWERS = {
    "estimate": """
def estimate(values):
    return 2.0 if values[0] == 3.0 else str(values[0])
"""
}
EXPECTED = ("graded", {"estimate_hidden": ("error", 0)})
