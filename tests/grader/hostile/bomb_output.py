"""Output without an end, to each stream, by display, and to the file numbers 1 and 2."""

ANSWERS = {
    "total": """
import os, sys

for _ in range(20_000):
    print("x" * 1000)
    sys.stderr.write("y" * 1000)
    os.write(1, b"z" * 1000)
for _ in range(300):
    display("d" * 1000)

def total(values): return sum(value * value for value in values)
"""
}


def check(result):
    assert len(result.notebook) < 200_000
    assert "output truncated" in result.notebook


EXPECTED = ("graded", {})
