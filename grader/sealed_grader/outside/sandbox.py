"""Start the worker in the sandbox, have it fork, and talk to the forks."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sealed_grader import wire
from sealed_grader.errors import LostError, SandboxError
from sealed_grader.model import NOBODY, Limits
from sealed_grader.outside.imports import OwnCode, find_own_code

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/fonts",
          "/etc/alternatives", "/etc/mime.types")  # fmt: skip
# Where these lie in the sandbox, wherever they lie outside: there, it may be in /tmp, which is
# covered.
CACHE, ENVIRONMENT, PACKAGES, SITES = "/cache", "/environment", "/packages", "/sites"
WORKER = "sealed_grader.inside.worker"
# Of the generators of random numbers that need not be told one.
SEED = 0
VARIABLES = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    # The same order of sets and the same sums, whoever grades.
    "PYTHONHASHSEED": str(SEED),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPLCONFIGDIR": "/tmp",
    "NBGRADER_EXECUTION": "autograde",
    "JAX_PLATFORMS": "cpu",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


class Sandbox:
    """A warm worker in a sandbox; its forks run submissions.

    Attributes:
        sandboxed: whether there is a sandbox at all.
    """

    def __init__(
        self,
        modules: list[str],
        *,
        cache: Path | None = None,
        sandboxed: bool = True,
    ) -> None:
        """Start the worker.

        Args:
            modules: the modules that it imports before it forks.
            cache: a folder for programs that JAX has compiled.
            sandboxed: False to run submissions with the rights of the grader.

        Raises:
            SandboxError: the sandbox cannot be started.
        """
        self.sandboxed = sandboxed
        place = CACHE if sandboxed else str(cache)
        self._cache = None if cache is None else place
        self._lock = threading.Lock()
        self._count = itertools.count()
        python = Path(sys.executable)
        if sandboxed and sys.prefix != sys.base_prefix:
            python = Path(ENVIRONMENT, python.relative_to(sys.prefix))
        variables = dict(VARIABLES)
        variables["PATH"] = f"{python.parent}{os.pathsep}{os.defpath}"
        # On some processors older builds of OpenBLAS compute wrong results unless told its name.
        variables |= {k: v for k, v in os.environ.items() if k.startswith("OPENBLAS_CORE")}
        if self._cache:
            variables["JAX_COMPILATION_CACHE_DIR"] = self._cache
        if sandboxed:
            code = find_own_code([*modules, WORKER])
            variables["PYTHONPATH"] = os.pathsep.join([PACKAGES, *_site_mounts(code)])
            prefix = _bubblewrap(code, cache)
        else:
            # The worker starts in another folder than the grader.
            paths = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
            variables["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, paths))
            prefix = []
        settings = json.dumps({"modules": modules, "sandboxed": sandboxed})
        self._homes = tempfile.TemporaryDirectory(prefix="sealed-grader-")
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, it is closed with the sandbox
        program = [str(python), "-m", WORKER, str(inside.fileno()), settings]
        try:
            self._worker = subprocess.Popen(
                [*prefix, *program],
                env=variables,
                pass_fds=[inside.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                cwd="/",
            )
        finally:
            inside.close()
        self._control.settimeout(120)
        try:
            ready = self._control.recv(16)
        except (TimeoutError, ConnectionError):
            ready = b""
        if ready != b"ready":
            said = self._said()
            self.close()
            raise SandboxError(
                f"The sandbox cannot be started: {said or 'no answer'}\nIt needs bubblewrap"
                " (apt-get install bubblewrap) and unprivileged user namespaces."
            )

    def _said(self) -> str:
        self._worker.kill()
        self._worker.wait()
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()[-2000:]

    def start(
        self,
        role: str,
        limits: Limits,
        *,
        files: dict[str, bytes],
        processor: int | None = None,
        trusted: bool = False,
    ) -> Process:
        """Fork the worker.

        Args:
            role: "student" or "examiner".
            limits: what the fork and all that it starts may use.
            files: what lies in its folder, by relative path.
            processor: the only one that it may use; None for any.
            trusted: whether it may add to the programs that are kept.

        Returns:
            The fork, ready.

        Raises:
            LostError: it could not be started, which is the grader's fault.
        """
        number = next(self._count)
        home = "/tmp/work" if self.sandboxed else f"{self._homes.name}/{number}"
        order = {"role": role, "limits": dataclasses.asdict(limits), "sandboxed": self.sandboxed,
                 "home": home, "seed": SEED, "processor": processor,
                 "cache": self._cache, "trusted": trusted}  # fmt: skip
        talk, their_talk = socket.socketpair()
        status, their_status = socket.socketpair()
        with contextlib.closing(their_talk), contextlib.closing(their_status):
            descriptors = [their_talk.fileno(), their_status.fileno()]
            try:
                with self._lock:
                    socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
            except OSError as error:
                raise LostError("grader's fault", f"the worker is gone: {error}") from error
        process = Process(talk, status, limits)
        deadline = time.monotonic() + 60
        try:
            wire.send(talk, files, deadline=deadline)
            answer = wire.receive(talk, deadline=deadline)
        except (OSError, ConnectionError) as error:
            raise LostError(
                "grader's fault", f"{error} {process.close()} {self._said()}"
            ) from error
        if answer != ["ready"]:
            process.close()
            raise LostError("grader's fault", str(answer))
        return process

    def close(self) -> None:
        """End the worker, and with it all its forks."""
        self._control.close()
        self._worker.kill()
        self._worker.wait()
        self._errors.close()
        self._homes.cleanup()

    def __enter__(self) -> Sandbox:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the worker."""
        self.close()


