"""More rights: to be root, to have capabilities, to run programs that are root's."""

ANSWERS = {
    "total": """
import ctypes, glob, os, subprocess

done = []
for act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]),
            lambda: os.setresuid(0, 0, 0), lambda: os.chroot("/tmp")):
    try:
        act()
        done.append(act)
    except OSError:
        pass
for program in ("/bin/su", "/usr/bin/sudo", "/usr/bin/bwrap", "/usr/bin/newuidmap"):
    if os.path.exists(program):
        in_new = ["--unshare-user", "--bind", "/", "/", "true"]
        arguments = in_new if "bwrap" in program else ["-n", "true"]
        ended = subprocess.run([program, *arguments], capture_output=True, stdin=subprocess.DEVNULL)
        if ended.returncode == 0:
            done.append(program)
libc = ctypes.CDLL(None)
held = ctypes.create_string_buffer(24)
libc.capget(ctypes.create_string_buffer(b"\\x22\\x05\\x08\\x20" + bytes(4)), held)
assert held.raw == bytes(24), held.raw
assert os.getuid() != 0
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
