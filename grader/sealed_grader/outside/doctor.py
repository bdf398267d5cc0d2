"""Prove each limit of the sandbox by trying to break it: `sealed-grader doctor`.

Every attack here is bounded by itself as well, so that it does no harm where a limit is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from sealed_grader.errors import LostError
from sealed_grader.model import Limits
from sealed_grader.outside.sandbox import WORKER, Process, Sandbox

LIMITS = Limits(cell_seconds=10, total_seconds=60, cpu_seconds=3, memory_mb=256, disk_mb=8,
                processes=32, open_files=64, output_kb=16)  # fmt: skip
PATIENCE = 20.0


@dataclass
class Finding:
    """What came of one attack.

    Attributes:
        attack: what was tried.
        found: what happened.
        held: whether the limit held.
    """

    attack: str
    found: str
    held: bool


class Doctor:
    """Attacks a sandbox.

    Attributes:
        sandbox: what is attacked.
        secret: a text that stands in files that no submission may read.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Make up the secret."""
        self.sandbox = sandbox
        self.secret = secrets.token_hex(16)
        self.processors = sorted(os.sched_getaffinity(0))

    def findings(self) -> Iterator[Finding]:
        """Yield what comes of each attack, the gentle ones first."""
        for attack in (self.files, self.writing, self.network, self.other_processes, self.kernel,
                       self.signals, self.open_files, self.output, self.wall_time,
                       self.processor_time, self.disk, self.one_large_array, self.memory,
                       self.memory_of_many, self.hidden_memory, self.processes, self.starving,
                       self.outliving):  # fmt: skip
            what = " ".join(str(attack.__doc__).split()).rstrip(".")
            try:
                found, held = attack()
            except LostError as error:
                found, held = f"the sandbox failed: {error}", False
            yield Finding(what, found, held)

    @contextlib.contextmanager
    def _fork(self, processor: int | None = None, limits: Limits = LIMITS) -> Iterator[Process]:
        process = self.sandbox.start("student", limits, files={}, processor=processor)
        try:
            yield process
        finally:
            process.close()

    def _run(self, code: str, processor: int | None = None, limits: Limits = LIMITS) -> str:
        """Run code as a submission; return what it printed, or how it was lost."""
        with self._fork(processor, limits) as process:
            return run_code(process, code, limits.cell_seconds)

    def files(self) -> tuple[str, bool]:
        """Read a gradebook, in the folder for temporary files, at home and here."""
        folders = [Path(tempfile.gettempdir()), Path.home(), Path.cwd()]
        with contextlib.ExitStack() as stack:
            paths = []
            for folder in folders:
                with contextlib.suppress(OSError):
                    file = stack.enter_context(
                        tempfile.NamedTemporaryFile("w", prefix="gradebook-", dir=folder)
                    )
                    file.write(self.secret)
                    file.flush()
                    os.chmod(file.name, 0o644)
                    paths.append(file.name)
            said = self._run(
                "import os\n"
                f"for path in {paths!r}:\n"
                "    for way in (path, '/proc/1/root' + path, '/../..' + path):\n"
                "        try:\n            print(open(way).read())\n"
                "        except OSError as error:\n            print(error.strerror)"
            )
        return f"{len(paths)} files: {last_line(said)}", bool(paths) and self.secret not in said

    def writing(self) -> tuple[str, bool]:
        """Write into the packages, the system and the folder of devices."""
        said = self._run(
            "import os, sys, numpy\nwritten = []\n"
            "for folder in (os.path.dirname(numpy.__file__), sys.prefix, '/usr', '/', '/dev',\n"
            "               '/cache', '/proc'):\n"
            "    path = os.path.join(folder, 'planted')\n"
            "    try:\n        open(path, 'w').close(); written.append(path); os.unlink(path)\n"
            "    except OSError:\n        pass\n"
            "print('written:', written)"
        )
        return said.strip(), said.strip() == "written: []"

    def network(self) -> tuple[str, bool]:
        """Connect to a server on this machine, by address and by abstract name."""
        name = f"\0sealed-grader-{self.secret}"
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.socket(socket.AF_UNIX) as local,
        ):
            local.bind(name)
            local.listen()
            port = server.getsockname()[1]
            said = self._run(
                "import socket\n"
                f"for kind, where in ((socket.AF_INET, ('127.0.0.1', {port})),\n"
                f"                    (socket.AF_UNIX, {name!r})):\n"
                "    with socket.socket(kind) as s:\n        s.settimeout(2)\n"
                "        try:\n            s.connect(where); print('connected')\n"
                "        except OSError as error:\n            print(error.strerror)"
            )
        return said.replace("\n", ", ").strip(", "), "connected" not in said and said.strip() != ""

    def other_processes(self) -> tuple[str, bool]:
        """See and look into other processes."""
        said = self._run(
            "import ctypes, os\n"
            "seen = [name for name in os.listdir('/proc') if name.isdecimal()]\n"
            "libc = ctypes.CDLL(None)\n"
            # PTRACE_SEIZE, which unlike PTRACE_ATTACH does not stop what it takes.
            "attached = [p for p in range(1, 3000)\n"
            "            if p != os.getpid() and libc.ptrace(0x4206, p, 0, 0) == 0]\n"
            "print('seen', seen, 'attached to', attached)"
        )
        return said.strip(), said.strip() == "seen [] attached to []"

    def kernel(self) -> tuple[str, bool]:
        """Make a namespace, mount, change the root, take another processor or a higher priority."""
        said = self._run(
            "import ctypes, os\nlibc = ctypes.CDLL(None)\ndone = []\n"
            "tries = {'namespace': lambda: libc.unshare(0x10000000),\n"
            "         'mount': lambda: libc.mount(b'none', b'/tmp', b'tmpfs', 0, None),\n"
            "         'root': lambda: libc.chroot(b'/tmp'),\n"
            "         'priority': lambda: os.nice(-10) and 0,\n"
            "         'processor': lambda: os.sched_setaffinity(0, range(512)) or 0,\n"
            "         'user': lambda: os.setuid(0) or 0}\n"
            "for name, attempt in tries.items():\n"
            "    try:\n        done += [name] if attempt() == 0 else []\n"
            "    except OSError:\n        pass\n"
            "print('done:', done)"
        )
        return said.strip(), said.strip() == "done: []"

    def signals(self) -> tuple[str, bool]:
        """Signal a sibling, the worker, or whatever else there is."""
        with self._fork():
            others = sorted(_workers())
            said = self._run(
                "import os\nreached = []\n"
                f"for process in [-1, *range(1, 5000), *{others}]:\n"
                "    if process not in (os.getpid(), os.getppid()):\n"
                # Signal 0 asks whether another one would arrive, and harms nobody.
                "        try:\n            os.kill(process, 0); reached.append(process)\n"
                "        except OSError:\n            pass\n"
                "print('reached', reached[:20])"
            )
        return said.strip(), said.strip() == "reached []"

    def open_files(self) -> tuple[str, bool]:
        """Open files without end."""
        said = self._run(
            "kept = []\ntry:\n    for _ in range(2000):\n        kept.append(open('/dev/null'))\n"
            "except OSError:\n    pass\ncount = len(kept)\nkept.clear()\nprint(count)"
        )
        return f"{said.strip()} of {LIMITS.open_files}", last_number(said) <= LIMITS.open_files

    def output(self) -> tuple[str, bool]:
        """Print without end."""
        said = self._run("for _ in range(200_000):\n    print('x' * 100)")
        return f"{len(said)} bytes were kept", len(said) <= (LIMITS.output_kb << 10) + 200

    def wall_time(self) -> tuple[str, bool]:
        """Sleep without end."""
        begun = time.monotonic()
        said = self._run("import time\ntime.sleep(60)", limits=Limits(cell_seconds=1))
        took = time.monotonic() - begun
        return f"{said} after {took:.1f} s", said == "timeout" and took < 5

    def processor_time(self) -> tuple[str, bool]:
        """Compute without end, in several processes."""
        begun = time.monotonic()
        said = self._run(
            "import os, time\n"
            "for _ in range(4):\n    if os.fork() == 0:\n"
            "        begun = time.monotonic()\n"
            "        while time.monotonic() - begun < 30:\n            pass\n"
            "        os._exit(0)\n"
            "time.sleep(60)"
        )
        took = time.monotonic() - begun
        return f"{said} after {took:.1f} s", said == "timeout" and took < LIMITS.cell_seconds - 1

    def disk(self) -> tuple[str, bool]:
        """Fill the disk and the shared memory."""
        said = self._run(
            "import os\nwritten = 0\n"
            "for folder in ('/tmp', '/dev/shm', '/proc', '/'):\n"
            "    for number in range(40):\n        try:\n"
            "            with open(f'{folder}/fill-{number}', 'wb', buffering=0) as file:\n"
            "                for _ in range(4):\n"
            "                    written += file.write(bytes(1 << 20))\n"
            "        except OSError:\n            pass\n"
            "print(written >> 20)"
        )
        most = 2 * LIMITS.disk_mb
        return f"{said.strip()} MiB of {most}", last_number(said) <= most

    def one_large_array(self) -> tuple[str, bool]:
        """Ask for one array that is larger than the machine."""
        said = self._run("import numpy\ntry:\n    numpy.ones(1 << 40)\nexcept MemoryError:\n"
                         "    print('refused')")  # fmt: skip
        return said.strip(), said.strip() == "refused"

    def memory(self) -> tuple[str, bool]:
        """Take memory past the cap, in one process."""
        said = self._run(
            "import time\nkept = [b'x' * (1 << 20) for _ in range(1500)]\ntime.sleep(5)"
        )
        return said, said == "out of memory" or said.startswith("MemoryError")

    def memory_of_many(self) -> tuple[str, bool]:
        """Take memory past the cap, in ten processes that each stay below it."""
        said = self._run(
            "import os, time\n"
            "for _ in range(10):\n    if os.fork() == 0:\n"
            "        kept = bytes(os.urandom(1 << 20)) * 60\n"
            "        time.sleep(5)\n        os._exit(0)\n"
            "time.sleep(5)"
        )
        return said, said == "out of memory"

    def hidden_memory(self) -> tuple[str, bool]:
        """Take memory that belongs to no process, or to several."""
        said = self._run(
            "import ctypes, mmap, os, time\nlibc = ctypes.CDLL(None)\n"
            "if libc.memfd_create(b'x', 0) >= 0 or libc.shmget(0, 1 << 20, 0o1600) >= 0:\n"
            "    print('hidden memory can be had')\n"
            "shared = mmap.mmap(-1, 600 << 20)\n"
            "for at in range(0, len(shared), 4096):\n    shared[at] = 1\n"
            "time.sleep(5)"
        )
        return said, said == "out of memory"

    def processes(self) -> tuple[str, bool]:
        """Fork without end."""
        said = self._run(
            "import os, time\ncount = 0\ntry:\n    while count < 300:\n"
            "        if os.fork() == 0:\n            time.sleep(5)\n            os._exit(0)\n"
            "        count += 1\nexcept OSError:\n    pass\nprint(count)"
        )
        return f"{said.strip()} of {LIMITS.processes}", last_number(said) <= LIMITS.processes

    def starving(self) -> tuple[str, bool]:
        """Slow a sibling down by many busy processes."""
        if len(self.processors) < 2:
            return "one processor only: one submission at a time", True
        work = "import time\nbegun = time.perf_counter()\nfor _ in range(4_000_000):\n    pass\n" \
            "print(time.perf_counter() - begun)"  # fmt: skip
        first, second = self.processors[:2]
        alone = min(last_number(self._run(work, first)) for _ in range(3))
        attack = (
            "import os, time\n"
            "for _ in range(20):\n    if os.fork() == 0:\n"
            "        try:\n            os.sched_setaffinity(0, range(512))\n"
            "        except OSError:\n            pass\n"
            "        begun = time.monotonic()\n        while time.monotonic() - begun < 15:\n"
            "            pass\n        os._exit(0)\n"
        )
        busy = Limits(processes=LIMITS.processes, memory_mb=1024)
        with self._fork(second, busy) as attacker:
            run_code(attacker, attack, PATIENCE)
            beside = min(last_number(self._run(work, first)) for _ in range(3))
        return f"{beside / alone:.2f} times as long", beside < 2 * alone

    def outliving(self) -> tuple[str, bool]:
        """Leave a process behind."""
        before = _workers()
        self._run(
            "import os, time\n"
            "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
            "        time.sleep(20)\n    os._exit(0)"
        )
        deadline = time.monotonic() + 5
        while (left := len(_workers() - before)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return f"{left} left", left == 0


def run_code(process: Process, code: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    try:
        process.send(["cell", code], deadline=deadline)
        outputs = process.receive(deadline=deadline)
    except LostError as error:
        return error.reason
    return "".join(o.get("text", "") or f"{o['ename']}: {o['evalue']}" for o in outputs)


def last_line(said: str) -> str:
    return (said.strip().splitlines() or ["nothing"])[-1]


def last_number(said: str) -> float:
    try:
        return float(last_line(said))
    except ValueError:
        return float("inf")


def _workers() -> set[int]:
    """Return the processes that are forks of workers."""
    return {each.pid for each in psutil.process_iter(["cmdline"])
            if WORKER in (each.info["cmdline"] or ())}  # fmt: skip


def run(options: argparse.Namespace, console: Console) -> int:
    """Attack the sandbox, and show what came of it.

    Args:
        options: none.
        console: where to show it.

    Returns:
        0 if every limit held, else 1.
    """
    table = Table(title="The sandbox")
    for heading in ("attack", "found", "held"):
        table.add_column(heading)
    with Sandbox(["numpy"]) as sandbox:
        findings = list(Doctor(sandbox).findings())
    for finding in findings:
        table.add_row(finding.attack, finding.found, "yes" if finding.held else "NO")
    console.print(table)
    broken = [finding.attack for finding in findings if not finding.held]
    if broken:
        console.print("Do not grade submissions here. " + "; ".join(broken))
    return 1 if broken else 0
