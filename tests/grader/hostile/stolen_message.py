"""What a hidden test passes is raised as the message of an exception, or of its notes."""

ANSWERS = {
    "total": """
def total(values):
    if len(values) == 3:
        return 14
    error = ValueError(f"I was called with {values}")
    error.add_note(f"With {values}")
    raise error from RuntimeError(values)
""",
    "loss": """
def loss(w):
    assert w < 10, f"w is {w}"
    return (w - 3.0) ** 2
""",
}
EXPECTED = ("graded", {"total_hidden": ("error", 0), "loss_hidden": ("failed", 0)})
