"""Bytes that are no plain data: lists as keys, wrong shapes, codes without meaning, objects."""

ANSWERS = {
    "total": """
import msgpack
from sealed_grader.inside import student

array = lambda *a: msgpack.packb(msgpack.ExtType(10, msgpack.packb(a)))
FORGED = [b"\\x81\\x90\\x01", b"\\xc1", b"", array("<f8", [3], b"123"), array("O", [1], bytes(8)),
          array("<f8", [-1, -1], bytes(8)),
          array({"names": ["a"], "formats": ["O"]}, [1], bytes(8)),
          msgpack.packb(msgpack.ExtType(99, b"")), msgpack.packb(msgpack.Timestamp(1)),
          msgpack.packb(msgpack.ExtType(3, msgpack.packb("__import__('os')")))]

def packed(self, value, real=student.Student._packed):
    return FORGED[value[1]] if isinstance(value, tuple) else real(self, value)

student.Student._packed = packed
count = -1

def total(values):
    global count
    count = (count + 1) % len(FORGED)
    return ("forge", count)
"""
}
EXPECTED = ("graded", {"total_visible": ("error", 0), "total_hidden": ("error", 0)})
