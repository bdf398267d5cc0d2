"""Files that the grader left open are looked for: only its connection is there."""

ANSWERS = {
    "total": """
import os, stat

found = []
for number in range(4096):
    try:
        about = os.fstat(number)
    except OSError:
        continue
    if not (stat.S_ISCHR(about.st_mode) and about.st_rdev == os.stat("/dev/null").st_rdev):
        found.append((number, stat.S_IFMT(about.st_mode)))
sockets = [n for n, kind in found if kind == stat.S_IFSOCK]
folders = [n for n, kind in found if kind == stat.S_IFDIR]
assert len(sockets) == 1 and not folders, found

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
