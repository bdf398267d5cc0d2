"""A frame of millions of empty lists, which take a hundred times as much where they are read.

First where the grader reads what a call returned, then where the examiner does.
"""

ANSWERS = {
    "total": """
from sealed_grader import wire

def send(connection, message, real=wire.send, **options):
    if isinstance(message, list) and message[:1] == ["value"] and wire.unpack(message[1]) == "few":
        data = b"\\xdd" + (4 << 20).to_bytes(4, "big") + b"\\x90" * (4 << 20)
        return connection.sendall(len(data).to_bytes(8, "big") + data)
    if isinstance(message, list) and message[:1] == ["value"] and wire.unpack(message[1]) == "many":
        size = (4 << 20) - 100
        message = ["value", b"\\xdd" + size.to_bytes(4, "big") + b"\\x90" * size]
    real(connection, message, **options)

wire.send = send

def total(values): return "few" if len(values) == 3 else "many"
"""
}
EXPECTED = (
    "graded",
    {"total_visible": ("crashed", 0), "total_hidden": ("failed or out of memory or error", 0)},
)
