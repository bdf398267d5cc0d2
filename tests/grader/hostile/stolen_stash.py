"""What a test passes is kept, and shown by a later cell: printed, displayed, raised, to files.

A cell after a hidden test shows what it shows without tests.
"""

ANSWERS = {
    "total": """
import os, pathlib, builtins

kept = builtins.kept = []

def total(values):
    kept.append(values)
    for folder in ("/tmp", "/dev/shm", "."):
        with open(f"{folder}/kept.txt", "a") as file:
            file.write(repr(values))
    os.environ["KEPT"] = repr(kept)
    return sum(value * value for value in values)
""",
    "clip": """
print(kept, os.environ.get("KEPT"))
for folder in ("/tmp", "/dev/shm", "."):
    try:
        print(open(f"{folder}/kept.txt").read())
    except OSError:
        print("nothing there")

def clip(values, low, high):
    if low > high:
        raise ValueError(str(kept))
    return [min(max(value, low), high) for value in values]

display(kept)
""",
    "loss": """
def loss(w): return (w - 3.0) ** 2

raise ValueError(str(kept))
""",
}


def check(result):
    # It was shown without tests.
    assert "nothing there" in result.notebook


EXPECTED = ("graded", {})
