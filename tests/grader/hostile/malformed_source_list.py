"""Numbers in place of a cell's lines."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"cells": [{"cell_type": "code", "source": [5, None]}]}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
