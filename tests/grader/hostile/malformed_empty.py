"""A file without content, as a disk that was full leaves it."""


def tamper(notebook):
    return b""


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
