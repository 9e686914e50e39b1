"""The parts of the roll that draw nothing, as functions of what they are given; they run in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from roll_pages import BAR, RESOLUTION, part, piece, show, small

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOTES = [["a", 0, 60, 480, 80], ["b", 480, 64, 240, 100], ["c", 480, 67, 960, 20]]


def call(page: Page, module: str, script: str, *given: Any) -> Any:
    """Import a module of the roll as `m`, and return the value of a script that is given `given`."""
    return page.evaluate(
        f"async given => {{ const m = await import('/page/roll/{module}.js'); return {script}; }}",
        list(given),
    )


def test_what_sounds_is_found_as_by_looking_at_each_note(page: Page) -> None:
    draw = np.random.default_rng(1)
    times = sorted((int(draw.integers(4000)), int(draw.integers(1, 900))) for _ in range(300))
    notes = [[f"n{i}", on, 60, length, 80] for i, (on, length) in enumerate(times)]
    spans = [(start, start + int(draw.integers(1, 500))) for start in range(0, 5000, 37)]
    found = call(
        page,
        "notes",
        "given[1].map(span => m.visibleRange(m.indexNotes(given[0]), ...span))",
        notes,
        spans,
    )
    for (start, end), (first, last) in zip(spans, found, strict=True):
        sounding = [i for i, (on, length) in enumerate(times) if on < end and on + length > start]
        assert all(first <= i < last for i in sounding)
        if sounding:
            assert first == sounding[0]


def test_pixels_and_ticks_are_inverses(page: Page) -> None:
    show(page, small())
    ticks = [0, 1, 777, 5000]
    script = "given[0].map(tick => m.tickOf(roll.layout, m.xOf(roll.layout, tick)))"
    assert call(page, "layout", script, ticks) == pytest.approx(ticks)
    script = "given[0].map(p => m.pitchOf(roll.layout, m.yOf(roll.layout, p) + 1))"
    assert call(page, "layout", script, [21, 60, 61, 108]) == [21, 60, 61, 108]


def test_rows_reach_as_far_as_the_notes(page: Page) -> None:
    rows = call(
        page, "layout", "m.rowsOf(given[0])", part([["a", 0, 5, 10, 80], ["b", 0, 120, 10, 80]])
    )
    assert (rows[0], rows[-1], len(rows)) == (120, 5, 116)


def test_moved_notes_stop_together_at_the_start_and_keep_within_pitches(page: Page) -> None:
    back = call(page, "edits", "m.moveNotes(given[0], {ticks: -700}, new Set())", NOTES[1:])
    assert [note["onset"] for note in back["ops"][0]["notes"]] == [0, 0]
    high = call(page, "edits", "m.moveNotes(given[0], {pitch: p => p + 61}, new Set())", NOTES)
    assert high["ops"] == []


def test_lengths_have_a_floor_and_velocities_their_limits(page: Page) -> None:
    short = call(page, "edits", "m.resizeNotes(given[0], {ticks: -400, least: 120})", NOTES)
    assert [note["duration"] for note in short["ops"][0]["notes"]] == [120, 120, 560]
    soft = call(page, "edits", "m.addVelocity(given[0], -50)", NOTES)
    assert [note["velocity"] for note in soft["ops"][0]["notes"]] == [30, 50, 1]


def test_pasted_notes_have_new_ids_and_end_with_the_piece(page: Page) -> None:
    made = call(
        page, "edits", "m.pasteNotes('p2', m.copyNotes(given[0]), 1000, {end: 1480})", NOTES
    )
    (note,) = made["ops"][0]["notes"]
    assert (note["part"], note["onset"], note["pitch"]) == ("p2", 1000, 60)
    assert note["id"] not in {"a", "b", "c"}
    assert set(note["id"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(note["id"]) <= 32


def test_places_of_the_grid_begin_anew_in_each_bar(page: Page) -> None:
    document = piece([part([])], bars=3)
    document["bars"] = [[0, 0, 700], [1, 700, 700 + BAR], [2, 700 + BAR, 700 + 2 * BAR]]
    script = "given[1].map(([t, by]) => m.nextPlace(given[0], t, '1/4', by))"
    steps = [[480, 1], [700, 1], [700, -1], [1000, -1], [0, -1]]
    assert call(page, "places", script, document, steps) == [700, 1180, 220, 700, 0]
    script = "given[1].map(t => m.floorTick(given[0], t, '1/4'))"
    floors = call(page, "places", script, document, [699, 1179, 1180])
    assert floors == [480, 700, 1180]


@pytest.mark.parametrize(
    ("symbol", "tones"),
    [
        ("C", "0 4 7"), ("Am7", "9 0 4 7"), ("F#m7b5", "6 9 0 4"), ("Bbmaj7", "10 2 5 9"),
        ("G/B", "7 11 2"), ("Dsus4", "2 7 9"), ("Caug", "0 4 8"), ("Bdim7", "11 2 5 8"),
        ("E7b9", "4 8 11 2 5"), ("C6", "0 4 7 9"), ("C/D", "0 4 7 2"), ("Cadd9", "0 4 7 2"),
        ("Fm", "5 8 0"), ("Cm6", "0 3 7 9"), ("A5", "9 4"), ("G13", "7 11 2 5 4"),
        ("N.C.", ""), ("silence", ""),
    ],
)  # fmt: skip
def test_tones_of_chords(page: Page, symbol: str, tones: str) -> None:
    found = call(page, "harmony", "[...m.chordTones(given[0])]", symbol)
    assert set(found) == {int(tone) for tone in tones.split()}


def test_tones_of_scales(page: Page) -> None:
    script = "[...m.scaleTones(given[0])]"
    minor = {"tonic": 9, "mode": "minor", "origin": "inferred"}
    assert set(call(page, "harmony", script, minor)) == {0, 2, 4, 5, 7, 9, 11}
    assert call(page, "harmony", script, {**minor, "origin": "none"}) == []


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        (RESOLUTION, "quarter note"),
        (RESOLUTION * 3 // 2, "dotted quarter note"),
        (160, "eighth triplet"),
        (100, "0.21 quarters"),
        (460, "quarter note"),
        (4 * RESOLUTION, "whole note"),
    ],
)
def test_lengths_in_words(page: Page, ticks: int, words: str) -> None:
    assert call(page, "words", "m.lengthWords(given[0], given[1])", piece([]), ticks) == words


def test_flats_and_pickups_in_words(page: Page) -> None:
    document = piece([part([["a", 240, 70, 480, 80]])])
    document["bars"][0][0] = 0
    document["key"] = {"tonic": 5, "mode": "major", "origin": "inferred"}
    script = "m.noteWords(given[0], given[0].parts[0], given[0].parts[0].notes[0])"
    assert call(page, "words", script, document) == "B flat 4, pickup beat 1.5, quarter note, Flute"


def test_what_is_written_on_a_note_can_be_read(page: Page) -> None:
    """In both themes, for each part's color and loudness: 4.5 to 1, as WCAG asks of text."""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        script = """(() => {
          const theme = m.readTheme(document.getElementById("roll"));
          return theme.loud.flatMap((colors, part) =>
            colors.map((color, step) => m.contrast(color, theme.words[part][step])));
        })()"""
        found = call(page, "theme", script)
        assert len(found) == 64
        assert min(found) >= 4.5, (theme, found)


def test_marks_stand_out_from_the_paper(page: Page) -> None:
    """Borders of notes, locks, takes, the region, the focus and the line of the sound: 3 to 1."""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        script = """(() => {
          const t = m.readTheme(document.getElementById("roll"));
          const marks = [...t.notes, t.locked, t.take, t.region, t.focus, t.playhead, t.ink, t.muted];
          return marks.flatMap(mark => [t.paper, t.black, t.scale].map(g => m.contrast(mark, g)));
        })()"""
        assert min(call(page, "theme", script)) >= 3, theme


def test_cells_are_few_and_the_focus_has_one(page: Page) -> None:
    notes = [[f"n{i}", i * 10, 60, 10, 80] for i in range(1000)]
    script = "m.placesOfCells((await import('/page/roll/notes.js')).indexNotes(given[0]), given[1], given[2])"
    for span, focus in (([0, 10_000], 500), ([0, 10_000], 0), ([0, 10_000], 999), ([0, 100], 700)):
        places = call(page, "cells", script, notes, span, focus)
        assert focus in places
        assert len(places) <= 241
        assert places == sorted(set(places))


def test_every_key_of_the_sheet_does_something(page: Page) -> None:
    """The names of commands are those of actions."""
    script = """await (async () => {
      const { ACTIONS } = await import("/page/roll/actions.js");
      const keys = ["ArrowUp", "ArrowLeft", "Home", "End", "PageUp", "PageDown", "[", "]", "+", "-",
        "l", "s", "r", "c", "a", "x", "v", "d", "Delete", "Backspace", "Enter", "Insert", "Escape"];
      const missing = [];
      for (const key of keys) for (const on of ["note", "caret"]) for (let mask = 0; mask < 8; mask += 1) {
        const held = { ctrlKey: mask & 1, altKey: mask & 2, shiftKey: mask & 4 };
        const command = m.commandOf({ key, ...held }, on);
        if (command && !ACTIONS[command[0]]) missing.push(command);
      }
      return missing;
    })()"""
    assert call(page, "keys", script) == []
