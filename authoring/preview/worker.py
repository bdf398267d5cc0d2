"""The process that holds Sphinx, and how it is asked to bring the pages up to date."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from sphinx.errors import SphinxError


class Worker:
    """A process that builds the preview, and does so again whenever it is asked."""

    def __init__(self, root: Path, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_keep_up_to_date, args=(root, folder, theirs))
        self._process.start()
        theirs.close()

    def written(self) -> list[str] | None:
        """Wait for a build; return the pages that it has written, or None if the process ended."""
        try:
            return self._connection.recv()
        except (EOFError, ConnectionError):
            return None

    def update(self, saved: set[Path]) -> list[str] | None:
        """Have the pages brought up to date with these files; return as `written` does."""
        try:
            self._connection.send(saved)
        except OSError:
            return None
        return self.written()

    def stop(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join()


def _keep_up_to_date(root: Path, folder: Path, connection: Connection) -> None:
    # As an exit, so that the kernel of a chapter that is being executed is shut down.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        # Only here, or the process that serves would wait for Sphinx, and hold its code too.
        from authoring.preview.site import WarmSite

        site = WarmSite(root, folder)
        connection.send(site.update())
        while True:
            connection.send(site.update(connection.recv()))
            site.check()  # only now, since the page need not wait for it
    except SphinxError as error:
        print(error, flush=True)
    except (EOFError, KeyboardInterrupt):
        pass
    finally:
        # Ctrl-C may have ended it already; what Python does last is not to be interrupted.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
