"""True, and NumPy's True, for everything."""

ANSWERS = {
    "total": "def total(values): return True",
    "clip": "def clip(values, low, high): return np.True_",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        "clip_visible": ("failed", 0),
        "clip_hidden": ("error", 0),
    },
)
