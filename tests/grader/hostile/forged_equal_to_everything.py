"""An object that is equal to everything. Only plain data leave the student's process."""

ANSWERS = {
    "total": """
class Yes:
    __hash__ = None
    def __eq__(self, other): return True
    def __abs__(self): return 0.0
    __sub__ = __rsub__ = lambda self, other: self

def total(values): return Yes()
def estimate(values): return Yes()
""",
    "estimate": "estimate = estimate",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("error", 0),
        "total_hidden": ("error", 0),
        "estimate_visible": ("error", 0),
        "estimate_hidden": ("error", 0),
    },
)
