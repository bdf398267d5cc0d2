"""Null in place of the cells."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"cells": None}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
