"""JSON that ends in the middle."""

import json


def tamper(notebook):
    return json.dumps(notebook).encode()[:2000]


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
