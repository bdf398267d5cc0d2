"""What was passed comes back as a string that is no number, which Python's own message quotes."""

ANSWERS = {
    "total": """
kept = []

def total(values):
    kept.append(values)
    return str(kept) if values == [2] else sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {"total_hidden": ("error", 0)})
