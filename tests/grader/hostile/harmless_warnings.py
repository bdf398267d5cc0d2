"""Warnings on stderr, in cells and while tests run. Stock nbgrader would give no points."""

ANSWERS = {
    "total": """
import logging, sys, warnings

def total(values):
    warnings.warn("slow")
    logging.warning("slower")
    print("slowest", file=sys.stderr)
    return sum(value * value for value in values)

total([1])
"""
}


def check(result):
    assert "slowest" in result.notebook


EXPECTED = ("graded", {})
