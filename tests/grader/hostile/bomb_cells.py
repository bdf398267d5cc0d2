"""Each of many added cells shows as much as it may, and its process says that it was far more."""

import nbformat


def tamper(notebook):
    notebook.cells += [nbformat.v4.new_code_cell("1") for _ in range(60)]
    return notebook


ANSWERS = {
    "loss": """
from sealed_grader import wire

PICTURE = {"output_type": "display_data", "data": {"image/png": "x" * (3 << 20)}}

def send(connection, message, real=wire.send, **options):
    shown = isinstance(message, list) and len(message) == 1 and isinstance(message[0], dict)
    real(connection, [PICTURE] if shown else message, **options)

wire.send = send

def loss(w): return (w - 3.0) ** 2
"""
}
EXPECTED = ("graded", {})
