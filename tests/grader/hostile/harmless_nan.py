"""JSON with NaN, which is no JSON, in an output that nobody reads."""

import json


def tamper(notebook):
    notebook.cells[1]["outputs"] = [{"output_type": "execute_result", "data": float("nan")}]
    return json.dumps(notebook).encode()


EXPECTED = ("graded", {})
