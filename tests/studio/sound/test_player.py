"""The player sounds a document in a browser, by the clock of its audio."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stage import FLAGS, chromium, document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TUNE = [(480, 60, 480, 100), (1440, 64, 480, 100), (2400, 67, 480, 100), (3360, 72, 300, 100)]


def test_each_onset_is_heard_and_nothing_before_the_first(page: Page) -> None:
    seen = page.evaluate(
        """async (doc) => {
          const player = await stage.open(doc);
          await player.play(0);
          return stage.watch(player);
        }""",
        document(TUNE, bars=2),
    )
    before = [peak for tick, peak in seen if tick < 440]
    assert before
    assert max(before) < 0.001
    for onset, _, duration, _ in TUNE:
        heard = [peak for tick, peak in seen if onset + 100 < tick < onset + duration]
        assert heard
        assert max(heard) > 0.02
    assert seen[-1][0] == 3840


def test_stop_leaves_silence_and_puts_the_sound_to_sleep(page: Page) -> None:
    state = page.evaluate(
        """async (doc) => {
          const player = await stage.open(doc);
          await player.play(0);
          await stage.watch(player, 600);
          const before = stage.peak(player);
          player.stop();
          const { context } = player.synth;
          await stage.until(() => context.state === "suspended");
          const after = stage.peak(player);
          await player.play(0);
          await stage.watch(player, 600);
          return { before, after, again: stage.peak(player) };
        }""",
        document([(0, 60, 3840, 100)], bars=2),
    )
    assert state["before"] > 0.01
    assert state["after"] < 0.001
    assert state["again"] > 0.01


def test_the_place_is_told_in_order_and_the_states_too(page: Page) -> None:
    ticks, states, levels = page.evaluate(
        """async (doc) => {
          const wordOf = ({ loading, playing }) =>
            loading ? "loading" : playing ? "playing" : "stopped";
          const player = await stage.open(doc);
          await player.play(960);
          await stage.watch(player, 300);
          const { levels } = stage;
          await stage.watch(player);
          return [stage.ticks, stage.states.map(wordOf), levels];
        }""",
        document(TUNE, bars=1),
    )
    assert ticks[0] >= 960
    assert ticks == sorted(ticks)
    assert len(set(ticks)) > 5
    assert ticks[-1] == 1920
    assert states == ["loading", "stopped", "loading", "playing", "stopped"]
    assert set(levels) == {"p1"}


def test_a_loop_and_a_seek_while_it_plays(page: Page) -> None:
    looped, sought = page.evaluate(
        """async (doc) => {
          const player = await stage.open(doc);
          player.setLoop({ start: 0, end: 480 });
          await player.play(0);
          await stage.watch(player, 1600);
          const looped = stage.ticks.splice(0);
          player.setLoop(null);
          player.seek(2880);
          const { synth } = player;
          const late = { tick: 100, playing: true, counting: false, peaks: [], turn: 1 };
          synth.told({ ...late, type: "place", time: synth.context.currentTime });
          await stage.watch(player, 300);
          player.stop();
          return [looped, stage.ticks];
        }""",
        document(TUNE),
    )
    assert max(looped) < 480
    turns = sum(later < earlier for earlier, later in pairwise(looped))
    assert turns >= 2
    assert min(sought) >= 2880 - 60
    assert max(sought) < 3840


def test_a_take_is_heard_in_place_of_the_piece_and_changes_at_once(page: Page) -> None:
    piece, take, changed = page.evaluate(
        """async ([piece, take]) => {
          const player = await stage.open(piece);
          player.setLoop({ start: 0, end: 3840 });
          await player.play(0);
          await stage.watch(player, 400);
          const before = stage.peak(player);
          player.load(piece, {}, take);
          await stage.watch(player, 700);
          const after = stage.peak(player);
          const note = ["n1", Math.round(player.tick) + 200, 60, 960, 110];
          const parts = [{ ...take.parts[0], notes: [note] }];
          player.load(piece, {}, { ...take, parts });
          await stage.watch(player, 500);
          return [before, after, stage.peak(player)];
        }""",
        [document([(0, 60, 7000, 100)]), document([])],
    )
    assert piece > 0.01
    assert take < 0.01
    assert changed > 2 * take


def test_single_notes_sound_without_playing(page: Page) -> None:
    held, lifted = page.evaluate(
        """async (doc) => {
          const player = await stage.open(doc);
          player.noteOn("p1", 60, 100);
          await stage.until(() => stage.peak(player) > 0.01);
          await stage.wait(300);
          const held = stage.peak(player);
          player.noteOff("p1", 60);
          player.noteOn("nobody", 60, 100);
          await stage.wait(1200);
          return [held, stage.peak(player)];
        }""",
        document(),
    )
    assert held > 0.01
    assert lifted < 0.001


def test_a_solo_part_is_heard_alone(page: Page) -> None:
    doc = document([(0, 60, 7000, 100)])
    other = document([], id="p2", program=48)["parts"][0]
    doc["parts"].append(other)
    alone, all_ = page.evaluate(
        """async (doc) => {
          const player = await stage.open(doc, { p2: { solo: true } });
          await player.play(0);
          await stage.watch(player, 500);
          const alone = stage.peak(player);
          player.setMix("p2", { solo: false });
          await stage.watch(player, 300);
          return [alone, stage.peak(player)];
        }""",
        doc,
    )
    assert alone < 0.001
    assert all_ > 0.01


def test_what_is_wrong_is_said(page: Page) -> None:
    """Without a soundfont, and without audio."""
    without_font, without_audio = page.evaluate(
        """async () => {
          const said = async () => {
            const states = [];
            const player = new stage.Player({
              fontUrl: "/page/vendor/README.md",
              onState: (state) => states.push(state.error),
            });
            await player.play(0);
            return states.at(-1);
          };
          const first = await said();
          delete globalThis.AudioContext;
          return [first, await said()];
        }"""
    )
    assert without_font == "The sounds could not be loaded. Reload the page to try again."
    assert (
        without_audio == "This browser cannot play sound here. Writing and export work without it."
    )


def test_a_page_that_may_not_sound_yet_says_so_and_sounds_after_a_click(
    browser: Browser, address: str
) -> None:
    strict = [flag for flag in FLAGS if not flag.startswith("--autoplay")]
    strict.append("--autoplay-policy=document-user-activation-required")
    locked = browser.browser_type.launch(executable_path=chromium(), args=strict)
    page = locked.new_page()
    page.goto(address)
    session = page.context.new_cdp_session(page)

    def ask(expression: str) -> Any:
        """Evaluate without the gesture that `page.evaluate` counts as."""
        options = {"awaitPromise": True, "returnByValue": True, "userGesture": False}
        answer = session.send("Runtime.evaluate", {"expression": expression, **options})
        return answer["result"].get("value")

    ask("import('/stage/stage.js').then(() => 1)")
    doc = json.dumps(document([(0, 60, 7000, 100)]))
    ask(
        f"""stage.opened = stage.open({doc}).then((player) => {{
          player.setLoop({{ start: 0, end: 960 }});
          return player.play(0);
        }}), 1"""
    )
    ask("stage.until(() => stage.states.some((state) => state.locked))")
    silent = ask("stage.wait(500).then(() => stage.peak(stage.player))")
    page.mouse.click(10, 10)
    ask("stage.until(() => stage.peak(stage.player) > 0.01)")
    assert silent == 0
    assert ask("stage.player.state.locked") is False
    locked.close()
