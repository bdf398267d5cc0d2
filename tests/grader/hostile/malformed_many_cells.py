"""80,000 cells, each of which would be looked at."""


def tamper(notebook):
    return (
        '{"nbformat": 4, "cells": ['
        + ",".join(['{"cell_type": "raw", "source": ""}'] * 80_000)
        + "]}"
    ).encode()


NOTHING = {
    f"{task}_{kind}": ("malformed", 0)
    for task in ("total", "clip", "estimate", "loss")
    for kind in ("visible", "hidden")
}
EXPECTED = ("malformed", NOTHING)
