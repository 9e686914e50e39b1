"""Pieces of several parts out of random weights: what must hold is held by the grammar and the plan alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, TINY, random_model, real_events, tune

from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.nets.inference import InferenceNet
from symgen.sampling.planning import plan_piece
from symgen.system.errors import ControlError
from symgen.tokens import Vocabulary, decode
from symgen.writing.model import Model

QUARTET = [[40, 40, 41, 42], [False] * 4, ["I", "II", "III", "IV"], "reel", "classical", 3]
DUO = [[73, 0], [False] * 2, ["", ""], "", "baroque", 1]
CARD: dict[str, Any] = {
    **INFO,
    "monophonic": False,
    "monophonic_parts": True,
    "ensembles": [QUARTET, DUO],
}
CONFIG = replace(TINY, fixed=(("velocity", 80),), voices=4, periods=("baroque", "classical"))


def model(seed: int = 0, *, alone: bool = True, scale: float = 1.0) -> Model:
    net = InferenceNet(random_model(CONFIG, seed=seed, scale=scale))
    return Model(net, {**CARD, "monophonic_parts": alone})


def is_monophonic(part: Part, start: int = 0) -> bool:
    return all(
        one.end <= two.onset
        for one, two in pairwise(sorted(n for n in part.notes if n.onset >= start))
    )


@given(
    st.integers(0, 10**6),
    st.sampled_from(["4/4", "6/8", "16/4", "3/16"]),
    st.integers(1, 5),
    st.floats(0.1, 5),
)
def test_voices_are_monophonic_and_bars_exact(
    seed: int, meter: str, bars: int, temperature: float
) -> None:
    piece = model(seed % 3).generate(
        Controls(bars=bars, meter=meter, temperature=temperature), seed=seed
    )
    assert len(piece.bars) == bars
    assert piece.length == piece.bars[-1].end
    assert piece.music_end > piece.bars[-1].start
    assert all(is_monophonic(part) for part in piece.parts)


@pytest.mark.parametrize("seed", range(5))
def test_no_part_strikes_a_pitch_that_it_sounds(seed: int) -> None:
    piece = model(seed, alone=False).generate(
        Controls(bars=4, instruments="piano,piano"), seed=seed
    )
    for part in piece.parts:
        for pitch in {note.pitch for note in part.notes}:
            assert is_monophonic(
                replace(part, notes=tuple(n for n in part.notes if n.pitch == pitch))
            )
    assert any(not is_monophonic(part) for part in piece.parts)


def planned(**controls: Any) -> tuple[tuple[int, ...], tuple[str, ...], str]:
    header = plan_piece(Controls(**controls), CARD, Vocabulary(), seed=1)
    return header.programs, header.names, header.period


def test_the_plan_keeps_what_is_asked() -> None:
    quartet, duo = (40, 40, 41, 42), (73, 0)
    assert planned(style="reel") == (quartet, ("I", "II", "III", "IV"), "classical")
    assert planned(period="baroque") == (duo, ("Flute", "Acoustic Grand Piano"), "baroque")
    assert planned(instruments="oboe,bassoon") == ((68, 70), ("Oboe", "Bassoon"), "baroque")
    assert planned(instruments="oboe,bassoon,flute", period="classical")[::2] == (
        (68, 70, 73),
        "classical",
    )
    assert planned(instrument="organ", style="reel")[0] == (19,) * 4
    assert {
        plan_piece(Controls(), CARD, Vocabulary(), seed=seed).programs for seed in range(30)
    } == {quartet, duo}


def test_drums_of_the_plan_give_way_to_instruments_that_are_asked_for() -> None:
    band = [[73, 0], [False, True], ["tune", "drums"], "", "", 1]
    card = {**CARD, "ensembles": [band]}
    kept, asked, one = (
        plan_piece(Controls(**controls), card, Vocabulary(), seed=1)
        for controls in ({}, {"instruments": "oboe,bassoon"}, {"instrument": "organ"})
    )
    assert (kept.programs, kept.drums) == ((73, 0), (False, True))
    assert (asked.programs, asked.drums) == ((68, 70), (False, False))
    assert (one.programs, one.drums) == ((19, 19), (False, True))


def test_what_the_model_does_not_know_is_refused(tiny: Model) -> None:
    with pytest.raises(ControlError, match="period 'modern': this model knows baroque, classical"):
        model().generate(Controls(period="modern"))
    with pytest.raises(ControlError, match="period 'modern': this model knows no periods"):
        tiny.generate(Controls(period="modern"))
    with pytest.raises(ControlError, match="this model writes one part"):
        tiny.generate(Controls(instruments="flute,oboe"))
    assert tiny.generate(Controls(instruments="oboe", bars=2), seed=1).parts[0].program == 68


def quartet() -> Score:
    """The round of four voices, and drums that strike once."""
    score = decode(real_events()[-1], Vocabulary())
    return score.with_parts([*score.parts, Part((Note(0, 36, 480),), 0, True)])


@pytest.mark.parametrize("period", [None, "baroque"])
def test_all_parts_go_on(period: str | None) -> None:
    prompt = quartet()
    take = next(model().continuations(prompt, seed=1, controls=Controls(bars=6, period=period)))
    score, end = take.score, prompt.length
    assert take.prompt is not None
    assert take.prompt.parts == (0, 1, 2, 3)
    assert take.header.period == (period or "")
    assert len(score.bars) == len(prompt.bars) + 6
    for before, after in zip(prompt.parts, score.parts, strict=True):
        assert tuple(note for note in after.notes if note.onset < end) == before.notes
        assert after.program == before.program
    assert all(any(note.onset >= end for note in part.notes) for part in score.parts[:4])
    assert all(is_monophonic(part, end) for part in score.parts)
    assert len(take.new_bars().parts) == 4
    assert take.new_bars().length == 6 * 1920


def test_one_part_or_other_instruments_on_request() -> None:
    prompt = quartet()
    alone = model().continue_(prompt, bars=2, seed=1, part=4)
    assert len(alone.parts) == 1
    assert alone.length == prompt.length + 2 * 1920
    played = model().continue_(prompt, seed=1, controls=Controls(bars=2, instruments="68,69,70,71"))
    assert [part.program for part in played.parts] == [68, 69, 70, 71, 0]
    with pytest.raises(ControlError, match="instruments: 2 for the 4 parts that go on; name each"):
        model().continue_(prompt, controls=Controls(instruments="68,69"))


def test_a_melody_is_continued_by_its_one_part() -> None:
    score = model().continue_(tune("C4 E4 G4 E4|C4:4", resolution=480), bars=3, seed=4)
    assert len(score.parts) == 1
    assert len(score.bars) == 5
    assert is_monophonic(score.parts[0])
