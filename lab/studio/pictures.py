"""Pictures of the studio for its page of the docs: a take over a band, by day and with the score by night, on a phone.

    python -m lab studio-pictures [-o docs/pictures]

A band is made by a seed and opened in a studio that runs, and takes of four of its bars are written. Needs Playwright
and Chromium (the extra `dev`).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import symgen
from lab.commands import command_parser
from lab.modules import ROOT
from lab.studio.running import running_studio

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

_WAIT = 120_000
_SEED = "7"
_WIDE: ViewportSize = {"width": 1280, "height": 800}
_SMALL: ViewportSize = {"width": 390, "height": 760}


def main(arguments: Sequence[str]) -> int:
    """Make the pictures."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "pictures")
    folder = parser.parse_args(arguments).output
    program = shutil.which("chromium")
    if program is None:
        sys.exit("studio-pictures: needs Chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as place, running_studio(place) as (link, _):
        tune = Path(place) / "song.mid"
        _band().save(tune)
        with (
            sync_playwright() as play,
            play.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser,
        ):
            page = browser.new_page(viewport=_WIDE)
            page.set_default_timeout(_WAIT)
            page.goto(link)
            _write(page, tune)
            _keep(page, folder / "studio.png")
            _keep_dark(page, folder / "studio-dark.png")
            _keep_small(page, folder / "studio-phone.png")
    return 0


def _band() -> symgen.Score:
    tune = symgen.generate(bars=16, key="D", style="reel", seed=12)
    return symgen.accompany(tune, "country", seed=1)


def _write(page: Page, tune: Path) -> None:
    """Open the song, lock the first bar of what is marked, and have takes written."""
    page.get_by_label("Open a file").set_input_files(tune)
    page.get_by_role("heading", name="Parts").wait_for()
    _mark(page, 5, 5)
    page.get_by_role("button", name="Lock the region").click()
    _mark(page, 5, 8)
    page.get_by_role("button", name="More controls").click()
    page.get_by_label("Seed", exact=True).fill(_SEED)
    page.get_by_role("button", name="Fewer controls").click()
    page.locator(".write").click()
    page.locator(".slot.ready").nth(3).wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("2")
    page.locator(".chosen").wait_for()


def _mark(page: Page, first: int, last: int) -> None:
    for label, bar in (("From bar", first), ("to bar", last)):
        page.get_by_label(label, exact=True).fill(str(bar))
        page.keyboard.press("Tab")


def _keep(page: Page, path: Path) -> None:
    page.locator(".message").first.wait_for(state="detached")
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    sys.stdout.write(f"{path}\n")


def _keep_dark(page: Page, path: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Score", exact=True).click()
    page.locator(".sheet svg").first.wait_for()
    _keep(page, path)


def _keep_small(page: Page, path: Path) -> None:
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Score", exact=True).click()
    page.set_viewport_size(_SMALL)
    _keep(page, path)
