"""A number with a million digits."""


def tamper(notebook):
    return b'{"nbformat": ' + b"4" * 1_000_000 + b"}"


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
