"""A type of cell that there is not."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"cells": [{"cell_type": "heading", "source": ""}]}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
