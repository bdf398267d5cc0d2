"""The connection is neither read nor written, or a frame is begun and never ended."""

ANSWERS = {
    "total": """
import os, socket, stat, time

def total(values):
    if len(values) == 3:
        return 14
    for number in range(3, 128):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, (1000).to_bytes(8, "big") + b"x")
        except OSError:
            pass
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_hidden": ("timeout", 0)})
