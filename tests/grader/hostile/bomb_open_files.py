"""More open files than there may be."""

ANSWERS = {
    "total": """
import os

opened = []
try:
    for _ in range(2000):
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
assert len(opened) <= 128
for number in opened:
    os.close(number)

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
