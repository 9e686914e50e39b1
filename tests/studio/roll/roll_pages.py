"""Documents for the roll, and what a test does on its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).parent
RESOLUTION, BAR = 480, 1920
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def piece(
    parts: list[dict[str, Any]], bars: int = 8, locked: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Make a document in C major and 4/4."""
    return {
        "id": "k3v9", "title": "Small", "revision": 1, "resolution": RESOLUTION, "length": bars * BAR,
        "tempos": [[0, 500000]], "meters": [[0, "4/4"]], "keys": [[0, 0, False]], "chords": [],
        "bars": [[n + 1, n * BAR, (n + 1) * BAR] for n in range(bars)],
        "key": {"tonic": 0, "mode": "major", "origin": "inferred"},
        "parts": parts, "locked": list(locked), "undo": None, "redo": None, "view": {},
    }  # fmt: skip


def part(notes: list[list[Any]], name: str = "Flute", **changes: Any) -> dict[str, Any]:
    """Make a part, a flute unless said otherwise."""
    plain = {"id": "p1", "name": name, "program": 73, "instrument": "flute", "is_drum": False}
    return {**plain, **changes, "notes": notes}


def small() -> dict[str, Any]:
    """Make a scale of quarters over two bars, its third note locked."""
    notes = [
        [f"n{i}", i * RESOLUTION, pitch, RESOLUTION, 60 + 8 * i] for i, pitch in enumerate(SCALE)
    ]
    low = part([["b1", 0, 48, BAR, 70]], "Bass", id="p2", program=32, instrument="bass")
    return piece([part(notes), low], locked=("n2",))


def large(count: int = 10_000) -> dict[str, Any]:
    """Make a piece of many notes: chords of four in sixteenths."""
    notes = [
        [f"n{i}", i // 4 * 120, 36 + (i * 7 + i // 64) % 60, 110 + 60 * (i % 3), 30 + i * 13 % 90]
        for i in range(count)
    ]
    notes.sort(key=lambda note: (note[1], note[2]))
    return piece([part(notes, "Piano", program=0)], bars=count // 4 * 120 // BAR + 1)


def show(page: Page, document: dict[str, Any] | None = None, script: str = "{}") -> None:
    """Show a document, or change the view by the object that a script gives; wait until it is drawn."""
    if document is not None:
        page.evaluate("doc => show({doc})", document)
    page.evaluate(f"show({script})")
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def until(page: Page, script: str) -> None:
    """Wait until a script is true; the content policy forbids Playwright's own way."""
    page.evaluate(
        f"""new Promise((done, fail) => {{
          const end = performance.now() + 20000;
          const look = () => {{
            if ({script}) done();
            else if (performance.now() > end) fail(new Error("never"));
            else setTimeout(look, 10);
          }};
          look();
        }})"""
    )


def changes(page: Page) -> list[dict[str, Any]]:
    """Return what the roll asked for, and forget it."""
    drawn(page)
    return list(page.evaluate("log.changes.splice(0)"))


def said(page: Page) -> list[str]:
    """Return what was announced, and forget it."""
    return list(page.evaluate("log.said.splice(0)"))


def spot(page: Page, tick: float, pitch: int) -> tuple[float, float]:
    """Return where a tick and the middle of a pitch's row are on the screen."""
    script = """async ([tick, pitch]) => {
      const { xOf, yOf } = await import("/page/roll/layout.js");
      const box = roll.frame.stage.getBoundingClientRect();
      const y = yOf(roll.layout, pitch) + roll.layout.rowHeight / 2;
      return [box.left + xOf(roll.layout, tick), box.top + y];
    }"""
    x, y = page.evaluate(script, [tick, pitch])
    return float(x), float(y)


def focused(page: Page) -> str:
    """Return the name of what has the focus."""
    return str(page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"))
