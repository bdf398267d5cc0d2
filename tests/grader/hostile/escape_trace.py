"""Other processes are looked into and changed, the examiner among them."""

ANSWERS = {
    "total": """
import ctypes, os

libc = ctypes.CDLL(None)
done = []
for number in [os.getppid(), *range(1, 300)]:
    if number != os.getpid() and libc.ptrace(16, number, 0, 0) == 0:
        done.append(number)
    try:
        os.pidfd_open(number)
        if number not in (1, os.getpid(), os.getppid()):
            done.append(number)
    except OSError:
        pass
assert not done, done
assert not [name for name in os.listdir("/proc") if name.isdecimal()]

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
