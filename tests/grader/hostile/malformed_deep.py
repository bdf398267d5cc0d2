"""JSON that is nested 200,000 deep."""


def tamper(notebook):
    return b"[" * 200_000 + b"]" * 200_000


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
