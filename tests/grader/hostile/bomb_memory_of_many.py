"""1.5 GB in ten processes, each of which takes less than it may."""

ANSWERS = {
    "total": """
import os, time

def total(values):
    for _ in range(10):
        if os.fork() == 0:
            kept = bytearray(os.urandom(1 << 20)) * 150
            time.sleep(60)
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_visible": ("out of memory", 0), "total_hidden": ("out of memory", 0)})
