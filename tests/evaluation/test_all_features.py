"""Every feature of four small pieces: those that are not 0, and that all others are."""

from __future__ import annotations

from math import log2

import pytest
from small_tunes import tune, with_pickup

from symgen.evaluation.metrics import tune_features
from symgen.evaluation.polyphony import voice_features
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key, parse_pitch

C = Key(0, "major")


def not_zero(found: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if value}


def shares(total: int, **counts: int) -> dict[str, float]:
    return {name: count / total for name, count in counts.items()}


def test_a_tune_with_a_pickup_and_rests() -> None:
    """18 notes in 5 bars: of the 17 moves 3 go up a third of four semitones (C E), 3 follow a rest."""
    bar = "C4:1.5 E4:.5 G4:.5 G4:.25 F#4:.25"
    score = with_pickup(f"G3|{bar} -|D4 C5:.5 D4:.5 C5:.5 D4:.25 -:1.25|C4:1.5 E4:.5 - -|-|{bar}")
    found = not_zero(tune_features(score, C))
    # five of 18: log2(18 / 5)
    entropy = 2 * 5 / 18 * log2(18 / 5) + 2 * 3 / 18 * log2(6) + 2 / 18 * log2(9)
    pitches = [55, *[60, 64, 67, 67, 66] * 2, 62, 72, 62, 72, 62, 60, 64]
    mean = sum(pitches) / 18
    assert found == pytest.approx(
        {
            **shares(5, notes_per_bar=17, empty_bars=1, repeated_bars=1, repeated_rhythms=1),
            **shares(5, distinct_rhythms=4, same_starts=2, tonic_on_bar_line=3),
            **shares(1, similarity_4=1, rhythm_similarity_4=1),
            "notes_per_bar_spread": ((3 * 5**2 + 2**2) / 5 - 3.4**2) ** 0.5,
            **shares(18, pitch_class_0=5, pitch_class_2=3, pitch_class_4=3),
            **shares(18, pitch_class_6=2, pitch_class_7=5),
            # -10, -4, -2, -1, 0, 3, 4, 5, 10
            **shares(17, interval_0=2, interval_2=2, interval_4=1, interval_5=2, interval_6=2),
            **shares(17, interval_9=2, interval_10=3, interval_11=1, interval_12=2),
            **shares(18, duration_3=5, duration_6=8, duration_12=2, duration_18=3),
            **shares(18, place_in_beat_0=9, place_in_beat_6=7, place_in_beat_9=2, on_bar_line=5),
            "notes_in_key": 16 / 18,
            "pitch_class_entropy": entropy,
            "range": 17,
            "pitch_spread": (sum((pitch - mean) ** 2 for pitch in pitches) / 18) ** 0.5,
            **shares(17, mean_size_of_intervals=75, rests=3, same_duration_again=6),
            # of 15 moves that are none onto the same pitch
            **shares(14, turns=9),
            # G C, and four between D and C an octave above, of which three go back at once
            "leaps_answered": 3 / 5,
            "trills": 5 / 16,
            "last_duration": 3 / 48,
            "last_place": 33 / 48,
            **shares(1, last_step_down=1, last_bar_notes=5, last_bar_seen=1, starts_on_fifth=1),
        }
    )


