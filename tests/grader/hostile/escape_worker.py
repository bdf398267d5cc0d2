"""The worker's and the supervisor's parts, which a fork has in its memory, are asked to act."""

ANSWERS = {
    "total": """
from sealed_grader.inside import walls

done = []
for act in (lambda: walls.enter_namespaces(), lambda: walls.mount_tmpfs("/tmp", 900)):
    try:
        act()
        done.append(act)
    except (walls.WallError, OSError):
        pass
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
