"""A running `make preview`, for tests and benchmarks."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

SECONDS = 300


class RunningPreview:
    """Follows the book in a folder until it is left.

    Attributes:
        pages: the folder of its pages.
        process: leads a group of processes of its own.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.pages = folder / "_build" / "preview" / "html" / "book"
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "authoring.preview", "--port", "0"],
            cwd=folder,
            # What runs here imports the packages of this folder, not the installed ones.
            env=os.environ | {"PYTHONPATH": str(folder)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def __enter__(self) -> RunningPreview:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=SECONDS)

    def interrupt(self) -> int:
        """Press Ctrl-C, wait for the end, and return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=SECONDS)

    def until(self, words: str) -> str:
        """Return what it prints from here to the line that has these words."""
        printed = self._lines.get(timeout=SECONDS)
        while words not in printed.splitlines()[-1]:
            printed += self._lines.get(timeout=SECONDS)
        return printed

    def rest(self) -> str:
        """Return what else it has printed."""
        printed = ""
        while not self._lines.empty():
            printed += self._lines.get()
        return printed

    def times(self) -> dict[str, int]:
        """Return when each page was written."""
        return {
            path.relative_to(self.pages).with_suffix("").as_posix(): path.stat().st_mtime_ns
            for path in sorted(self.pages.rglob("*.html"))
        }

    def page(self, name: str) -> str:
        """Return a page as HTML."""
        return (self.pages / f"{name}.html").read_text(encoding="utf-8")
