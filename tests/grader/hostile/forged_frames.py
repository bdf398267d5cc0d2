"""Verdicts are written to the socket. There the grader expects values, and takes none of these."""

ANSWERS = {
    "loss": """
import os, socket, stat
import msgpack

def loss(w):
    for said in (["done", [], None], ["ask", b""], ["value", msgpack.packb("passed")]):
        data = msgpack.packb(said)
        for number in range(3, 128):
            try:
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    os.write(number, len(data).to_bytes(8, "big") + data)
            except OSError:
                pass
    return -1.0
"""
}
EXPECTED = ("graded", {"loss_visible": ("error", 0), "loss_hidden": ("failed or error", 0)})
