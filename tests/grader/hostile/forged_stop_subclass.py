"""The same by a subclass, and by one that lies about its name and module."""

ANSWERS = {
    "clip": """
class Stop(StopIteration): pass
Stop.__module__, Stop.__qualname__ = "builtins", "StopIteration"

def clip(values, low, high): raise Stop
""",
    "total": """
class Stop(StopAsyncIteration): pass

def total(values): raise Stop
""",
}
EXPECTED = (
    "graded",
    {
        "clip_visible": ("error", 0),
        "clip_hidden": ("error", 0),
        "total_visible": ("error", 0),
        "total_hidden": ("error", 0),
    },
)
