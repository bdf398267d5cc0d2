"""Watch the sources, keep the preview up to date, and serve it."""

from __future__ import annotations

import argparse
import queue
import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from authoring.preview.server import serving
from authoring.preview.worker import Worker

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "_build" / "preview"

# In the folder of the course; its subfolders hold the environment and what was built.
FILES = ("_config.yml", "_toc.yml", "requirements.lock")
FOLDERS = ("authoring", "book", "dl_workshop", "solutions")
# What a warm process has read for good: settings, and code that it has imported.
READ_ONCE = re.compile(
    r"_config\.yml|_toc\.yml|requirements\.lock|(authoring|dl_workshop)/.*\.py"
    r"|book/.*\.bib|book/licenses/.*"
)


class Sources(DefaultFilter):
    """What somebody writes, and the preview does not."""

    def __call__(self, change: Change, path: str) -> bool:
        made = str(ROOT / "book" / "exercises")
        return not path.startswith(made) and super().__call__(change, path)


@contextmanager
def watching() -> Iterator[queue.SimpleQueue[set[Path]]]:
    """Put what is saved into a queue, from now on."""
    saved: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()
    stop = threading.Event()

    def watch_folders() -> None:
        folders = [ROOT / name for name in FOLDERS if (ROOT / name).is_dir()]
        for changes in watch(*folders, watch_filter=Sources(), stop_event=stop):
            saved.put({Path(path) for _, path in changes})

    def watch_files() -> None:
        # Their folder, since an editor that replaces a file would end the watch on it.
        files = {str(ROOT / name) for name in FILES}
        for changes in watch(ROOT, watch_filter=None, recursive=False, stop_event=stop):
            if paths := {Path(path) for _, path in changes if path in files}:
                saved.put(paths)

    threads = [threading.Thread(target=each) for each in (watch_folders, watch_files)]
    for thread in threads:
        thread.start()
    try:
        yield saved
    finally:
        # Threads in compiled code must be gone before Python is, or it may not end.
        stop.set()
        for thread in threads:
            thread.join()


def take(saved: queue.SimpleQueue[set[Path]]) -> set[Path]:
    """Wait for what is saved next, and return all that was saved so far."""
    paths = saved.get()
    while not saved.empty():
        paths |= saved.get()
    return paths


def read_once(saved: set[Path]) -> list[str]:
    """Return which of the saved files only a new process reads again."""
    names = sorted(path.relative_to(ROOT).as_posix() for path in saved)
    return [name for name in names if READ_ONCE.fullmatch(name)]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m authoring.preview", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where to serve, if it is free")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    port = parser.parse_args(arguments).port
    (FOLDER / "html").mkdir(parents=True, exist_ok=True)
    with (
        suppress(KeyboardInterrupt),
        watching() as saved,
        serving(FOLDER / "html", port) as server,
    ):
        print(
            f"Preparing {server.address}; chapters whose outputs are not cached are executed.",
            flush=True,
        )
        worker = Worker(ROOT, FOLDER)
        try:
            written = worker.written()
            print(f"{server.address} follows what you save, until Ctrl-C.", flush=True)
            while True:
                if written is None:
                    print("The preview was not updated; the next save tries again.", flush=True)
                else:
                    server.announce(written)
                paths = take(saved)
                if names := read_once(paths):
                    print(f"{', '.join(names)} changed: all pages are read again", flush=True)
                if written is None or names:
                    worker.stop()
                    worker = Worker(ROOT, FOLDER)
                    written = worker.written()
                else:
                    written = worker.update(paths)
        finally:
            worker.stop()


if __name__ == "__main__":
    main()
