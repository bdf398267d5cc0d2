"""A version of the format that there is not."""

import json


def tamper(notebook):
    return json.dumps(notebook | {"nbformat": 99}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
