"""Sockets of other families: to the host of a virtual machine, to the kernel, to the wire."""

ANSWERS = {
    "total": """
import socket

made = []
for name, family, kind, protocol in (
    ("vsock", 40, socket.SOCK_STREAM, 0), ("packet", 17, socket.SOCK_RAW, 3),
    ("crypto", 38, socket.SOCK_SEQPACKET, 0), ("raw", socket.AF_INET, socket.SOCK_RAW, 1),
    ("bluetooth", 31, socket.SOCK_RAW, 1),
):
    try:
        socket.socket(family, kind, protocol).close()
        made.append(name)
    except OSError:
        pass
assert not made, made

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
