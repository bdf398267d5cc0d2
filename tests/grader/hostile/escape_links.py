"""Links and pipes in place of files that somebody may open later."""

ANSWERS = {
    "total": """
import os

for folder in ("/tmp", "/tmp/work", "/dev/shm"):
    for name in ("total.py", "numpy.py", "hostile.ipynb", "sealed-grader-escaped"):
        try:
            os.symlink("/etc/passwd", f"{folder}/{name}")
        except OSError:
            pass
    try:
        os.mkfifo(f"{folder}/pipe")
    except OSError:
        pass

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
