"""Files outside of the own folder are written, made or made one's own."""

ANSWERS = {
    "total": """
import os, sys
import numpy
import dl_workshop

paths = [numpy.__file__, dl_workshop.__file__, sys.executable, "/etc/hosts", "/bin/sh", "/dev/sda",
         os.environ.get("JAX_COMPILATION_CACHE_DIR", "/cache") + "/x", "/usr/lib/x", "/x",
         "/proc/sys/kernel/hostname", "/dev/mem", "/dev/shm/../x", "/sealed-grader-escaped"]
done = []
for path in paths:
    for act in (lambda: open(path, "ab").close(), lambda: os.chmod(path, 0o777),
                lambda: os.unlink(path), lambda: os.chown(path, os.getuid(), os.getgid()),
                lambda: os.link(path, "/tmp/link"), lambda: os.utime(path)):
        try:
            act()
            done.append(path)
        except OSError:
            pass
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
