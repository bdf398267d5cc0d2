"""A list of lists of lists whose text has a billion letters, shown and returned."""

ANSWERS = {
    "total": """
laughs = ["ha"]
for _ in range(28):
    laughs = [laughs, laughs]

def total(values): return laughs
""",
    "clip": "laughs",
}
# To show it takes too long or too much, and the cell defines nothing.
EXPECTED = (
    "graded",
    {
        f"{task}_{kind}": ("error or timeout or out of memory", 0)
        for kind in ("visible", "hidden")
        for task in ("total", "clip")
    },
)
