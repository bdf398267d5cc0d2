"""Bytes that are no UTF-8."""

import json


def tamper(notebook):
    return json.dumps(notebook).encode().replace(b"total", b"tot\xe4l")


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
