"""A word in place of a cell."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"cells": ["x"]}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
