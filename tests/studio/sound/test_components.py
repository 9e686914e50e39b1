"""The keyboard on the page and the mixer, by mouse, by keys, and as assistive technology sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from stage import document

if TYPE_CHECKING:
    from playwright.sync_api import Page

STYLES = """
  for (const sheet of ["tokens.css", "style.css", "sound/sound.css"]) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet" });
    link.href = `/page/${sheet}`;
    const loaded = new Promise((done) => { link.onload = done; });
    document.head.append(link);
    await loaded;
  }
  document.body.innerHTML = "<main id=host><h1>Stage</h1><div id=here></div></main>";
"""


@pytest.fixture
def keyboard(page: Page) -> Page:
    page.evaluate(
        f"""async () => {{
          {STYLES}
          const {{ Keyboard }} = await import("/page/sound/keyboard.js");
          stage.played = [];
          stage.keysOutside = [];
          addEventListener("keydown", (event) => stage.keysOutside.push(event.code));
          stage.render(stage.html`<${{Keyboard}}
            keySignature=${{{{ tonic: 5, mode: "major" }}}}
            onNoteOn=${{(pitch, velocity) => stage.played.push(["on", pitch, velocity])}}
            onNoteOff=${{(pitch) => stage.played.push(["off", pitch])}} />`,
            document.getElementById("here"));
          await stage.wait(100);
        }}"""
    )
    return page


def _played(page: Page) -> list[list[Any]]:
    return [list(event) for event in page.evaluate("stage.played.splice(0)")]


def test_mouse_and_glissando(keyboard: Page) -> None:
    first = keyboard.get_by_role("button", name="C4").bounding_box()
    second = keyboard.get_by_role("button", name="D4").bounding_box()
    assert first
    assert second
    keyboard.mouse.move(first["x"] + 5, first["y"] + first["height"] - 8)
    keyboard.mouse.down()
    keyboard.mouse.move(second["x"] + 20, second["y"] + second["height"] - 8, steps=4)
    keyboard.mouse.up()
    assert _played(keyboard) == [["on", 60, 90], ["off", 60], ["on", 62, 90], ["off", 62]]


def test_two_fingers_at_once(keyboard: Page) -> None:
    for kind, pitch, finger in (
        ("pointerdown", 60, 1), ("pointerdown", 64, 2), ("pointerup", 60, 1), ("pointerup", 64, 2),
    ):  # fmt: skip
        keyboard.locator(f'[data-pitch="{pitch}"]').dispatch_event(
            kind, {"pointerId": finger, "pointerType": "touch", "bubbles": True}
        )
    assert _played(keyboard) == [["on", 60, 90], ["on", 64, 90], ["off", 60], ["off", 64]]


def test_keys_of_the_computer(keyboard: Page) -> None:
    keyboard.locator('[data-pitch="60"]').focus()
    keyboard.keyboard.down("a")
    keyboard.keyboard.down("a")  # what a held key sends again
    keyboard.keyboard.down("w")
    keyboard.keyboard.up("a")
    keyboard.keyboard.up("w")
    assert _played(keyboard) == [["on", 60, 90], ["on", 61, 90], ["off", 60], ["off", 61]]
    keyboard.keyboard.press("x")
    keyboard.keyboard.press("k")
    keyboard.keyboard.press("z")
    keyboard.keyboard.press("z")
    keyboard.keyboard.press("a")
    assert _played(keyboard) == [["on", 84, 90], ["off", 84], ["on", 48, 90], ["off", 48]]
    assert keyboard.evaluate("stage.keysOutside") == []
    keyboard.keyboard.press("m")
    assert keyboard.evaluate("stage.keysOutside") == ["KeyM"]


def test_one_stop_of_the_tab_key_and_arrows_between_the_keys(keyboard: Page) -> None:
    assert keyboard.locator('.key[tabindex="0"]').count() == 1
    keyboard.locator('.key[tabindex="0"]').focus()
    keyboard.keyboard.press("ArrowRight")
    keyboard.keyboard.down("Space")
    keyboard.keyboard.up("Space")
    assert _played(keyboard) == [["on", 61, 90], ["off", 61]]
    assert keyboard.evaluate("document.activeElement.ariaLabel") == "Db4"
    keyboard.keyboard.press("Home")
    keyboard.keyboard.press("ArrowLeft")
    assert keyboard.evaluate("document.activeElement.dataset.pitch") == "48"


def test_leaving_ends_what_is_held(keyboard: Page) -> None:
    keyboard.locator('[data-pitch="60"]').focus()
    keyboard.keyboard.down("a")
    keyboard.evaluate("document.activeElement.blur()")
    assert _played(keyboard) == [["on", 60, 90], ["off", 60]]


def test_a_screen_reader_taps_a_key(keyboard: Page) -> None:
    keyboard.evaluate("""document.querySelector('[data-pitch="60"]').click()""")
    keyboard.wait_for_timeout(600)
    assert _played(keyboard) == [["on", 60, 90], ["off", 60]]


def test_a_narrow_window_has_fewer_keys_of_the_same_width(keyboard: Page) -> None:
    def keys() -> int:
        return keyboard.locator(".key").count()

    keyboard.set_viewport_size({"width": 1280, "height": 600})
    keyboard.wait_for_timeout(200)
    wide = keys()
    keyboard.set_viewport_size({"width": 320, "height": 600})
    keyboard.wait_for_timeout(200)
    assert (wide, keys()) == (49, 13)
    widths = keyboard.evaluate("[...document.querySelectorAll('.key')].map((k) => k.offsetWidth)")
    assert min(widths) >= 24


@pytest.fixture
def mixer(page: Page) -> Page:
    doc = document()
    doc["parts"].append({**doc["parts"][0], "id": "p2", "name": "Flute", "instrument": "flute"})
    page.evaluate(
        f"""async (doc) => {{
          {STYLES}
          const {{ Mixer }} = await import("/page/sound/mixer.js");
          stage.mix = {{ p2: {{ volume: 0.8 }} }};
          stage.changes = [];
          const watchLevels = (show) => {{ stage.show = show; return () => {{}}; }};
          const draw = () => stage.render(stage.html`<${{Mixer}} parts=${{doc.parts}}
            mix=${{stage.mix}} watchLevels=${{watchLevels}} onMix=${{(id, change) => {{
              stage.changes.push([id, change]);
              stage.mix = {{ ...stage.mix, [id]: {{ ...stage.mix[id], ...change }} }};
              draw();
            }}}} />`, document.getElementById("here"));
          draw();
          await stage.wait(50);
        }}""",
        doc,
    )
    return page


def test_the_mixer_tells_each_change(mixer: Page) -> None:
    mixer.get_by_role("slider", name="Volume of Flute").focus()
    mixer.keyboard.press("ArrowRight")
    mixer.get_by_role("slider", name="Pan of Piano").focus()
    mixer.keyboard.press("Home")
    mixer.get_by_role("button", name="Mute Flute").click()
    mixer.get_by_role("button", name="Solo Piano").click()
    assert mixer.evaluate("stage.changes") == [
        ["p2", {"volume": 0.85}],
        ["p1", {"pan": -1}],
        ["p2", {"mute": True}],
        ["p1", {"solo": True}],
    ]
    assert mixer.get_by_role("button", name="Mute Flute", pressed=True).count() == 1
    slider = mixer.get_by_role("slider", name="Pan of Piano")
    assert slider.get_attribute("aria-valuetext") == "100 % left"


def test_the_mixer_shows_levels(mixer: Page) -> None:
    mixer.evaluate("stage.show(new Map([['p1', 0.25], ['p2', 3]]))")
    shown = mixer.evaluate(
        "[...document.querySelectorAll('.meter div')].map((meter) => meter.style.transform)"
    )
    assert shown == ["scaleX(0.5)", "scaleX(1)"]


@pytest.mark.parametrize("what", ["keyboard", "mixer"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(
    what: str, theme: str, request: pytest.FixtureRequest
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    page = request.getfixturevalue(what)
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
