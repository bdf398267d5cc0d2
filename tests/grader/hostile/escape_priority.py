"""Another processor, a higher priority, a place before all others, memory that is never swapped."""

ANSWERS = {
    "total": """
import os, resource

def ahead():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

done = []
for act in (ahead, lambda: os.nice(-20), lambda: os.setpriority(os.PRIO_PROCESS, 0, -5),
            lambda: os.setpriority(os.PRIO_USER, 0, -5),
            lambda: os.sched_setaffinity(0, range(os.cpu_count())),
            lambda: resource.setrlimit(resource.RLIMIT_NPROC, (4000, 4000)),
            lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4000, 4000)),
            lambda: resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))):
    try:
        act()
        done.append(act.__name__)
    except (OSError, ValueError):
        pass
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
