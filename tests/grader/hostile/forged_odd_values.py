"""A number with 100,000 digits, a list 10,000 deep, one that holds itself, arrays of objects."""

ANSWERS = {
    "total": "def total(values): return 10 ** 100_000",
    "clip": """
def clip(values, low, high):
    deep = []
    for _ in range(10_000):
        deep = [deep]
    return deep
""",
    "estimate": """
def estimate(values):
    loop = []
    loop.append(loop)
    return loop if len(values) == 3 else np.array([None, object()])
""",
    "loss": "def loss(w): return np.zeros(1, [('a', 'f8')])",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        "clip_visible": ("error", 0),
        "clip_hidden": ("error", 0),
        "estimate_visible": ("error", 0),
        "estimate_hidden": ("error", 0),
        "loss_visible": ("error", 0),
        "loss_hidden": ("error", 0),
    },
)
