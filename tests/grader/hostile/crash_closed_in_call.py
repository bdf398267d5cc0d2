"""The same while a test waits, and something else is opened in its place."""

ANSWERS = {
    "total": """
import os

def total(values):
    os.closerange(0, 256)
    for _ in range(20):
        os.open("/dev/null", os.O_RDWR)
    return 14
"""
}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
