"""The kernel's means of confining a process, one function each.

Each function confines the calling process, or raises `ConfinementError` if it cannot. The process
itself can undo none of them. Sources: the manual pages unshare(2), mount(2), capset(2), seccomp(2),
landlock(7) and setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from pathlib import Path

from sealed_grader.errors import ConfinementError
from sealed_grader.model import NOBODY, Limits

# The C library numbers all prctl options alike on every architecture.
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
NEW_NAMESPACES = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "ipc": 0x8000000,
                  "network": 0x40000000}  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str, advice: str = "") -> int:
    if result < 0:
        reason = os.strerror(ctypes.get_errno())
        raise ConfinementError(f"{what}: {reason}. {advice}".rstrip())
    return result


def _prctl(option: int, *args: int | ctypes.c_void_p) -> None:
    words = [a if isinstance(a, ctypes.c_void_p) else ctypes.c_ulong(a) for a in args]
    words += [ctypes.c_ulong(0)] * (4 - len(words))
    _check(_libc.prctl(option, *words), f"prctl {option}")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def drop_root() -> None:
    """Become the user nobody, if this is root: some limits do not bind root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Otherwise /proc/self stays root's, and a user namespace cannot be set up by it.
        _prctl(PR_SET_DUMPABLE, 1)


def enter_namespaces() -> None:
    """Enter new user, mount, process, IPC and network namespaces; the next fork is process 1."""
    user, group = os.geteuid(), os.getegid()
    flags = 0
    for flag in NEW_NAMESPACES.values():
        flags |= flag
    advice = "Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone," \
        " user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)."  # fmt: skip
    _check(_libc.unshare(flags), "No namespaces", advice)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                       ("gid_map", f"{group} {group} 1")):  # fmt: skip
        Path(f"/proc/self/{name}").write_text(text)


def mount_tmpfs(target: str, megabytes: int) -> None:
    """Mount a tmpfs of at most `megabytes` MiB over a directory."""
    options = f"mode=0700,size={megabytes}m,nr_inodes=8192".encode()
    flags = ctypes.c_ulong(MS_NOSUID | MS_NODEV)
    done = _libc.mount(b"tmpfs", target.encode(), b"tmpfs", flags, options)
    _check(done, f"Cannot cover {target}")


def make_read_only(folder: str) -> None:
    """Remount a directory read-only."""
    remount, bind = 32, 4096
    flags = ctypes.c_ulong(remount | bind | MS_RDONLY | MS_NOSUID | MS_NODEV)
    done = _libc.mount(None, folder.encode(), None, flags, None)
    _check(done, f"Cannot make {folder} read-only")


def set_limits(limits: Limits) -> None:
    """Set the limits that the kernel keeps for each process, and for the user here."""
    megabyte = 1 << 20
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(limits.cpu_seconds) + 1),
        (resource.RLIMIT_FSIZE, limits.disk_mb * megabyte),
        # Refuses one huge array at once; the sum over all processes is the supervisor's.
        (resource.RLIMIT_DATA, (limits.memory_mb + 1024) * megabyte),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, highest = resource.getrlimit(kind)
        if highest != resource.RLIM_INFINITY:
            value = min(value, highest)
        resource.setrlimit(kind, (value, value))


def drop_capabilities() -> None:
    """Drop all capabilities permanently."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    version_3 = struct.pack("Ii", 0x20080522, 0)
    _check(_libc.capset(version_3, bytes(24)), "Cannot drop capabilities")


def restrict_paths(writable: list[str]) -> None:
    """Allow writing below these folders only, and no network: Landlock, the second layer."""
    create, add, restrict = 444, 445, 446
    abi = _libc.syscall(create, None, ctypes.c_size_t(0), 1)
    _check(abi, "No Landlock", "It needs Linux 5.13 with the security module landlock enabled.")
    # Newer kernels know more rights: 13 at first, then to link, to truncate, and (5) for devices.
    every_right = (1 << (13, 14, 15, 15, 16)[min(abi, 5) - 1]) - 1
    reading, using_a_file = 0b1101, 0b110  # execute, read files, read folders; write, read
    network = 0b11 if abi >= 4 else 0
    scopes = 0b11 if abi >= 6 else 0
    fields = [every_right, network, scopes][: 1 + (abi >= 4) + (abi >= 6)]
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = _check(
        _libc.syscall(create, attributes, ctypes.c_size_t(len(attributes)), 0), "No Landlock"
    )
    for path, allowed in [("/", reading), ("/dev/null", using_a_file),
                          *((path, every_right) for path in writable)]:  # fmt: skip
        descriptor = os.open(path, os.O_PATH)
        rule = struct.pack("=Qi", allowed, descriptor)
        _check(_libc.syscall(add, ruleset, 1, rule, 0), f"Landlock refuses a rule for {path}")
        os.close(descriptor)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _check(_libc.syscall(restrict, ruleset, 0), "Landlock cannot be applied")
    os.close(ruleset)


# System calls by which a process could hold memory that is not counted as its own, look into or
# signal what is not its own, or take another processor or another place in the queue for one. Their
# numbers on x86-64 and on 64-bit ARM.
FORBIDDEN = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "mq_open": (240, 180), "msgget": (68, 186), "io_uring_setup": (425, 425),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
}  # fmt: skip
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
SOCKET = (41, 198)
FAMILIES = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK
CLONE = (56, 220)
CLONE3 = 435


def filter_system_calls() -> None:
    """Refuse the system calls in `FORBIDDEN`, and new user namespaces."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        supported = ", ".join(ARCHITECTURES)
        raise ConfinementError(f"No filter of system calls for {machine}: {supported} only")
    audit, column = ARCHITECTURES[machine]
    load, equal, at_least, bits, back = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, not_permitted, unknown = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
    number_at, architecture_at, first_argument_at = 0, 4, 16
    program = [(load, 0, 0, architecture_at), (equal, 1, 0, audit), (back, 0, 0, kill),
               (load, 0, 0, number_at),
               # The 32-bit flavour of x86-64 has the same numbers with this bit.
               (at_least, 0, 1, 0x40000000), (back, 0, 0, kill),
               # It passes its flags by an address, where no filter can look: say it is unknown,
               # and the C library takes clone.
               (equal, 0, 1, CLONE3), (back, 0, 0, unknown)]  # fmt: skip
    for numbers in FORBIDDEN.values():
        program += [(equal, 0, 1, numbers[column]), (back, 0, 0, not_permitted)]
    # No other families: a socket of AF_VSOCK reaches the host of a virtual machine.
    program += [(equal, 0, len(FAMILIES) + 3, SOCKET[column]), (load, 0, 0, first_argument_at),
                *((equal, len(FAMILIES) - i, 0, family) for i, family in enumerate(FAMILIES)),
                (back, 0, 0, not_permitted), (back, 0, 0, allow)]  # fmt: skip
    program += [(equal, 0, 3, CLONE[column]), (load, 0, 0, first_argument_at),
                (bits, 0, 1, NEW_NAMESPACES["user"]), (back, 0, 0, not_permitted),
                (back, 0, 0, allow)]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    )
    filter_mode = 2
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_SECCOMP, filter_mode, ctypes.c_void_p(ctypes.addressof(head)))
