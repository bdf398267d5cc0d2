"""Asked for the values of its variables, the student's process sends some that nobody asked for."""

ANSWERS = {
    "total": """
from sealed_grader.inside import student
from sealed_grader import wire

class Yes:
    def __call__(self, *a, **k): return 0.0

kept = None

def packed(self, value, real=student.Student._packed):
    global kept
    kept = self
    return real(self, value)

def send(connection, message, real=wire.send, **options):
    if isinstance(message, dict) and kept:
        for name in ("abs", "np", "checks", "spread", "isinstance", "AssertionError", "map", "zip",
                     "__builtins__", "grad", "cases", "error"):
            message[name] = kept._packed(Yes())
    real(connection, message, **options)

student.Student._packed, wire.send = packed, send

def total(values): return 0
""",
    "estimate": "def estimate(values): return 1000.0",
    "loss": "def loss(w): return 1000.0 * w",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        "estimate_visible": ("failed", 0),
        "estimate_hidden": ("failed", 0),
        "loss_visible": ("failed", 0),
        "loss_hidden": ("failed", 0),
    },
)
