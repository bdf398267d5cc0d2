"""A connection to this machine, where a server listens, by each kind of address."""

ANSWERS = {
    "total": """
import socket

reached = []
for family, kind, where in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 48619)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 48619)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 48619)),
):
    try:
        with socket.socket(family, kind) as door:
            door.settimeout(1)
            door.connect(where)
            reached.append(where)
    except OSError:
        pass
assert not reached, reached

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
