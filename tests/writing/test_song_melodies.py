"""The melodies of songs: what their figures count, how sections are put together, and how loud notes are."""

from __future__ import annotations

from itertools import pairwise

import pytest

from symgen import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Bar, Meter
from symgen.music.score import Note
from symgen.music.theory import Key
from symgen.writing.song_dynamics import phrased
from symgen.writing.song_figures import MelodyLine, real_sections, strangeness
from symgen.writing.songs import Song, SongWriter

BARS = tuple(Bar(n + 1, n * 1920, (n + 1) * 1920, Meter(4, 4)) for n in range(8))


def _line(*notes: tuple[float, int, float]) -> MelodyLine:
    """Notes by quarters over C."""
    made = tuple(Note(int(at * 480), pitch, int(long * 480)) for at, pitch, long in notes)
    return MelodyLine(made, BARS, (PlacedChord(0, 0),), Key.parse("C"), 480)


def _song(style: str, seed: int = 1) -> Song:
    return next(SongWriter(style).takes(Controls(bars=16, form="ABAB", key="Am"), seed=seed))


def test_figures_of_four_bars_are_those_that_one_counts() -> None:
    found = _line((0, 60, 2), (2, 61, 2), (4, 66, 1), (5, 67, 3), (8, 67, 4), (12, 67, 2)).figures(
        0, 4
    )
    assert found["notes a quarter"] == 6 / 16
    assert found["rests"] == 2 / 16
    assert found["leaps"] == 1 / 5
    assert found["compass"] == 7
    assert found["phrases that end"] == 1
    # Neither key nor chord has C# and F#; below the C# there is a tone of the chord.
    assert found["outside"] == 3 / 14
    assert found["clashes"] == 2 / 14
    assert found["chord tones on strong beats"] == 3 / 5


def test_a_phrase_that_goes_on_does_not_end_and_bars_said_again_are_counted() -> None:
    quarters = [(n, 60 + n % 4, 1) for n in range(16)]
    found = _line(*quarters).figures(0, 4)
    assert found["phrases that end"] == 0
    assert found["bars said again at once"] == 3 / 4
    assert strangeness(found) > strangeness(_line(*quarters[:-3], (14, 60, 2)).figures(0, 4))


def test_sections_without_notes_are_left_out() -> None:
    assert len(list(real_sections(_line((0, 60, 1), (1, 62, 1)), 4))) == 1
    assert _line((0, 60, 1)).figures(0, 4) == {}


def test_a_melody_is_one_line_and_its_sections_return_whatever_drafts_they_are_of() -> None:
    for style in ("reggae", "bossa"):
        song = _song(style)
        assert all(check.met for check in song.checks(Controls(bars=16, form="ABAB")))
        notes = sorted(song.score.parts[0].notes)
        assert all(one.end <= after.onset for one, after in pairwise(notes))


def test_the_last_note_of_the_melody_comes_with_the_last_one_of_the_bass() -> None:
    song = _song("rock")
    melody, bass = (
        next(part for part in song.score.parts if part.name == name) for name in ("Melody", "Bass")
    )
    assert max(melody.notes).onset == max(bass.notes).onset
    assert max(melody.notes).pitch % 12 == 9


def test_phrases_swell_and_choruses_and_high_notes_are_louder() -> None:
    notes = [Note(n * 1920, 60, 960, 80) for n in range(8)]
    velocities = [note.velocity for note in phrased(notes, BARS, 4, (False, True), 90)]
    assert velocities[2] > velocities[0]
    assert velocities[4:] == [velocity + 6 for velocity in velocities[:4]]
    high = phrased([*notes[:7], Note(7 * 1920, 70, 960, 80)], BARS, 4, (False, True), 90)
    assert high[-1].velocity > velocities[-1]
    assert phrased([], BARS, 4, (False,), 90) == []


def test_who_rests_in_one_variation_is_not_told_as_silent(
    capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    from symgen.cli import main

    asked = ["--bars", "32", "--form", "ABAB", "--seed", "1", "-o", f"{tmp_path}/rock.mid"]
    assert main(["generate", "--style", "rock", *asked]) == 0
    assert "silent" not in capsys.readouterr().err
