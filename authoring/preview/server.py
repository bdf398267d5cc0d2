"""Serve the pages on this machine alone, and have the open ones reload when they were written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

EVENTS = "/_written"
SCRIPT = """<script>
new EventSource("{events}?{seen}").onmessage = message => {{
  if (JSON.parse(message.data).includes(location.pathname)) location.reload();
}};
</script>
</body>"""


class PreviewServer(ThreadingHTTPServer):
    """Serves a folder, and tells the open pages what was written.

    Attributes:
        address: of the first page.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self._news = threading.Condition()
        self._written: list[list[str]] = []  # by one announcement after the other
        super().__init__(("127.0.0.1", port), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}/"

    def announce(self, pages: list[str]) -> None:
        """Reload those of these pages, such as `book/ols`, that are open."""
        with self._news:
            self._written.append([f"/{page}.html" for page in pages])
            self._news.notify_all()

    @property
    def announcements(self) -> int:
        """How many there have been."""
        return len(self._written)

    def wait(self, seen: int) -> tuple[int, list[str]]:
        """Return what there is after so many announcements: their number, and the pages' paths."""
        with self._news:
            self._news.wait_for(lambda: self.announcements > seen)
            return self.announcements, sorted(set().union(*self._written[seen:]))


class _Handler(SimpleHTTPRequestHandler):
    server: PreviewServer

    def __init__(self, request, client, server) -> None:
        super().__init__(request, client, server, directory=str(server.folder))

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if self.path.startswith(f"{EVENTS}?"):
            self.send_events(int(self.path.rpartition("?")[2]))
        elif path.suffix == ".html" and path.is_file():
            self.send_page(path)
        else:
            super().do_GET()

    def send_page(self, path: Path) -> None:
        """Send a page with the script that reloads it; the file stays as it was built."""
        # Read before the page, so that what is written meanwhile is announced to it.
        script = SCRIPT.format(events=EVENTS, seen=self.server.announcements)
        body = path.read_text(encoding="utf-8").replace("</body>", script).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_events(self, seen: int) -> None:
        """Tell a page of what is written for as long as it is open.

        Args:
            seen: how many announcements there had been when it was sent.
        """
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            while True:
                seen, written = self.server.wait(seen)
                self.wfile.write(f"data: {json.dumps(written)}\n\n".encode())
        except OSError:
            pass  # the page was closed

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path, port: int) -> Iterator[PreviewServer]:
    """Serve a folder in the background, on the next free port if the port is taken."""
    try:
        server = PreviewServer(folder, port)
    except OSError:
        server = PreviewServer(folder, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
