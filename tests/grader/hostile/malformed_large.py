"""More bytes than a submission may have."""

import json


def tamper(notebook):
    return json.dumps(notebook).encode() + b" " * (5 << 20)


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
