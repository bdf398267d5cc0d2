"""1.5 GB of memory that processes share, which the kernel does not count as anybody's data."""

ANSWERS = {
    "total": """
import mmap, time

def total(values):
    kept = mmap.mmap(-1, 1500 << 20)
    for place in range(0, len(kept), 4096):
        kept[place] = 1
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_visible": ("out of memory", 0), "total_hidden": ("out of memory", 0)})
