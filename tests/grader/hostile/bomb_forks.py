"""Forks of forks, 300 at most. There can be so many and no more, and all are ended."""

ANSWERS = {
    "total": """
import os, time

made = 0
for _ in range(300):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
    except OSError:
        break
assert made <= 40, made

def total(values): return sum(value * value for value in values)
"""
}


def check(result):
    assert "AssertionError:" not in result.notebook


# There may be none left for the threads of JAX, which is the student's own loss.
EXPECTED = ("graded", {"loss_visible": ("crashed or error or timeout", 0)})
