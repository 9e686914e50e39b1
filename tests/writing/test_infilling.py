"""Bars that are written anew, with more variation than the network would give by itself."""

from __future__ import annotations

import symgen


def test_more_variation_takes_up_less_of_the_tune() -> None:
    """Bars 5 to 8 of this tune return: left alone, the network writes most of their notes once more."""
    tune = symgen.generate(bars=16, seed=11)
    old = set(tune.parts[0].notes)

    def new(**asked: float) -> int:
        takes = symgen.infill(tune, (5, 8), count=4, seed=3, **asked)
        return sum(note not in old for take in takes for note in take.parts[0].notes)

    assert new(variation=1.0) > 2 * new()


def test_bars_without_notes_at_the_end_can_be_written_and_stay() -> None:
    """Two notes in the first of eight bars, one of them pinned, are a piece to write on."""
    notes = (symgen.Note(0, 60, 480), symgen.Note(600, 62, 480))
    piece = symgen.Score((symgen.Part(notes, name="Piano"),), 480, length=8 * 4 * 480)
    for bars in ((1, 2), (1, 8), (3, 6)):
        made = symgen.infill(piece, bars, pins="1.1:C4", seed=1)
        assert len(made.bars) == 8
        assert notes[0] in made.parts[0].notes
        written = {
            bar.number
            for bar in made.bars
            for note in made.parts[0].notes
            if bar.start <= note.onset < bar.end and note not in notes
        }
        assert written
        assert written <= set(range(bars[0], bars[1] + 1))
