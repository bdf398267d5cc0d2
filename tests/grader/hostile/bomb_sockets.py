"""Sockets whose buffers are filled, which take memory of the kernel and of no process."""

ANSWERS = {
    "total": """
import socket

pairs, held = [], 0
try:
    for _ in range(500):
        pair = socket.socketpair()
        pairs.append(pair)
        for end in pair:
            end.setblocking(False)
            try:
                while held < 200 << 20:
                    held += end.send(bytes(65536))
            except BlockingIOError:
                pass
except OSError:
    pass
assert held < 60 << 20, held
del pairs

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
