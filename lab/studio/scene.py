"""A studio in a browser: the server that may be killed, the page, and what a hand and an eye do with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lab.studio.running import running_studio
from symgen.studio.client import Client

if TYPE_CHECKING:
    import subprocess

    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["Row", "Scene", "StepError", "check", "opened_browser"]

_FLAGS = (
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
_LISTEN = """
  globalThis.analysers = [];
  const Plain = globalThis.AnalyserNode;
  globalThis.AnalyserNode = class extends Plain {
    constructor(...given) {
      super(...given);
      analysers.push(this);
    }
  };
"""
"""Keeps the analysers that the page makes, for the sound to be measured."""
_QUARTER_PIXELS = 72
Row = list[Any]
"""A note of a document: id, onset, pitch, duration, velocity."""


class StepError(Exception):
    """A step that did not do what it should."""


@contextmanager
def opened_browser(program: str, hears: Path) -> Iterator[Browser]:
    """Start a Chromium whose microphone hears a file, again and again."""
    from playwright.sync_api import sync_playwright

    flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={hears}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@dataclass
class Scene:
    """One studio, its page, and what is kept from step to step.

    Attributes
    ----------
    browser : Browser
    folder : Path
        Of the run; the projects are below it.
    tune : Path
        The file that is opened.
    keeps_token : bool
        Whether the studio has the same token when it is started again, so that the page finds it by itself.
    seconds : float
        The longest wait for anything.
    complaints : list of str
        Errors of the page, and addresses of other hosts that it asked for.
    """

    browser: Browser
    folder: Path
    tune: Path
    keeps_token: bool
    seconds: float = 60.0
    complaints: list[str] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    is_out: bool = False
    link: str = ""
    process: subprocess.Popen[str] | None = None
    context: BrowserContext | None = None
    ending: ExitStack = field(default_factory=ExitStack)

    # -- the server ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the studio: on the port that it had, if it had one."""
        port = str(urlsplit(self.link).port) if self.link else "0"
        token = ("--token", "a-token-for-the-scenario") if self.keeps_token else ()
        studio = running_studio(str(self.folder / "projects"), "--port", port, *token)
        self.link, self.process = self.ending.enter_context(studio)
        check(self.link.startswith("http://"), f"no link: {self.link!r}")

    def kill(self) -> None:
        """Kill the server, which has no time to do anything."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def address(self) -> str:
        """The address of the studio, without its token."""
        return self.link.partition("/?")[0]

    @property
    def project(self) -> str:
        """The id of the piece that is open."""
        return self.page.url.partition("#")[2]

    def document(self) -> dict[str, Any]:
        """Return the piece as the server has it."""
        with Client(self.link) as client:
            return dict(client.document(self.project))

    def rows(self) -> list[Row]:
        """Return the notes of the part that is edited: the first."""
        return list(self.document()["parts"][0]["notes"])

    # -- the page --------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page that is open."""
        assert self.context is not None
        return self.context.pages[0]

    def open_page(self) -> None:
        """Open the link in a new window that writes down all that goes wrong."""
        self.context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        self.ending.callback(self.context.close)
        page = self.context.new_page()
        page.set_default_timeout(self.seconds * 1000)
        page.add_init_script(_LISTEN)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda line: self._console(line.type, line.text))
        page.on("request", lambda asked: self._asked(asked.url))
        page.goto(self.link)

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" and not self.is_out:
            self.complaints.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "blob:")):
            self.complaints.append(f"another host: {url}")

    def blur(self) -> None:
        """Leave what has the focus, so that keys are those of the page."""
        self.page.evaluate("document.activeElement.blur()")

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def mark(self, first: int, last: int) -> None:
        """Mark bars by number."""
        for label, bar in (("From bar", first), ("to bar", last)):
            self.page.get_by_label(label, exact=True).fill(str(bar))
            self.press("Tab")

    def focused(self) -> str:
        """Return the name of what has the focus."""
        return str(self.page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''"))

    def spot(self, tick: float, pitch: float) -> tuple[float, float]:
        """Return where a tick and the middle of a pitch's row are on the screen, measured from a cell."""
        cell = self.page.locator(".roll-cell:not(.roll-caret)").first
        name = cell.get_attribute("data-id")
        onset, cells_pitch = next(row[1:3] for row in self.rows() if row[0] == name)
        box = cell.bounding_box()
        assert box is not None
        height = box["height"] - 1
        per_tick = _QUARTER_PIXELS / self.kept["resolution"]
        return (
            box["x"] + (tick - onset) * per_tick,
            box["y"] + (cells_pitch - pitch + 0.5) * height,
        )

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag with the mouse."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up()

    def wait(self, what: str, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + self.seconds
        while not holds():
            check(time.monotonic() < end, f"{what}: not within {self.seconds:g} seconds")
            self.page.wait_for_timeout(50)

    def wait_said(self, text: str) -> None:
        """Wait for what a screen reader is told."""
        said = self.page.locator("#said")
        self.wait(f'"{text}" said', lambda: text in (said.text_content() or ""))


def check(holds: object, what: str) -> None:
    """Raise `StepError` unless something holds."""
    if not holds:
        raise StepError(what)
