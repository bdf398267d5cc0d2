"""The warm worker: a process that has imported what submissions need, and is forked for each.

It runs inside bubblewrap (see `sandbox`) and holds nothing secret. A fork of it is cheap, and safe
as long as JAX has not started its backend, which has threads. Each fork becomes three processes:

    supervisor   stays in the worker's namespaces, watches what the others use, and kills them
    init         process 1 of the new namespaces; when it ends, the kernel ends all others there
    the role     fully confined: runs the student's code (`student`) or the tests (`examiner`)
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import warnings
from pathlib import Path
from typing import Any, NoReturn

from sealed_grader import wire
from sealed_grader.inside import confinement, examiner, student
from sealed_grader.inside.shell import Shell, start_shell
from sealed_grader.model import Limits

ROLES = {"student": student.serve, "examiner": examiner.serve}
# Otherwise each fork that draws would look through all fonts of the system.
PLOTTING = ("matplotlib.pyplot", "matplotlib.font_manager", "matplotlib_inline.backend_inline")
# JAX imports these when it compiles its first program, and when it first solves equations.
LOADED_LATE = ("jaxlib.mlir.dialects.builtin", "jaxlib.mlir.dialects.mhlo", "scipy.linalg")
HOME = "/tmp"
TICK = 0.05
# Private and shared memory, and the tables of pages, which reading far apart makes large.
COUNTED = ("RssAnon", "RssShmem", "VmPTE")
CLOCK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Import the modules, report that it is ready, and fork on each order."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    if settings["sandboxed"]:
        confinement.drop_root()
    with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(None):
        modules = settings["modules"]
        plots = any(module.startswith("matplotlib") for module in modules)
        for module in [*(PLOTTING if plots else ()), *modules]:
            # A module that is missing is the notebook's business: its cell will say so.
            with contextlib.suppress(Exception):
                importlib.import_module(module)
        shell = start_shell()
    if "jax" in sys.modules:
        _warm_up_jax()
    # JAX cannot cache what it compiles here, and would warn each time.
    warnings.filterwarnings("ignore", message="Error writing persistent compilation cache entry")
    # Objects that exist now are never collected, so that forks keep sharing their memory. JAX makes
    # many small objects that stay: looking through them as often as usual takes a fifth of it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not order:
            return
        if os.fork() == 0:
            control.close()
            _supervise(json.loads(order), shell, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _warm_up_jax() -> None:
    """Do once what JAX would do again in each fork, without starting its backend.

    The patched functions are private: where a later JAX lacks them, forks just take longer.
    """
    for module in LOADED_LATE:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    bridge: Any = sys.modules.get("jax._src.xla_bridge")
    if hasattr(bridge, "discover_pjrt_plugins"):
        # It looks through all installed packages for processors other than this one.
        bridge.discover_pjrt_plugins = lambda: None
    mlir: Any = sys.modules.get("jax._src.interpreters.mlir")
    if hasattr(mlir, "make_ir_context"):
        # JAX makes one for each program, and loads all dialects again, which is a third of what a
        # program that is in the cache costs. Its threads would not outlive a fork.
        context = mlir.make_ir_context()
        context.enable_multithreading(False)

        @functools.cache
        def context_of_fork() -> object:
            context.enable_multithreading(True)
            return context

        mlir.make_ir_context = context_of_fork


def _supervise(order: dict, shell: Shell, talk: int, status: int) -> NoReturn:
    """Confine the fork, start the role, and watch it until it ends or exceeds a limit."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    limits, sandboxed = Limits(**order["limits"]), order["sandboxed"]
    report = {"reason": "fault", "detail": ""}
    try:
        # The namespaces get a folder /proc that is empty; this is the last look at the real one.
        processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        if order["processor"] is not None:
            os.sched_setaffinity(0, {order["processor"]})
        if sandboxed:
            confinement.enter_namespaces()
            if order["cache"] and not order["trusted"]:
                confinement.make_read_only(order["cache"])
            confinement.mount_tmpfs(HOME, limits.disk_mb)
            confinement.mount_tmpfs("/dev/shm", limits.disk_mb)
            processor = Path("/proc/cpuinfo").read_bytes()
            confinement.mount_tmpfs("/proc", 1)
            # Libraries choose their instructions by it.
            Path("/proc/cpuinfo").write_bytes(processor)
        first = os.fork()
        if first == 0:
            _init(order, shell, limits, talk)
        os.close(talk)
        report = _watch(first, processes, status, limits)
        with contextlib.suppress(ProcessLookupError):
            (os.kill if sandboxed else os.killpg)(first, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(first, 0)
    except BaseException as error:
        report["detail"] = f"{type(error).__name__}: {error}"
    with contextlib.suppress(OSError):
        os.write(status, json.dumps(report).encode())
    os._exit(0)


def _init(order: dict, shell: Shell, limits: Limits, talk: int) -> NoReturn:
    """Be process 1: start the role, collect what ends, and end with the role."""
    try:
        confinement.die_with_parent()
        os.setsid()
        role = os.fork()
        if role == 0:
            _play(order, shell, limits, talk)
        os.closerange(0, 1 << 16)
        while True:
            ended, status = os.wait()
            if ended == role:
                os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    finally:
        os._exit(70)


def _play(order: dict, shell: Shell, limits: Limits, talk: int) -> NoReturn:
    """Confine this process fully, and serve."""
    connection = socket.socket(fileno=talk)
    try:
        os.closerange(3, talk)
        os.closerange(talk + 1, 1 << 16)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nowhere, standard)
        os.nice(5)
        home = Path(order["home"])
        home.mkdir(exist_ok=True)
        os.chdir(home)
        for name, content in wire.receive(connection).items():
            home.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            home.joinpath(name).write_bytes(content)
        if order["sandboxed"]:
            confinement.set_limits(limits)
            confinement.drop_capabilities()
            cache = [order["cache"]] if order["cache"] and order["trusted"] else []
            confinement.restrict_paths([HOME, "/dev/shm", *cache])
            confinement.filter_system_calls()
    except BaseException as error:
        wire.send(connection, ["fault", f"{type(error).__name__}: {error}"])
        os._exit(70)
    with contextlib.suppress(BaseException):
        wire.send(connection, ["ready"])
        sys.path.insert(0, str(home))
        random.seed(order["seed"])
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(order["seed"])
        ROLES[order["role"]](connection, shell, limits)
    os._exit(0)


