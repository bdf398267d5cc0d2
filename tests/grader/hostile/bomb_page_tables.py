"""Pages that hold nothing but zeros are read far apart: the tables of pages take the memory."""

ANSWERS = {
    "total": """
import ctypes, mmap, time

def total(values):
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    size, step = 700 << 30, 2 << 20
    start = libc.mmap(None, ctypes.c_size_t(size), 1, 0x4022, -1, ctypes.c_long(0))
    libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), 15)
    for place in range(start, start + size, step):
        ctypes.c_char.from_address(place).value
    time.sleep(60)
"""
}
EXPECTED = ("graded", {"total_visible": ("out of memory", 0), "total_hidden": ("out of memory", 0)})
