"""A crash in the hidden test alone: the visible one stays passed."""

ANSWERS = {
    "total": """
import os, signal

def total(values):
    if len(values) != 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return 14
"""
}
EXPECTED = ("graded", {"total_hidden": ("crashed", 0)})