def _watch(first: int, processes: int, status: int, limits: Limits) -> dict[str, str]:
    """Wait until the role ends, is cancelled, or exceeds a limit."""
    family = _Family(first, processes)
    ended = os.pidfd_open(first)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(status, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(TICK * 1000)}
        if ended in ready:
            _, raw = os.waitpid(first, 0)
            code = os.waitstatus_to_exitcode(raw)
            return {"reason": "ended", "detail": _how_it_ended(code)}
        if status in ready:
            return {"reason": "cancelled", "detail": ""}
        seconds, memory = family.usage(limits.memory_mb << 20)
        if memory > limits.memory_mb << 20:
            return {"reason": "memory", "detail": f"more than {limits.memory_mb} MiB"}
        if seconds > limits.cpu_seconds:
            return {"reason": "time", "detail": f"more than {limits.cpu_seconds:g} s of processor"}


def _how_it_ended(code: int) -> str:
    # Init passes on a signal as 256 minus its number; a shell would say 128 plus its number.
    number = -code if code < 0 else 256 - code
    if number in signal.valid_signals():
        return f"it was ended by {signal.Signals(number).name}"
    # With which code is for its code to choose, and would be shown.
    return "it has exited"


class _Family:
    """A process and all its descendants."""

    def __init__(self, first: int, processes: int) -> None:
        self.first, self.folder = first, processes
        self.parents: dict[int, int] = {}

    def members(self) -> set[int]:
        """Return the processes; orphans go to process 1 of their namespace, which is one."""
        now = {int(entry) for entry in os.listdir(self.folder) if entry.isdecimal()}
        # To look at each process each time would take a tenth of what is measured.
        known = {p: parent for p, parent in self.parents.items() if p in now and parent in now}
        for process in now - set(known):
            with contextlib.suppress(OSError, IndexError):
                known[process] = int(self._stat(process)[1])
        self.parents = known
        family, new = {self.first}, {self.first}
        while new:
            new = {p for p, parent in self.parents.items() if parent in new} - family
            family |= new
        return family

    def usage(self, enough: int) -> tuple[float, int]:
        """Return processor seconds and bytes of memory; these are exact if more than enough."""
        seconds, memory = 0.0, 0
        family = self.members()
        for process in family:
            with contextlib.suppress(OSError, IndexError):
                seconds += sum(map(int, self._stat(process)[11:15])) / CLOCK
                sizes = _fields(self.folder, f"{process}/status")
                memory += sum(sizes.get(kind, 0) for kind in COUNTED)
        if memory > enough:
            # A page that forks still share has counted in each. Counting exactly takes longer.
            memory = 0
            for process in family:
                sizes = _fields(self.folder, f"{process}/smaps_rollup")
                sizes |= _fields(self.folder, f"{process}/status")
                memory += sum(sizes.get(kind, 0) for kind in ("Pss_Anon", "Pss_Shmem", "VmPTE"))
        return seconds, memory

    def _stat(self, process: int) -> list[str]:
        return _read(self.folder, f"{process}/stat").rpartition(")")[2].split()


def _fields(folder: int, name: str) -> dict[str, int]:
    """Return the sizes that a file of the kernel lists, in bytes."""
    sizes = {}
    with contextlib.suppress(OSError):
        for line in _read(folder, name).splitlines():
            kind, _, size = line.partition(":")
            if size.endswith(" kB"):
                sizes[kind] = int(size.removesuffix(" kB")) * 1024
    return sizes


def _read(folder: int, name: str) -> str:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(descriptor, 4096).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
