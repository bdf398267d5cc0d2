"""A loop without an end, in the hidden test alone, that no exception ends."""

ANSWERS = {
    "total": """
def total(values):
    while len(values) != 3:
        try:
            while True:
                pass
        except BaseException:
            pass
    return 14
"""
}
EXPECTED = ("graded", {"total_hidden": ("timeout", 0)})
