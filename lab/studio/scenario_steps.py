"""The steps of the scenario of the studio: each does something as a user does, and checks what came of it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from lab.modules import ROOT
from lab.studio.locks import notes_of
from lab.studio.scene import Scene, StepError, check
from symgen.studio.client import Client

__all__ = ["STEPS", "Step"]

Step = Callable[[Scene], None]
BARS = 16
TAKES = 4
REGION = (5, 8)
LOCKED = 6
_HUMMED_MS = 4000
_HEARD = """
  async () => {
    const samples = new Float32Array(2048);
    for (let i = 0; i < 1000; i++) {
      for (const analyser of analysers) {
        analyser.getFloatTimeDomainData(samples);
        if (Math.max(...samples) > 0.01) return true;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
    return false;
  }
"""


def start_and_open_the_link(scene: Scene) -> None:
    scene.start()
    scene.open_page()
    scene.page.get_by_role("heading", name="Write a piece").wait_for()


def open_a_tune(scene: Scene) -> None:
    scene.page.get_by_label("Open a file").set_input_files(scene.tune)
    scene.page.get_by_role("heading", name="Parts").wait_for()
    found = scene.document()
    scene.kept["resolution"] = found["resolution"]
    check(len(found["bars"]) == BARS, f"{len(found['bars'])} bars")
    scene.page.locator(".roll-cell").first.wait_for()


def draw_with_the_mouse(scene: Scene) -> None:
    rows, quarter = scene.rows(), scene.kept["resolution"]
    onset, pitch = scene.document()["bars"][1][1] + quarter, max(row[2] for row in rows[:40]) + 3
    scene.page.mouse.click(*scene.spot(onset + quarter / 20, pitch))
    scene.kept["drawn"] = _wait_new(scene, rows, onset, pitch)


def draw_by_keyboard(scene: Scene) -> None:
    rows, quarter = scene.rows(), scene.kept["resolution"]
    _, onset, pitch, *_ = _row(scene, scene.kept["drawn"])
    scene.page.locator(f'.roll-cell[data-id="{scene.kept["drawn"]}"]').focus()
    # The insertion cursor: up two rows, and on by two quarters in steps of the grid, which is 1/16.
    scene.press("c", "ArrowUp", "ArrowUp", *("ArrowRight",) * 8, "Enter")
    _wait_new(scene, rows, onset + 2 * quarter, pitch + 2)
    scene.press("Escape", "Escape")


def move_a_note(scene: Scene) -> None:
    quarter = scene.kept["resolution"]
    name, onset, pitch, *_ = _row(scene, scene.kept["drawn"])
    start = scene.spot(onset + 0.4 * quarter, pitch)
    scene.drag(start, scene.spot(onset + 1.4 * quarter, pitch + 1))
    scene.wait("the note moved", lambda: _row(scene, name)[1:3] == [onset + quarter, pitch + 1])


def resize_a_note(scene: Scene) -> None:
    quarter = scene.kept["resolution"]
    name, onset, pitch, duration, _ = _row(scene, scene.kept["drawn"])
    end = onset + duration
    scene.drag(scene.spot(end - quarter / 20, pitch), scene.spot(end + 0.45 * quarter, pitch))
    scene.wait("the note is longer", lambda: _row(scene, name)[3] == duration + quarter / 2)


def lock_notes(scene: Scene) -> None:
    scene.page.locator(".roll-cell[tabindex='0']").focus()
    scene.press("Escape", "Home")
    for _ in range(BARS):
        if f"bar {REGION[0]} beat" in scene.focused():
            break
        scene.press("PageDown")
    check(f"bar {REGION[0]} beat" in scene.focused(), f"no note of bar 5: {scene.focused()}")
    scene.press(*("Shift+ArrowDown",) * (LOCKED - 1), "l")
    scene.wait("six notes locked", lambda: len(scene.document()["locked"]) == LOCKED)
    scene.kept["locked"] = _locked(scene)
    check(", locked" in scene.focused(), f"a locked note is called {scene.focused()!r}")


def mark_bars(scene: Scene) -> None:
    scene.mark(*REGION)
    summary = scene.page.locator(".summary")
    scene.wait("bars 5 to 8", lambda: "Bars 5 to 8" in (summary.text_content() or ""))


def press_g(scene: Scene) -> None:
    scene.blur()
    scene.press("g")
    scene.wait_said("Writing 4 takes.")


def takes_arrive(scene: Scene) -> None:
    ready = scene.page.locator(".slot.ready")
    scene.wait("four takes", lambda: ready.count() == TAKES)
    scene.wait_said(f"take 4 of {TAKES}, bars 5 to 8, ")
    scene.kept["takes"] = _takes(scene)
    check(len(scene.kept["takes"]) == TAKES, f"{scene.kept['takes']}")


def hear_take_3(scene: Scene) -> None:
    scene.press("3")
    scene.wait_said(f"take 3 of {TAKES}, bars 5 to 8, ")
    scene.page.get_by_label("Place", exact=True).fill(str(REGION[0]))
    scene.blur()
    scene.press("Space")
    check(scene.page.evaluate(_HEARD), "nothing sounds")
    scene.press("Space")
    text = scene.page.locator(".slot[aria-pressed=true]").text_content() or ""
    check("Take 3" in text, f"heard is {text!r}")
    scene.page.get_by_role("button", name="Play", exact=True).wait_for()


def accept_it(scene: Scene) -> None:
    scene.kept["before"] = _music(scene.document())
    take = next(name for name, number in scene.kept["takes"] if number == 3)
    with Client(scene.link) as client:
        offered = client.take(scene.project, take)["document"]
    scene.press("Enter")
    scene.wait_said("Take 3 accepted.")
    scene.kept["accepted"] = _music(scene.document())
    check(scene.kept["accepted"] == _music(offered), "the piece is not the take that was heard")


def locked_notes_stay(scene: Scene) -> None:
    with Client(scene.link) as client:
        exported = notes_of(client.export(scene.project, "mid"))
    found = Counter(key[1:] for key in exported.elements())
    check(_locked(scene) == scene.kept["locked"], "locked notes changed")
    lost = scene.kept["locked"] - found
    check(not lost, f"not in the exported file: {lost}")


def undo(scene: Scene) -> None:
    scene.press("Control+z")
    scene.wait_said("Undone: ")
    check(_music(scene.document()) == scene.kept["before"], "not as it was before the take")


def redo(scene: Scene) -> None:
    scene.press("Control+Shift+z")
    scene.wait_said("Redone: ")
    check(_music(scene.document()) == scene.kept["accepted"], "not as it was with the take")


def hum(scene: Scene) -> None:
    before = len(scene.rows())
    scene.page.get_by_role("button", name="Hum").click()
    stop = scene.page.get_by_role("button", name="Stop and write it down")
    stop.wait_for()
    scene.page.wait_for_timeout(_HUMMED_MS)
    stop.click()
    message = scene.page.locator(".message")
    scene.wait("what was hummed", lambda: "added" in "".join(message.all_text_contents()))
    scene.wait("notes hummed", lambda: len(scene.rows()) >= before + 3)


def export_midi_and_wav(scene: Scene) -> None:
    scene.press("Control+s")
    dialog = scene.page.get_by_role("dialog", name="Export")
    for name, end in (("MIDI", "mid"), ("WAV", "wav")):
        with scene.page.expect_download() as download:
            dialog.get_by_role("button", name=name).first.click()
        download.value.save_as(scene.folder / f"exported.{end}")
    scene.press("Escape")
    rendered = scene.folder / "rendered.wav"
    command = ("render", str(scene.folder / "exported.mid"), "-o", str(rendered))
    subprocess.run(
        [sys.executable, "-m", "symgen", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    same = rendered.read_bytes() == (scene.folder / "exported.wav").read_bytes()
    check(same, "the WAV is not what symgen render makes of the MIDI")


def kill_the_server(scene: Scene) -> None:
    """Kill it while it writes takes, right after it has answered a change; start it again."""
    scene.blur()
    scene.press("g")
    scene.page.locator(".slot.writing").first.wait_for()
    scene.kept["last"] = before = _music(scene.document())
    first = scene.rows()[0][0]
    scene.page.locator(".roll-cell[tabindex='0']").focus()
    scene.press("Home")
    with scene.page.expect_response(lambda answer: answer.url.endswith("/changes")) as answered:
        scene.press("Alt+ArrowUp")
    check(answered.value.ok, f"the change was answered {answered.value.status}")
    scene.is_out = True
    scene.kill()
    scene.kept["changed"] = _raised(before, first)
    banner = scene.page.locator(".banner")
    banner.wait_for()
    scene.start()


def come_back(scene: Scene) -> None:
    """Let the page find the server again, or open it by the new link where the token is another one."""
    if not scene.keeps_token:
        scene.page.goto(f"{scene.link}&project={scene.project}")
    scene.wait("the page is back", lambda: scene.page.locator(".banner").count() == 0)
    scene.page.get_by_role("heading", name="Parts").wait_for()
    scene.is_out = False
    check(_music(scene.document()) == scene.kept["changed"], "not as of the last answered change")
    first, last = (scene.page.get_by_label(name, exact=True) for name in ("From bar", "to bar"))
    scene.wait("the region", lambda: (first.input_value(), last.input_value()) == ("5", "8"))
    check(scene.page.locator(".part.active").count() == 1, "no part is active")
    names = {name for name, _ in _takes(scene)}
    check({name for name, _ in scene.kept["takes"]} <= names, "takes are gone")
    write = scene.page.locator(".write")
    scene.wait("takes can be asked for", lambda: "Writing" not in (write.text_content() or ""))


def open_again_and_undo(scene: Scene) -> None:
    scene.press("Control+o")
    dialog = scene.page.get_by_role("dialog", name="Projects")
    dialog.locator(".project").first.click()
    dialog.wait_for(state="detached")
    scene.blur()
    scene.press("Control+z")
    scene.wait_said("Undone: ")
    check(_music(scene.document()) == scene.kept["last"], "undo does not go back")


STEPS: tuple[Step, ...] = (
    start_and_open_the_link, open_a_tune, draw_with_the_mouse, draw_by_keyboard, move_a_note,
    resize_a_note, lock_notes, mark_bars, press_g, takes_arrive, hear_take_3, accept_it,
    locked_notes_stay, undo, redo, hum, export_midi_and_wav, kill_the_server, come_back,
    open_again_and_undo,
)  # fmt: skip


def _music(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("parts", "locked", "length", "meters", "title")}


def _row(scene: Scene, name: str) -> list[Any]:
    return next(row for row in scene.rows() if row[0] == name)


def _wait_new(scene: Scene, before: list[list[Any]], onset: float, pitch: int) -> str:
    """Wait for a new note at a place; return its id."""
    scene.wait("a note is drawn", lambda: len(scene.rows()) == len(before) + 1)
    known = {row[0] for row in before}
    (new,) = (row for row in scene.rows() if row[0] not in known)
    if new[1:3] != [onset, pitch]:
        raise StepError(f"drawn at {new[1:3]}, not at {[onset, pitch]}")
    return str(new[0])


def _locked(scene: Scene) -> Counter[tuple[int, ...]]:
    """Return onset, duration, pitch and velocity of the notes that are locked."""
    found = scene.document()
    return Counter(
        (onset, duration, pitch, velocity)
        for part in found["parts"]
        for name, onset, pitch, duration, velocity in part["notes"]
        if name in found["locked"]
    )


def _takes(scene: Scene) -> list[tuple[str, int]]:
    with Client(scene.link) as client:
        return [(take["take"], take["number"]) for take in client.takes(scene.project)]


def _raised(music: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the music with one note a semitone higher, in the order that documents have."""

    def raised(row: list[Any]) -> list[Any]:
        return [*row[:2], row[2] + (row[0] == name), *row[3:]]

    parts = [
        {**part, "notes": sorted(map(raised, part["notes"]), key=lambda row: tuple(row[1:3]))}
        for part in music["parts"]
    ]
    return {**music, "parts": parts}
