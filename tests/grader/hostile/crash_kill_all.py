"""A signal to all processes there are: they are the student's own and its init, which stays."""

ANSWERS = {
    "total": """
import contextlib, os, signal

def total(values):
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)
    return 14
"""
}
EXPECTED = ("graded", {"total_visible": ("crashed", 0), "total_hidden": ("crashed", 0)})
