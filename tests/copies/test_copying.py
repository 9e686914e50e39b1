"""Copies are found wherever they were transposed to, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from small_tunes import tune

from symgen.copies.reference import Reference, copied_share, longest_match
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError

TUNE = tune("C4 D4 E4 F4|G4 F4 E4 D4|C4:2 G4:2|E4:0.5 F4:0.5 G4 A4 B4")


def random_tune(seed: int, notes: int) -> Score:
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.integers(1, 12, notes))
    return Score(
        (
            Part(
                tuple(
                    Note(int(t), int(p), 1)
                    for t, p in zip(onsets, rng.integers(40, 90, notes), strict=True)
                )
            ),
        ),
        12,
    )


def test_a_tune_is_all_copied_from_itself_in_any_key_and_resolution() -> None:
    reference = Reference([TUNE])
    for copy in (TUNE, TUNE.transposed(-5), TUNE.with_resolution(480)):
        assert copied_share([copy], reference) == 1
        assert longest_match(copy, reference) == 15


def test_a_run_inside_another_tune_is_found() -> None:
    excerpt = [
        replace(n, onset=n.onset + 1000, pitch=n.pitch + 7) for n in TUNE.parts[0].notes[2:9]
    ]
    noise = [note for note in random_tune(1, 40).parts[0].notes if note.end < 900]
    score = Score((Part((*noise, *excerpt)),), 12)
    assert longest_match(score, Reference([TUNE])) == 7
    assert copied_share([score], Reference([TUNE]), notes=7) == pytest.approx(
        1 / (score.note_count - 6)
    )


def test_a_share_counts_runs() -> None:
    """Of the four runs of two notes, C-D and D-E stand in the reference, E-C and C-E do not."""
    assert copied_share([tune("C4 D4 E4 C4|E4")], Reference([tune("G4 A4 B4")]), notes=2) == 2 / 4


def test_another_rhythm_is_no_copy() -> None:
    slow = tune("C4:2 D4:2|E4:2 F4:2|G4:2")
    assert copied_share([slow], Reference([tune("C4 D4 E4 F4|G4")]), notes=3) == 0
    assert longest_match(slow, Reference([tune("C4 D4 E4 F4|G4")])) == 0


def test_runs_do_not_reach_from_tune_to_tune() -> None:
    reference = Reference([tune("C4 D4"), tune("E4 F4")])
    assert copied_share([tune("C4 D4 E4 F4")], reference, notes=3) == 0


def test_parts_are_lines_of_their_own_and_drums_are_none() -> None:
    two = Score(
        (
            Part((Note(0, 60, 12), Note(12, 62, 12))),
            Part((Note(0, 40, 12), Note(12, 43, 12)), is_drum=True),
        ),
        12,
    )
    assert copied_share([tune("G4 A4")], Reference([two]), notes=2) == 1
    assert copied_share([tune("G4 A#4")], Reference([two]), notes=2) == 0


def test_random_tunes_share_no_long_runs() -> None:
    reference = Reference([random_tune(seed, 300) for seed in range(10)])
    assert copied_share([random_tune(99, 300)], reference, notes=6) == 0
    assert longest_match(random_tune(99, 300), reference) < 6


def test_longest_match_agrees_with_a_slow_search() -> None:
    def runs(score: Score, length: int) -> set[tuple[tuple[int, int], ...]]:
        notes = score.parts[0].notes
        moves = [(b.onset - a.onset, b.pitch - a.pitch) for a, b in pairwise(notes)]
        return {tuple(moves[i : i + length - 1]) for i in range(len(moves) - length + 2)}

    rng = np.random.default_rng(0)
    for _ in range(30):
        one, other = (
            Score(
                (
                    Part(
                        tuple(Note(i, 60 + int(p), 1) for i, p in enumerate(rng.integers(0, 2, 25)))
                    ),
                ),
                12,
            )
            for _ in "ab"
        )
        slow = max((n for n in range(2, 26) if runs(one, n) & runs(other, n)), default=0)
        assert longest_match(one, Reference([other])) == slow
        share = sum(r in runs(other, 5) for r in [tuple(m) for m in runs(one, 5)]) > 0
        assert (copied_share([one], Reference([other]), notes=5) > 0) == share


def test_short_and_empty_inputs() -> None:
    assert copied_share([tune("C4 D4")], Reference([TUNE])) == 0
    assert copied_share([], Reference([TUNE])) == 0
    assert copied_share([TUNE], Reference([])) == 0
    assert longest_match(TUNE, Reference([])) == longest_match(Score(), Reference([TUNE])) == 0
    with pytest.raises(ControlError, match="runs of 1 notes: use 2 or more"):
        copied_share([TUNE], Reference([TUNE]), notes=1)
