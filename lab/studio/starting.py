"""How soon the page of a studio is ready, and how much the browser has to load for it.

    python -m lab studio-start [--runs 5]

Each run starts a studio anew and opens its link in a new profile of Chromium. Rows: seconds from the command to the
link, from the link to the page that can be used, processor seconds of the server until then; bytes of the scripts of
the page, compressed by gzip, without those for sound and score; requests to other hosts. Needs Playwright and
Chromium.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import PACKAGE
from lab.studio.running import cpu_seconds, running_studio

_PAGE = PACKAGE / "studio" / "page"
_SOUND = ("sound", "vendor")
_VENDORED_UI = "htm-preact.js"


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    program = shutil.which("chromium")
    if program is None:
        sys.exit("studio-start: needs Chromium; on Debian: apt-get install chromium")
    found = [_started(program) for _ in range(options.runs)]
    names = ("command to link, s", "link to page, s", "server, CPU s", "requests to other hosts")
    rows = [
        [name, f"{median(values):.2f}", f"{max(values):.2f}"]
        for name, values in zip(names, zip(*found, strict=True), strict=True)
    ]
    rows.append(["scripts without sound, bytes gzipped", f"{_weight()}", ""])
    print_table(["", "median", "worst"], rows)
    return 0


def _started(program: str) -> tuple[float, float, float, int]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        with play.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser:
            page = browser.new_page()
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            begun = time.perf_counter()
            with running_studio(folder) as (link, process):
                linked = time.perf_counter()
                page.goto(link)
                page.get_by_role("button", name="New piece").wait_for()
                ready = time.perf_counter()
                worked = cpu_seconds(process.pid)
        ours = link.partition("/?")[0]
        others = sum(not url.startswith((ours, "blob:", "data:")) for url in asked)
        return linked - begun, ready - linked, worked, others


def _weight() -> int:
    """Return the bytes of the scripts of the page, each compressed by itself as a server would."""
    scripts = [path for path in _PAGE.rglob("*.js") if not _is_of_sound(path)]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts)


def _is_of_sound(path: Path) -> bool:
    return path.parent.name in _SOUND and path.name != _VENDORED_UI
