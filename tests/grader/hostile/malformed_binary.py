"""An archive in place of a notebook."""


def tamper(notebook):
    return b"PK\x03\x04" + bytes(range(256)) * 100


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
