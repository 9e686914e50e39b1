"""Full songs: their chords, their form, their parts, and what of the controls they keep."""

from __future__ import annotations

from typing import Any

import pytest

import symgen
from symgen import ControlError, Controls
from symgen.accompanying.examples import load_example
from symgen.music.constraints import Form
from symgen.music.harmony import placed_symbol
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.verification import read_facts
from symgen.writing.reporting import copied_share
from symgen.writing.song_choice import SongWish, song_writer
from symgen.writing.song_plans import SongForm, plan_song
from symgen.writing.song_styles import SONG_STYLES
from symgen.writing.songs import Song, SongWriter, usual_form


def _song(style: str = "rock", parts: str | None = None, **asked: Any) -> Song:
    writer = SongWriter(style, parts)
    return next(writer.takes(Controls(**{"bars": 8, "key": "Am", **asked}), seed=5))


def test_each_style_has_an_example_and_plays_all_its_parts() -> None:
    for style in SONG_STYLES:
        song = _song(style, bars=16, form="AB")
        names = {part.name.split()[0] for part in song.score.parts if part.note_count}
        assert names == {"Melody", *(role.title() for role in load_example(style).roles)}, style
        unmet = [check for check in song.checks(Controls(bars=16, form="AB")) if not check.met]
        assert not unmet, style


def test_sections_that_return_have_the_same_melody_and_chords() -> None:
    song = _song(bars=16, form="ABAB")
    bars = song.asked.form.sections
    assert len(bars) == 4
    melody, (start, end) = song.score.parts[0], song.asked.span
    half = (end - start) // 2

    def notes(first: int) -> list[tuple[int, int, int]]:
        return [
            (note.onset - first, note.pitch, note.duration)
            for note in melody.notes
            if first <= note.onset < first + half
        ]

    assert notes(start) == notes(start + half)
    checks = {check.name: check for check in song.checks(Controls(bars=16, form="ABAB"))}
    assert checks["form"].met
    assert checks["chords_return"].found == {"sections that return": 2, "with the same chords": 2}


def test_intro_and_ending_stand_beside_the_bars_that_are_asked_for() -> None:
    example = load_example("rock")
    around = sum(len(example.section(name).bars) for name in ("Intro", "Ending"))
    assert len(_song(bars=8).score.bars) == 8 + around
    plain = next(SongWriter("rock", framed=False).takes(Controls(bars=8, key="C"), seed=5))
    assert len(plain.score.bars) == 8
    assert len(_song(bars=4).score.bars) == 4, "short songs have neither"


def test_a_song_is_the_same_for_the_same_seed_and_another_one_for_another() -> None:
    writer = SongWriter("waltz")
    first, second = writer.takes(Controls(bars=8), count=2, seed=1)
    (again,) = writer.takes(Controls(bars=8), seed=2)
    assert second.score == again.score
    assert first.score.parts[0] != second.score.parts[0]


def test_parts_are_left_out_and_drawn_anew_alone() -> None:
    whole, fewer = _song(), _song(parts="melody,drums:9")
    assert [part.name for part in fewer.score.parts] == ["Melody", "Drums"]
    assert fewer.score.parts[0] == whole.score.parts[0]
    assert [part.name for part in _song(parts="bass").score.parts] == ["Bass"]


def test_the_melody_alone_is_looked_up_for_copies() -> None:
    index = SongWriter("rock").copy_index()
    assert index is not None
    found = copied_share(_song(), SongWriter("rock"))
    assert found is not None
    melody = _song(parts="melody")
    assert found["longest"] == index.find(melody.score).longest
    assert found["of_style"] == ["Drums", "Bass", "Chords", "Chords 2", "Pad"]
    assert "of_style" not in (copied_share(melody, SongWriter("rock")) or {})
    band = copied_share(_song(parts="bass"), SongWriter("rock"))
    assert band == {"longest": 0, "share": 0.0, "of_style": ["Bass"]}


def test_controls_hold_for_the_melody_in_the_written_file() -> None:
    asked = Controls(bars=8, key="Am", range="C5-C6", grid="1/4", density="1-4", tempo=90)
    song = next(SongWriter("rock").takes(asked, seed=5))
    checks = {check.name: check for check in song.checks(asked, read_facts(song.score.to_bytes()))}
    assert all(checks[name].met for name in ("range", "grid", "density", "tempo", "bars", "end"))


