"""A tune that was played without a click goes on at its own pulse, in the ticks of its file."""

from __future__ import annotations

from pathlib import Path

from small import REAL_TUNES, tune
from test_ensembles import model

from symgen.formats import load_score
from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.sampling.unclicked import on_pulse

PLAYED = Path(__file__).parents[1] / "beats" / "data" / "prompt_mild.mid"


def test_the_notes_of_the_file_stay_and_new_ones_keep_the_pulse() -> None:
    prompt = load_score(PLAYED)
    take = next(model(alone=False).continuations(PLAYED, seed=1, controls=Controls(bars=4)))
    assert take.prompt is not None
    assert take.prompt.bars == 12
    assert take.prompt.played is not None
    assert 75 < take.prompt.played.pulse.bpm < 81
    join = take.written_end
    assert join is not None
    for before, after in zip(prompt.parts, take.written.parts, strict=True):
        assert after.notes[: len(before.notes)] == before.notes
        assert len(after.notes) > len(before.notes)
        assert all(note.onset >= join for note in after.notes[len(before.notes) :])
    bar = (take.written.length - join) / 4
    assert abs(bar / (4 * prompt.resolution * 120 / 78) - 1) < 0.08


def test_only_one_part_of_it() -> None:
    score = load_score(PLAYED)
    two = score.with_parts([*score.parts, *score.parts])
    take = next(model(alone=False).continuations(two, seed=1, controls=Controls(bars=2), part=2))
    assert len(take.written.parts) == 1


def test_what_keeps_to_its_file_is_read_as_it_is() -> None:
    straight = tune(REAL_TUNES["Amazing Grace"][3], meter="3/4", pickup="1/4", resolution=480)
    assert on_pulse(Tune(straight), None) == (Tune(straight), None)
