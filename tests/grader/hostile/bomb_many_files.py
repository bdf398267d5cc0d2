"""50,000 empty files, and links, which take no room on the disk but in the kernel."""

ANSWERS = {
    "total": """
import os

made = 0
try:
    for made in range(50_000):
        open(f"/tmp/file{made}", "w").close()
except OSError:
    pass
assert made < 10_000, made

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
