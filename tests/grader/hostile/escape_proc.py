"""Other processes' files, memory and roots, by way of /proc. It is covered."""

ANSWERS = {
    "total": """
import os

seen = []
for path in ("/proc/1/root/etc/passwd", "/proc/1/environ", "/proc/1/cmdline", "/proc/self/mem",
             "/proc/self/fd", "/proc/self/exe", "/proc/self/cwd", "/proc/mounts", "/proc/kcore",
             "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel"):
    if os.path.lexists(path):
        seen.append(path)
assert not seen, seen
assert os.listdir("/proc") == ["cpuinfo"], os.listdir("/proc")

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
