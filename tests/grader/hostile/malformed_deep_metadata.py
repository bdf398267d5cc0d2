"""Metadata that are nested too deep to be looked at."""

# JSON can still be read on newer Pythons.
DEEP = "[" * 3000 + "]" * 3000
CELL = '{"cell_type": "code", "source": "", "metadata": {"nbgrader": {"a": ' + DEEP + "}}}"


def tamper(notebook):
    return ('{"nbformat": 4, "cells": [' + CELL + "]}").encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
