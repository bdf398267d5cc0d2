"""Commands of the shell, as in `!ls`, whose output is shown and kept."""

ANSWERS = {
    "total": """
!echo hello from the shell
files = !echo one; echo two
assert files == ["one", "two"], files
import subprocess
assert subprocess.run(["echo", "three"], capture_output=True, text=True).stdout == "three\\n"

def total(values): return sum(value * value for value in values)
""",
    "estimate": """%%bash
echo from bash
""",
    "clip": """%%writefile helper.py
def square(value):
    return value * value
""",
    "loss": """
from helper import square

def clip(values, low, high): pass
def loss(w): return square(w - 3.0)
""",
}


def check(result):
    assert "hello from the shell" in result.notebook
    assert "from bash" in result.notebook
    assert sum(test.score for test in result.tests if test.name.startswith(("total", "loss"))) == 6


# Two answers are no Python here.
EXPECTED = (
    "graded",
    {
        f"{task}_{kind}": ("error", 0)
        for task in ("clip", "estimate")
        for kind in ("visible", "hidden")
    },
)
