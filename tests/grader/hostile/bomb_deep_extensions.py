"""Plain data in plain data in plain data, 300,000 deep: reading each copies all that is in it."""

ANSWERS = {
    "total": """
from sealed_grader import wire

def send(connection, message, real=wire.send, **options):
    if isinstance(message, list) and message[:1] == ["value"] and wire.unpack(message[1]) == "deep":
        data = b"\\xc0"
        parts = []
        size = 1
        while size < 3 << 20:
            parts.append(b"\\xc9" + size.to_bytes(4, "big") + b"\\x00")
            size += 6
        message = ["value", b"".join(reversed(parts)) + data]
    real(connection, message, **options)

wire.send = send

def total(values): return "deep"
"""
}
EXPECTED = ("graded", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
