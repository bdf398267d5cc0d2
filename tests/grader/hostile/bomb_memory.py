"""1.5 GB in one process, piece by piece."""

ANSWERS = {
    "total": """
def total(values):
    kept = [bytearray(b"x" * (1 << 20)) for _ in range(1500)]
    return 14
"""
}
EXPECTED = ("graded", {"total_visible": ("out of memory", 0), "total_hidden": ("out of memory", 0)})
