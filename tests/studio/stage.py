"""A page without content from a server of its own, under the content policy of the studio, in Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "symgen" / "studio" / "page"
FONT = ROOT / "soundfonts" / "FluidR3Mono_24.sf3"
SOUND = Path(__file__).parent / "sound"
POLICY = "default-src 'self'"
KINDS = {".js": "text/javascript", ".html": "text/html", ".css": "text/css"}
FLAGS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


class _Files(SimpleHTTPRequestHandler):
    stage = SOUND

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(b"<!doctype html><html lang=en><title>stage</title>", "text/html")
        elif path == "/favicon.ico":
            self._send(b"", "image/x-icon")
        elif path == "/api/soundfont":
            self._send(FONT.read_bytes(), "application/octet-stream")
        else:
            folder = {"/page/": PAGE, "/stage/": self.stage}.get(path[: path.find("/", 1) + 1])
            file = folder / path.split("/", 2)[2] if folder else Path()
            if file.is_file():
                self._send(file.read_bytes(), KINDS.get(file.suffix, "text/plain"))
            else:
                self.send_error(404)

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(stage: Path = SOUND) -> Iterator[str]:
    """Serve the files of the page, and a folder of tests under /stage; give the address."""
    handler = type("_Stage", (_Files,), {"stage": stage})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def chromium() -> str:
    """Return where Chromium is; pass over the test where it is not."""
    pytest.importorskip("playwright", reason="needs playwright")
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("needs Chromium: apt-get install chromium")


def document(
    notes: list[tuple[int, int, int, int]] | None = None,
    *,
    bars: int = 4,
    tempos: list[list[int]] | None = None,
    **part: Any,
) -> dict[str, Any]:
    """Return a document of one part: notes of onset, pitch, duration, velocity; 480 ticks a quarter, 4/4."""
    rows = [[f"n{number}", *note] for number, note in enumerate(notes or [])]
    whole: dict[str, Any] = {
        "id": "p1", "name": "Piano", "program": 0, "instrument": "piano", "is_drum": False,
        "notes": rows,
    }  # fmt: skip
    return {
        "id": "k3v9", "title": "Test", "revision": 1, "resolution": 480, "length": bars * 1920,
        "tempos": tempos or [[0, 500_000]], "meters": [[0, "4/4"]], "keys": [], "chords": [],
        "bars": [[n + 1, n * 1920, (n + 1) * 1920] for n in range(bars)],
        "key": {"tonic": 0, "mode": "major", "origin": "none"},
        "parts": [whole | part], "locked": [], "undo": None, "redo": None, "view": {},
    }  # fmt: skip
