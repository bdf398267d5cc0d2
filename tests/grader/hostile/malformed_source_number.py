"""A number in place of a cell's text."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"cells": [{"cell_type": "code", "source": 5}]}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
