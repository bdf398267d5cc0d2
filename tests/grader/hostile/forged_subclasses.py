"""Subclasses of str, int, float, list and dict that are equal to everything, or iterate forever."""

ANSWERS = {
    "total": """
class Number(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
    def __index__(self): return 14

def total(values): return Number(0)
""",
    "clip": """
class Many(list):
    def __eq__(self, other): return True
    def __ne__(self, other): return False

def clip(values, low, high): return Many([7])
""",
    "estimate": """
class Text(str):
    def __abs__(self): return 0.0
    __sub__ = __rsub__ = lambda self, other: 0.0
    def __float__(self): return 2.0

def estimate(values): return Text("no")
""",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        "clip_visible": ("failed", 0),
        "clip_hidden": ("failed", 0),
        "estimate_visible": ("error", 0),
        "estimate_hidden": ("error", 0),
    },
)
