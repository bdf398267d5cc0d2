"""A recursion without end in C, which overflows the stack."""

ANSWERS = {
    "total": """
import ctypes, sys
sys.setrecursionlimit(10**8)
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)

@CALLBACK
def deeper(n):
    return deeper(n + 1)

def total(values): return deeper(0)
"""
}
# Newer Pythons notice it, and the callback returns a wrong number.
LOST = ("crashed or failed", 0)
EXPECTED = ("graded", {"total_visible": LOST, "total_hidden": LOST})
