"""Replies to a call that have no meaning: the grader's own words, wrong forms, very deep ones."""

ANSWERS = {
    "total": """
import msgpack
from sealed_grader import wire

def deep(depth):
    return b"\\x91" * depth + b"\\xc0"

REPLIES = [["lost", "grader's fault"], ["value", 5], {"value": 1}, [], ["error", [], "", []], None,
           ["error", [["builtins", "ValueError"], [5, 6]], "x", [5]]]
DEEP = (b"\\x94" + msgpack.packb("error") + msgpack.packb([["builtins", "RuntimeError"]])
        + msgpack.packb("x") + b"\\x91" + deep(700))

def send(connection, message, real=wire.send, **options):
    if isinstance(message, list) and message[:1] == ["value"]:
        value = wire.unpack(message[1])
        if value == "deep":
            return connection.sendall(len(DEEP).to_bytes(8, "big") + DEEP)
        if isinstance(value, int):
            message = REPLIES[value]
    real(connection, message, **options)

wire.send = send

def total(values): return len(values) - 1
def clip(values, low, high): return 2 + len(values)
def estimate(values): return 5 if values[0] == 3 else 6
def loss(w): return "deep"
""",
    "clip": "clip = clip",
    "estimate": "estimate = estimate",
    "loss": "loss = loss",
}
EXPECTED = (
    "graded",
    {
        "total_visible": ("error", 0),
        "total_hidden": ("error", 0),
        "clip_visible": ("error", 0),
        "clip_hidden": ("error", 0),
        "estimate_visible": ("error", 0),
        "estimate_hidden": ("error", 0),
        "loss_visible": ("error", 0),
        "loss_hidden": ("error", 0),
    },
)
