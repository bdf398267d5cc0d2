"""Exceptions that claim to be the grader's own, or end the program."""

ANSWERS = {
    "total": """
class StudentLostError(BaseException): pass
StudentLostError.__module__ = "sealed_grader.errors"

def total(values): raise StudentLostError("grader's fault")
""",
    "clip": """
class Lost(BaseException): pass
Lost.__module__, Lost.__qualname__ = "sealed_grader.errors", "LostError"

def clip(values, low, high): raise Lost("grader's fault", "")
""",
    "loss": "def loss(w): raise GeneratorExit",
    "estimate": "def estimate(values): raise KeyboardInterrupt",
}
EXPECTED = (
    "graded",
    {
        f"{task}_{kind}": ("error", 0)
        for kind in ("visible", "hidden")
        for task in ("total", "clip", "estimate", "loss")
    },
)
