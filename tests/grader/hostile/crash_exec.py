"""The process becomes another program."""

ANSWERS = {
    "total": """
import os

def total(values):
    os.execv("/bin/sh", ["sh", "-c", "exit 0"])
"""
}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
