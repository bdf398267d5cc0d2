"""An old format, which has to be brought up to date, with 50,000 cells that are not valid."""

import json


def tamper(notebook):
    cells = [{"cell_type": "code", "input": "", "outputs": 5}] * 50_000
    return json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
