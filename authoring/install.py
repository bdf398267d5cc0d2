"""Install a lock into .venv, and say how far that is.

    python3 authoring/install.py --new requirements.lock
    .venv/bin/python authoring/install.py requirements-dev.lock

Where `uv` is on the path it installs, which is faster. Only the standard library is needed. The
Makefile refuses a Python that is too old for this.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

NEWEST = (3, 14)
"""The newest Python that the lock is made for and the tests run on."""
SIZES = {
    "requirements.lock": "340 MB to download, 1.4 GB on disk",
    "requirements-dev.lock": "70 MB to download, 0.3 GB on disk",
}


def warn_if_newer(version: tuple[int, ...]) -> None:
    """Say so if no lock was made for a Python of this version, and no test ran on it."""
    if version[:2] > NEWEST:
        print(
            f"Warning: Python {version[0]}.{version[1]} is newer than those that the course is"
            " tested on, 3.11 to 3.14. Trying it anyway. If that fails, choose another:"
            " make PYTHON=python3.14",
            file=sys.stderr,
            flush=True,
        )


def progress(lines: Iterable[str], packages: int) -> Iterator[str]:
    """Yield a few lines for the many that pip or uv prints.

    Args:
        lines: what the installer prints.
        packages: how many the lock names, for all systems and Pythons together.

    Yields:
        A line for every twentieth package, for each large file, and for the step after these.
    """
    seen = 0
    for line in lines:
        # pip names the file, uv the package.
        large = re.match(r"\s*Downloading (\w+(?:-[a-z]\w*)*).*? \((\d\d.* ?Mi?B)\)", line)
        if line.startswith("Ignoring "):  # It is for another system, or another Python.
            packages -= 1
        elif line.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
            seen += 1
            if seen % 20 == 0 or seen == packages:
                yield f"  {seen} of {packages} packages"
        elif large:
            yield f"  {large.group(1)}: {large.group(2)}"
        elif line.startswith("Installing collected packages"):
            yield "  unpacking"
        elif line.startswith("Installed "):
            yield "  " + line.strip()


def install(lock: str, python: str) -> None:
    """Install a lock, and compile what may be imported: the grader's sandbox cannot do it later."""
    command = [python, "-m", "pip", "install", "--no-compile", "--progress-bar=off"]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", python]
    command += ["--no-deps", "--require-hashes", "-r", lock]
    packages = len(re.findall(r"^[\w.-]+==", Path(lock).read_text(), re.MULTILINE))
    last: deque[str] = deque(maxlen=30)

    def printed() -> Iterator[str]:
        for line in process.stdout or ():
            last.append(line)
            yield line

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in progress(printed(), packages):
            print(line, flush=True)
    if process.returncode:
        sys.exit("".join(last) + "The installation failed; the lines above say why.")
    print("  compiling", flush=True)
    # The tests of these packages are never run, and would be a third of it.
    compiling = [python, "-W", "ignore", "-m", "compileall", "-qq", "-j0", "-x", "/tests?/"]
    subprocess.run([*compiling, str(Path(python).parent.parent / "lib")], check=False)


def main(*arguments: str) -> None:
    """Install; with `--new`, into a new environment."""
    *new, lock = arguments
    warn_if_newer(sys.version_info[:])
    print(
        f"Installing {lock} into .venv: {SIZES[lock]}. This takes a few minutes, once.", flush=True
    )
    if new:
        command = [sys.executable, "-m", "venv", "--clear", ".venv"]
        if subprocess.run(command, check=False).returncode:
            sys.exit("Python could not make .venv; the lines above say why.")
    install(lock, ".venv/bin/python")


if __name__ == "__main__":
    main(*sys.argv[1:])
