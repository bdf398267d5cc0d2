"""It becomes the length of a frame on the socket, which the refusal might quote."""

ANSWERS = {
    "total": """
import os, socket, stat, time

def total(values):
    if len(values) == 3:
        return 14
    for number in range(3, 128):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, (10**15 + values[0]).to_bytes(8, "big"))
        except OSError:
            pass
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_hidden": ("crashed", 0)})
