"""Frames a second of the studio's piano roll while it scrolls over 10,000 notes, in Chromium without a window.

    python -m lab roll-frames [--notes 10000] [--frames 240] [--width 1280] [--height 720]

The roll scrolls a few pixels with each frame that the browser offers (`requestAnimationFrame`). A row for each zoom,
from the usual one to one that shows thousands of notes at once: notes that are seen, frames a second over all of them,
the 95th percentile of the time between two, and the median time that drawing one takes; last, what the browser offers
on this machine while nothing moves: 60 frames a second at most. Needs Playwright and Chromium (the extra `dev`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import PACKAGE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

_PAGE = PACKAGE / "studio" / "page"
_ADDRESS = "http://roll.invalid/"
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_ZOOMS = (1.0, 0.25, 0.05)
_HTML = """<!doctype html><html lang="en"><title>Roll</title>
<link rel="stylesheet" href="/page/tokens.css"><link rel="stylesheet" href="/page/roll/roll.css">
<div id="host" style="height: 96vh"></div></html>"""

_SETUP = """async ([doc, zoom]) => {
  const { Roll } = await import("/page/roll/roll.js");
  const host = document.getElementById("host");
  globalThis.roll?.destroy();
  const ignore = () => {};
  globalThis.roll = new Roll(host, { change: ignore, select: ignore, zoom: ignore });
  roll.update({ doc, part: "p1", zoom: { x: zoom, y: zoom < 0.1 ? 0.4 : 1 }, highlight: { scale: true } });
  await new Promise(done => setTimeout(done, 500));
  const { visibleRange } = await import("/page/roll/notes.js");
  const { seenTicks } = await import("/page/roll/layout.js");
  const [first, last] = visibleRange(roll.index, ...seenTicks(roll.layout));
  return last - first;
}"""

_SCROLL = """async ([frames, still]) => {
  const scroller = still ? document.createElement("div") : roll.frame.scroller;
  const [times, costs] = [[], []];
  const draw = roll.draw.bind(roll);
  roll.draw = () => {
    const start = performance.now();
    draw();
    costs.push(performance.now() - start);
  };
  let by = 8;
  await new Promise(done => {
    const step = now => {
      times.push(now);
      if (times.length > frames) return done();
      const before = scroller.scrollLeft;
      scroller.scrollLeft += by;
      if (scroller.scrollLeft === before) by = -by;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  return { times, costs };
}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Scroll at each zoom, and print a table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    options = parser.parse_args(arguments)
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        print("roll-frames needs Chromium: apt-get install chromium", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": options.width, "height": options.height})
        page.route(f"{_ADDRESS}**", _answer)
        page.goto(_ADDRESS)
        rows = [_measure(page, zoom, options.notes, options.frames) for zoom in _ZOOMS]
        still = page.evaluate(_SCROLL, [options.frames, True])
        rows.append(("nothing moves", "", *_figures(still["times"]), ""))
        browser.close()
    head = ("zoom", "notes seen", "frames/s", "95% of frames within, ms", "drawing, ms")
    print_table(head, rows)
    return 0


def _answer(route: Route) -> None:
    """Answer with a file of the page, so that no port is opened."""
    path = route.request.url.removeprefix(_ADDRESS).removeprefix("page/")
    file = _PAGE / path
    if not path:
        route.fulfill(body=_HTML, content_type="text/html")
    elif file.is_file():
        route.fulfill(body=file.read_bytes(), content_type=_KINDS[file.suffix])
    else:
        route.fulfill(status=404)


def _measure(page: Page, zoom: float, notes: int, frames: int) -> tuple[str, ...]:
    seen = page.evaluate(_SETUP, [piece(notes), zoom])
    found = page.evaluate(_SCROLL, [frames, False])
    return (f"{zoom:g}", str(seen), *_figures(found["times"]), f"{median(found['costs']):.1f}")


def _figures(times: Sequence[float]) -> tuple[str, str]:
    """Return frames a second, and the 95th percentile of the milliseconds between two."""
    steps = sorted(after - before for before, after in pairwise(times))
    return f"{1000 * len(steps) / sum(steps):.1f}", f"{steps[int(0.95 * len(steps))]:.1f}"


def piece(count: int) -> dict[str, Any]:
    """Make a document of one part: chords of four in sixteenths, over five octaves."""
    notes = [
        [f"n{i}", i // 4 * 120, 36 + (i * 7 + i // 64) % 60, 110 + 60 * (i % 3), 30 + i * 13 % 90]
        for i in range(count)
    ]
    notes.sort(key=lambda note: (note[1], note[2]))
    bars = count // 64 + 1
    return {
        "id": "large", "resolution": 480, "length": bars * 1920, "tempos": [[0, 500_000]],
        "meters": [[0, "4/4"]], "keys": [], "chords": [], "locked": [],
        "bars": [[n + 1, n * 1920, (n + 1) * 1920] for n in range(bars)],
        "key": {"tonic": 0, "mode": "major", "origin": "inferred"},
        "parts": [{"id": "p1", "name": "Piano", "program": 0, "is_drum": False, "notes": notes}],
    }  # fmt: skip
