"""A file in memory that has no folder, which no size limits. It cannot be made."""

ANSWERS = {
    "total": """
import ctypes, os

for make in (lambda: os.memfd_create("bomb"), lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR)):
    try:
        file, size = make(), 0
        try:
            while size < 200:
                size += os.write(file, bytes(1 << 20)) >> 20
        except OSError:
            pass
        os.close(file)
    except OSError:
        size = 0
    assert size <= 16, size
assert ctypes.CDLL(None).shmget(0, 1 << 20, 0o1600) == -1

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
