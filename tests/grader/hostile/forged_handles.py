"""Handles of other objects, and some that do not exist, made up in place of values."""

ANSWERS = {
    "total": """
import msgpack
from sealed_grader.inside import student

def packed(self, value, real=student.Student._packed):
    if value == "handles":
        handle = lambda *a: msgpack.ExtType(14, msgpack.packb(a))
        return msgpack.packb([handle(0, "total"), handle(10**6, "x"), handle(None, "y"),
                              handle({}, "z"), handle("1", 5)])
    if value == "bad handle":
        return msgpack.packb(msgpack.ExtType(14, msgpack.packb([1, 2, 3])))
    return real(self, value)

student.Student._packed = packed

def total(values): return "handles"
def clip(values, low, high): return "bad handle"
""",
    "clip": "clip = clip",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("failed", 0),
        "total_hidden": ("failed", 0),
        "clip_visible": ("error", 0),
        "clip_hidden": ("error", 0),
    },
)
