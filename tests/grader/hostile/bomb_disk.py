"""200 MB of files, in each folder that can be written. There is room for less."""

ANSWERS = {
    "total": """
import os

for folder in ("/tmp", "/dev/shm", "/var/tmp", "/cache", "/"):
    written = 0
    try:
        for number in range(200):
            with open(f"{folder}/bomb{number}", "wb") as file:
                written += file.write(bytes(1 << 20)) >> 20
    except OSError:
        pass
    assert written <= 16, (folder, written)

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
