"""It becomes the exit code of the process, in the hidden test and in a later cell."""

ANSWERS = {
    "total": """
import os

kept = [0]

def total(values):
    kept.append(values[0] if values else 0)
    if len(values) == 2:
        os._exit(values[0] % 199)
    return sum(value * value for value in values)
"""
}


def check(result):
    assert f"exit code {int('48611') % 199}" not in result.notebook


EXPECTED = ("graded", {"total_hidden": ("crashed", 0)})
