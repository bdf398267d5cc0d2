"""A list in place of a notebook."""


def tamper(notebook):
    return b"[1, 2, 3]"


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
