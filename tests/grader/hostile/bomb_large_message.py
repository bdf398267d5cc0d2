"""An exception with a message of 50 MB, and one that writes its message for ever."""

ANSWERS = {
    "total": "def total(values): raise ValueError('x' * (50 << 20))",
    "clip": """
class Endless(Exception):
    def __str__(self):
        while True:
            pass

def clip(values, low, high): raise Endless
""",
    "loss": "def loss(w): return (w - 3.0) ** 2\n\nraise ValueError('y' * (50 << 20))",
}


def check(result):
    assert len(result.notebook) < 200_000


EXPECTED = (
    "graded",
    {
        "total_visible": ("error", 0),
        "total_hidden": ("error", 0),
        "clip_visible": ("timeout", 0),
        "clip_hidden": ("timeout", 0),
    },
)
