"""The worker's and the supervisor's parts, which a fork has in its memory, are asked to act."""

ANSWERS = {
    "total": """
from sealed_grader.inside import confinement

done = []
for act in (lambda: confinement.enter_namespaces(), lambda: confinement.mount_tmpfs("/tmp", 900)):
    try:
        act()
        done.append(act)
    except (confinement.ConfinementError, OSError):
        pass
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