def test_chords_that_are_given_are_played_and_tell_the_key() -> None:
    song = _song(chords="C G Am F", key=None, bars=8)
    assert str(song.header.key) == "C major"
    start, _ = song.asked.span
    inside = [change.name for change in song.score.chords if change.tick >= start]
    assert inside[:4] == ["C", "G", "Am", "F"]


def test_a_blues_has_the_three_chords_of_a_blues() -> None:
    song = SongForm(12, Form.parse("A"), Meter(4, 4))
    chart = plan_song(song, Key.parse("C"), SONG_STYLES["blues-shuffle"], 3)
    roots = {chord.root for bar in chart.bars for chord in bar.chords if chord}
    assert roots <= {0, 5, 7}
    assert str(chart.bars[0].chords[0]) == "C7"


def test_songs_open_and_close_on_their_tonic_chord() -> None:
    for key in ("Am", "Eb"):
        chords = [placed_symbol(each) for each in _song(key=key, bars=16).score.chords]
        tonic = Key.parse(key).tonic
        assert (chords[0].root, chords[-1].root) == (tonic, tonic)


@pytest.mark.parametrize(
    ("bars", "form"),
    [(1, "A"), (8, "A"), (12, "AAB"), (16, "AB"), (32, "AABA"), (40, "ABABC"), (30, "A")],
)
def test_a_form_is_chosen_by_the_number_of_bars(bars: int, form: str) -> None:
    assert str(usual_form(bars)) == form


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"bars": 30, "form": "ABAB"}, "bars 30 do not divide into 4 sections"),
        ({"meter": "4x4/4,4x3/4"}, "a song keeps one meter"),
        ({"period": "baroque"}, "period: is not for songs"),
        ({"strict_key": True}, "strict-key: is not for songs"),
        ({"max_polyphony": 4}, "max-polyphony: is not for songs"),
        ({"instruments": "flute,tuba"}, "name one for each of Melody"),
    ],
)
def test_what_a_song_cannot_have_is_refused(asked: dict[str, Any], line: str) -> None:
    with pytest.raises(ControlError, match=line):
        _song(**{"bars": None, **asked})


def test_swing_and_its_grid_go_with_the_band() -> None:
    with pytest.raises(ControlError, match="take 1/8t"):
        _song("swing", grid="1/8")
    with pytest.raises(ControlError, match="swings at"):
        _song("swing", swing=0.6)
    late = _song("rock", swing=0.66)
    ticks = late.score.resolution
    assert not any(note.onset % ticks == ticks // 2 for note in late.score.parts[0].notes)


def test_a_style_that_a_model_knows_too_is_a_song_where_parts_are_named() -> None:
    assert song_writer(Controls(style="waltz")) is None
    assert song_writer(Controls(style="waltz"), SongWish("all")) is not None
    assert song_writer(Controls(style="Pop Ballad")) is not None
    assert song_writer(Controls(style="rock"), model="folk") is None
    with pytest.raises(ControlError, match="parts: is for songs with a band"):
        song_writer(Controls(style="jig"), SongWish("drums"))


def test_python_writes_songs_by_their_style_and_streams_none() -> None:
    song = symgen.generate(style="rock", bars=4, key="C", seed=1)
    assert {"Melody", "Bass", "Drums"} <= {part.name for part in song.parts}
    with pytest.raises(ControlError, match="written whole"):
        next(symgen.stream(style="rock", bars=4))


def test_odd_meters_and_single_bars_are_songs_too() -> None:
    for asked in ({"meter": "3/4"}, {"meter": "7/8"}, {"bars": 1}, {"bars": 2, "form": "AB"}):
        song = _song(**asked)
        assert all(check.met for check in song.checks(Controls()) if check.name != "close")


def test_one_part_alone_has_as_many_bars_as_are_asked_for() -> None:
    (groove,) = SongWriter("rock", "drums").takes(Controls(bars=8), seed=1)
    assert len(groove.score.bars) == 8
    assert [part.is_drum for part in groove.score.parts] == [True]