class Process:
    """A fork of the worker, confined further."""

    def __init__(self, talk: socket.socket, status: socket.socket, limits: Limits) -> None:
        """Keep the two connections: to the process, and to its supervisor."""
        self._talk, self._status = talk, status
        self._report: dict[str, str] | None = None
        self._most = (limits.answer_mb << 20) + (limits.output_kb << 11) + (1 << 20)

    def send(self, message: object, *, deadline: float) -> None:
        """Send a message.

        Raises:
            LostError: the process does not read it.
        """
        self._guarded(lambda: wire.send(self._talk, message, deadline=deadline))

    def receive(self, *, deadline: float) -> Any:
        """Return its next message.

        Args:
            deadline: when to give up, by `time.monotonic`.

        Raises:
            LostError: no message has come in time, or none will.
        """
        return self._guarded(
            lambda: wire.receive(self._talk, deadline=deadline, max_bytes=self._most)
        )

    def _guarded(self, exchange: Any) -> Any:
        try:
            return exchange()
        except TimeoutError:
            self.close()
            raise LostError("timeout") from None
        except OSError as error:
            # The process is about to end, and its supervisor will say why.
            report = self.close(patience=2.0)
            reasons = {"memory": "out of memory", "time": "timeout"}
            detail = report.get("detail") or str(error)
            raise LostError(reasons.get(report.get("reason", ""), "crashed"), detail) from None

    def close(self, *, patience: float = 0.0) -> dict[str, str]:
        """End the process and all its descendants.

        Args:
            patience: for how many seconds it may end by itself.

        Returns:
            The supervisor's report on how it ended.
        """
        if self._report is None:
            report: dict[str, str] = {}
            self._talk.close()
            with contextlib.suppress(OSError, ValueError), self._status:
                poll = select.poll()
                poll.register(self._status, select.POLLIN)
                if not poll.poll(patience * 1000):
                    self._status.shutdown(socket.SHUT_WR)
                self._status.settimeout(10)
                report = json.loads(self._status.recv(4096))
            self._report = report
        return self._report


def _site_mounts(code: OwnCode) -> dict[str, Path]:
    """Return where folders of installed packages lie in the sandbox that are not there anyway."""
    there = [Path(path).resolve() for path in (*SYSTEM, sys.base_prefix, sys.prefix)]
    sites = [site for site in sorted(code.sites) if not any(map(site.is_relative_to, there))]
    return {f"{SITES}/{number}": site for number, site in enumerate(sites)}


def _bubblewrap(code: OwnCode, cache: Path | None) -> list[str]:
    """Return the command that confines the command after it.

    Args:
        code: the code to import that lies outside of Python's folders.
        cache: a folder for programs that JAX has compiled.

    Raises:
        SandboxError: bubblewrap is missing.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError(
            "bubblewrap is missing, and without it submissions would run with your rights:"
            " apt-get install bubblewrap."
        )
    command = [program, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
               "--unshare-cgroup-try", "--die-with-parent", "--new-session"]  # fmt: skip
    if os.geteuid():
        command += ["--unshare-user"]
    places = {path: path for path in (*SYSTEM, sys.base_prefix)}
    # A link would lead nowhere.
    places |= {ENVIRONMENT: os.path.realpath(sys.prefix)}
    places |= {f"{PACKAGES}/{target}": str(source) for target, source in code.mounts.items()}
    places |= {target: str(site) for target, site in _site_mounts(code).items()}
    folders = {folder for path in places for folder in Path(path).parents}
    for folder in sorted(folders - {Path("/")}):
        # bubblewrap would make these readable for root alone, whom the worker ceases to be.
        command += ["--perms", "0755", "--dir", str(folder)]
    for path, outside in places.items():
        if Path(outside).is_symlink():
            command += ["--symlink", os.readlink(outside), path]
        else:
            command += ["--ro-bind-try", outside, path]
    if cache:
        command += ["--bind", str(cache), CACHE]
        if os.geteuid() == 0:
            os.chown(cache, NOBODY, NOBODY)
    return [*command, "--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size",
            str(32 << 20), "--tmpfs", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/",
            "--"]  # fmt: skip
