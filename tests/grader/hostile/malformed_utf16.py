"""UTF-16, as an editor on Windows saves it."""

import json


def tamper(notebook):
    return json.dumps(notebook).encode("utf-16")


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
