"""Exceptions that cannot be made from a message alone, or whose own methods raise."""

ANSWERS = {
    "total": "def total(values): raise ExceptionGroup('two', [ValueError(1), KeyError(2)])",
    "clip": "def clip(*a): raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')",
    "loss": """
class Awkward(Exception):
    def __str__(self): raise SystemExit
    __repr__ = __str__

def loss(w): raise Awkward
""",
    "estimate": """
class Huge(Exception): pass
Huge.__name__ = Huge.__qualname__ = "H" * 3_000_000

def estimate(values): raise Huge
""",
}


def check(result):
    assert all(len(test.message) < 20_000 for test in result.tests)


# The one of Unicode is a ValueError, as the visible test wants.
EXPECTED = (
    "graded",
    {
        **{
            f"{task}_{kind}": ("error", 0)
            for kind in ("visible", "hidden")
            for task in ("total", "estimate", "loss")
        },
        "clip_hidden": ("error", 0),
    },
)
