"""What a hidden test has passed is raised, and returned, in a later test that is shown in full."""

ANSWERS = {
    "total": """
kept = []

def total(values):
    kept.append(values)
    return sum(value * value for value in values)
""",
    "estimate": """
def estimate(values):
    if len(kept) > 1:
        raise KeyError(str(kept))
    return 0.0
""",
    "loss": """
def loss(w):
    return (w - 3.0) ** 2 if len(kept) < 2 else w * kept[1][0]
""",
}
EXPECTED = (
    "graded",
    {
        "estimate_visible": ("error", 0),
        "estimate_hidden": ("error", 0),
        "loss_visible": ("failed", 0),
        "loss_hidden": ("failed", 0),
    },
)
