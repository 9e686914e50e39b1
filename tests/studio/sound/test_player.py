"""The player sounds a document in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import document

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
          const asleep = new Promise((done) => {
            context.onstatechange = () => context.state === "suspended" && done();
          });
          await asleep;
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
