"""New namespaces and mounts, in which it would have rights."""

ANSWERS = {
    "total": """
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
done = []
if libc.unshare(0x10000000) == 0 or libc.unshare(0x20000) == 0:
    done.append("unshare")
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or libc.umount2(b"/proc", 2) == 0:
    done.append("mount")
if libc.chroot(b"/tmp") == 0 or libc.pivot_root(b"/tmp", b"/tmp") == 0:
    done.append("chroot")
if libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) > 0:
    done.append("clone")
if libc.syscall(435, ctypes.create_string_buffer(88), 88) > 0:
    done.append("clone3")
assert not done, done

def total(values): return sum(value * value for value in values)
"""
}
EXPECTED = ("graded", {})
