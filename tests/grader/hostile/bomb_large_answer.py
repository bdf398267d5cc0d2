"""An answer of 64 MB, where 4 are allowed."""

ANSWERS = {
    "total": "def total(values): return bytes(64 << 20)",
    "estimate": "def estimate(values): return np.zeros(8 << 20)",
}
EXPECTED = (
    "graded",
    {
        f"{task}_{kind}": ("error", 0)
        for kind in ("visible", "hidden")
        for task in ("total", "estimate")
    },
)