def test_a_jig_of_ten_bars() -> None:
    """Beats are dotted quarters; bars 4, 5 and 9 are the first again, bar 9 eight bars later."""
    first = "C4:1.5 E4 F4:.5"
    bars = ["G4:3", "A4:.5 A4 E4:1.5", first, first, "B4:3", "C5:2 -", "G4:1 -", first]
    score = tune("|".join([first, *bars, "C4:.5 D4"]), meter="6/8")
    found = tune_features(score, Key(9, "minor"))
    expected = {
        **shares(10, notes_per_bar=21, repeated_bars=3, repeated_rhythms=4, loop_share=2),
        **shares(10, same_starts=3, similarity_of_halves=2, distinct_rhythms=6),
        **shares(9, similarity_1=1, rhythm_similarity_1=1),
        **shares(2, similarity_8=1, rhythm_similarity_8=1),
        **shares(6, similarity_4=2, rhythm_similarity_4=3),
        **shares(7, similarity_3=1),
        **shares(21, place_in_beat_0=15, place_in_beat_6=2, place_in_beat_12=4, on_bar_line=10),
        **shares(10, tonic_on_bar_line=1, empty_bars=0),
        **shares(3, last_duration=1),
        **shares(6, last_place=1),
        **shares(1, last_step_up=1, ends_on_beat=0, last_bar_notes=2),
        # bars 4 and 8 end with an F and a G, and have three notes and one
        "fourth_bars_close_on_tonic": 0,
        "fourth_bars_notes": 2,
        "duration_other": 0,
        "rests": 2 / 20,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    ending = tune_features(tune("|".join([first, *["G4:3"] * 7, first]), meter="6/8"), C)
    assert ending["last_bar_as_8_before"] == ending["last_bar_seen"] == 1
    assert ending["fourth_bars_close_on_tonic"] == ending["last_step_down"] == 0
    assert ending["similarity_6"] == 1 / 3


def test_how_a_tune_ends() -> None:
    names = ("ends_on_tonic", "ends_on_third_or_fifth", "ends_on_beat", "last_step_down")
    names += ("last_step_up", "last_note_repeats", "starts_on_tonic", "starts_on_fifth")
    for text, expected in {
        "C4:3 D4": [0, 0, 1, 0, 1, 0, 1, 0],
        "C4:2 B3 C4": [1, 0, 1, 0, 1, 0, 1, 0],
        "G4:3.5 E4:.5": [0, 1, 0, 0, 0, 0, 0, 1],
        "G4:3 F4": [0, 0, 1, 1, 0, 0, 0, 1],
        "E4:3 Eb4": [0, 1, 1, 1, 0, 0, 0, 0],
        "G4:3 G4": [0, 1, 1, 0, 0, 1, 0, 1],
    }.items():
        found = tune_features(tune(text), C)
        assert [found[name] for name in names] == expected, text


def chorale(*voices: str) -> Score:
    """Parts of quarters; ``-`` is a rest and ``_`` holds the note."""
    parts = []
    for voice in voices:
        notes: list[Note] = []
        for i, word in enumerate(voice.split()):
            if word == "_":
                notes[-1] = Note(notes[-1].onset, notes[-1].pitch, notes[-1].duration + 12)
            elif word != "-":
                notes.append(Note(i * 12, parse_pitch(word), 12))
        parts.append(Part(tuple(notes)))
    return Score(tuple(parts), 12)


def test_a_chorale_of_two_bars() -> None:
    """Octaves C F in tenor and bass, and fifths F C, G D in bass and soprano; the alto rests once."""
    score = chorale(
        "C5 _ D5 E5 F5 E5 D5 _",
        "G4 A4 B4 G4 A4 G4 - G4",
        "C4 F4 F4 Eb4 F4 _ G4 D4",
        "C3 F3 G3 C4 C4 Bb2 B2 G2",
    )
    assert not_zero(voice_features(score, C)) == pytest.approx(
        {
            **shares(8, sounding_3=1, sounding_4=7, sounding=31),
            "sounding_spread": (7 / 64) ** 0.5,
            "sounding_changes": 2 / 7,
            **shares(8, outer_interval_0=1, outer_interval_3=1, outer_interval_4=1),
            **shares(8, outer_interval_5=1, outer_interval_6=1, outer_interval_7=3),
            "outer_distance": 183 / 8,
            "outer_consonant_on_bar_lines": 1,
            **shares(45, pair_interval_0=7, pair_interval_1=2, pair_interval_2=2),
            **shares(45, pair_interval_3=9, pair_interval_4=8, pair_interval_5=15),
            **shares(45, pair_interval_6=2),
            **shares(2, fifth_on_bar_line=1, major_on_bar_line=1),
            # F; G7; C with both thirds; Bb C E G; G; G: the fifth alone
            **shares(6, fifth_on_beat=1, major_on_beat=2, dominant_seventh_on_beat=1),
            **shares(6, other_on_beat=2),
            # C F G F G G, of which F stands over C and G over B
            **shares(6, root_0=1, root_5=2, root_7=3, root_position=4),
            "chords_in_key": 6 / 8,
            "chord_stays": 1 / 5,
            **shares(4, root_moves_2=2, root_moves_5=1, root_moves_10=1),
            "distinct_chords": 6 / 8,
            **shares(36, parallel_fifths=1, parallel_octaves=1, contrary=6, similar=16, oblique=14),
            "gap": 8,
            "gap_spread": 28**0.5,
            "lowest_gap": 12.5,
            "highest_center": 449 / 6,
            "highest_range": 5,
            "highest_single_steps": 1,
            "highest_notes_per_quarter": 6 / 8,
            "lowest_center": 51.5,
            "lowest_range": 17,
            # +5 +2 +5 0 -14 +1 -4
            **shares(7, lowest_leaps=3, lowest_wide_leaps=1, lowest_single_steps=2),
            "lowest_repeats": 1 / 7,
            "lowest_notes_per_quarter": 1,
            "inner_center": 66,
            "inner_range": 5.5,
            # +2 +2 -4 +2 -2 0 of the alto, +5 0 -2 +2 +2 -5 of the tenor
            **shares(12, inner_leaps=2, inner_single_steps=7, inner_repeats=2),
            "inner_rests": 1 / 16,
            "inner_notes_per_quarter": 14 / 16,
            "notes_per_onset": 3.5,
            "notes_per_onset_spread": 0.5,
            "parts_per_onset": 7 / 8,
            "all_parts_begin": 1 / 2,
            "onsets_on_beats": 1,
            "notes_in_bar": 14,
            "notes_in_bar_spread": 1,
            "notes_in_bar_changes": 2,
            "sounding_changes_by_bar": 1 / 4,
            "longest_slice_elsewhere": 12,
            **shares(1, last_fifth=1, last_bass_is_root=1, last_notes=4, last_onset_to_end=1),
            "last_begin_together": 3 / 4,
            **shares(1, onsets_in_last_bar=4, onsets_in_bar_before=4),
        }
    )


def test_two_parts_with_chords_and_rests_in_triple_meter() -> None:
    """Slices of 12 24 12 12 12 12 12 6 6 24 12 36 steps, in which 3 3 1 3 1 1 2 2 1 1 2 3 pitches sound."""
    high = [(0, 72, 12), (12, 74, 24), (36, 76, 36), (84, 77, 12), (96, 76, 6), (108, 71, 24)]
    high += [(132, 72, 12), (144, 72, 36)]
    low = [(0, 60, 36), (0, 64, 36), (48, 67, 12), (48, 59, 12), (72, 65, 36), (132, 55, 12)]
    low += [(144, 48, 36), (144, 64, 36)]
    parts = [Part(tuple(Note(*row) for row in rows)) for rows in (high, low)]
    score = Score(tuple(parts), 12, meters=(MeterChange(0, Meter(3, 4)),))
    assert not_zero(voice_features(score, C)) == pytest.approx(
        {
            **shares(180, sounding_1=66, sounding_2=30, sounding_3=84, sounding=378),
            "sounding_spread": ((66 + 4 * 30 + 9 * 84) / 180 - 2.1**2) ** 0.5,
            "sounding_changes": 7 / 11,
            # C and C; D over C; E over B; F and F; E over F; C over G; C and C
            **shares(114, outer_interval_0=60, outer_interval_2=24, outer_interval_5=24),
            **shares(114, outer_interval_11=6, outer_distance=1962),
            "outer_consonant_on_bar_lines": 1,
            **shares(282, pair_interval_0=60, pair_interval_1=6, pair_interval_2=48),
            **shares(282, pair_interval_3=12, pair_interval_4=132, pair_interval_5=24),
            **shares(5, single_on_bar_line=3, major_on_bar_line=2),
            # the chords of two beats hold on: C D E, C D E; B E G; E; F; F E; B; C G; C E, C E
            **shares(10, single_on_beat=3, fifth_on_beat=1, major_on_beat=2, minor_on_beat=1),
            **shares(10, other_on_beat=3),
            **shares(12, root_0=5, root_4=3, root_5=2, root_11=2, root_position=10),
            "chords_in_key": 1,
            "chord_stays": 7 / 11,
            **shares(4, root_moves_1=2, root_moves_4=1, root_moves_6=1),
            "distinct_chords": 7 / 15,
            "oblique": 1,
            "gap": 75 / 7,
            "gap_spread": 2.9137254363387344,
            "lowest_gap": 75 / 7,
            "highest_center": 73.75,
            "highest_range": 6,
            # +2 +2 +1 -1 -5 +1 0
            **shares(7, highest_leaps=1, highest_single_steps=5, highest_repeats=1),
            "highest_rests": 18 / 180,
            "highest_notes_per_quarter": 8 / 15,
            # the upper notes of its chords: 64 67 65 55 64
            **shares(5, lowest_center=315),
            "lowest_range": 12,
            **shares(4, lowest_leaps=2, lowest_wide_leaps=2, lowest_single_steps=1),
            "lowest_rests": 48 / 180,
            "lowest_notes_per_quarter": 5 / 15,
            # 3 1 1 2 1 1 1 1 2 3 notes begin, in 2 1 1 1 1 1 1 1 2 2 of two parts
            "notes_per_onset": 1.6,
            "notes_per_onset_spread": 0.8,
            "parts_per_onset": 13 / 20,
            "all_parts_begin": 3 / 10,
            "onsets_on_beats": 1,
            # in bars of 4 3 3 3 3
            "notes_in_bar": 16 / 5,
            "notes_in_bar_spread": 0.4,
            "notes_in_bar_changes": 1 / 4,
            # 3, 5 / 3, 3 / 2, 4 / 3, 3 pitches on average
            "sounding_changes_by_bar": (4 / 3 + 1 / 6 + 1 / 6 + 5 / 3) / 4,
            "long_slices": 3 / 12,
            "longest_slice_ends_phrase": 24,
            "longest_slice_elsewhere": (24 + 12 + 12 + 36) / 4,
            **shares(1, last_major=1, last_root_is_tonic=1, last_bass_is_tonic=1),
            **shares(1, last_bass_is_root=1, last_top_is_tonic=1, last_notes=3),
            "last_begin_together": 3 / 2,
            **shares(1, last_onset_to_end=3, bass_5_to_1=1, onsets_in_last_bar=1),
            "onsets_in_bar_before": 2,
        }
    )


def test_how_two_voices_end() -> None:
    names = ("last_bass_is_tonic", "last_top_is_tonic", "bass_5_to_1", "top_7_to_1", "top_2_to_1")
    names += ("last_root_is_tonic", "last_bass_is_root", "last_is_complete")
    for voices, expected in {
        ("D5 C5", "G3 C3"): [1, 1, 1, 0, 1, 1, 1, 0],
        ("B4 C5", "G3 E3"): [0, 1, 0, 1, 0, 1, 0, 0],
        ("B4 A4", "G3 C3"): [1, 0, 1, 0, 0, 0, 0, 0],
        ("D5 E5", "G4 G4", "G3 C3"): [1, 0, 1, 0, 0, 1, 1, 1],
    }.items():
        found = voice_features(chorale(*voices), C)
        assert [found[name] for name in names] == expected, voices
    wide = voice_features(chorale("C6 C6", "C5 B4", "C3 C3"), C)
    assert wide["gap_above_octave"] == 1 / 2
    assert voice_features(chorale("C4 E4", "E4 C4"), C)["crossings"] == 1 / 2


def test_nothing_and_one_note() -> None:
    """Of nothing all shares are 0, but an empty bar is empty and no chord leaves the key."""
    assert not_zero(tune_features(Score(), C)) == {"empty_bars": 1}
    assert not_zero(voice_features(Score(), C)) == {"chords_in_key": 1}
    names = ("notes_per_bar", "distinct_rhythms", "pitch_class_4", "duration_3", "place_in_beat_0")
    names += ("on_bar_line", "notes_in_key", "ends_on_third_or_fifth", "ends_on_beat")
    ones = dict.fromkeys((*names, "last_bar_notes"), 1.0)
    assert not_zero(tune_features(tune("E4:.25"), C)) == ones | {"last_duration": 3 / 48}


def test_a_chord_of_one_step() -> None:
    """C and E for a twelfth of a quarter, in one part: its upper note is its line."""
    score = Score((Part((Note(0, 60, 1), Note(0, 64, 1))),), 12)
    names = ("sounding_2", "outer_interval_4", "outer_consonant_on_bar_lines", "pair_interval_4")
    names += ("major_on_bar_line", "root_0", "root_position", "chords_in_key", "distinct_chords")
    names += ("parts_per_onset", "all_parts_begin", "onsets_on_beats", "longest_slice_elsewhere")
    names += ("last_major", "last_root_is_tonic", "last_bass_is_tonic", "last_bass_is_root")
    ones = dict.fromkeys((*names, "onsets_in_last_bar"), 1.0)
    twos = ("sounding", "notes_per_onset", "notes_in_bar", "last_notes", "last_begin_together")
    others = {"outer_distance": 4, "highest_center": 64, "highest_notes_per_quarter": 12}
    expected = ones | dict.fromkeys(twos, 2.0) | others | {"last_onset_to_end": 1 / 12}
    assert not_zero(voice_features(score, C)) == pytest.approx(expected)


def test_steps_from_chord_to_chord() -> None:
    """Major triads on C and B, then F: eleven semitones up, then six."""
    moved = voice_features(chorale("G4 F#4 C5", "E4 D#4 A4", "C4 B3 F3"), C)
    moves = {
        name: value for name, value in moved.items() if name.startswith("root_moves") and value
    }
    assert moves == {"root_moves_11": 1 / 2, "root_moves_6": 1 / 2}
    assert moved["root_position"] == 1
