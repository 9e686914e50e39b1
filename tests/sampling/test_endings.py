"""Closing on the tonic, with random weights: what must hold is held by the filter alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawing import draw_piece
from hypothesis import example, given
from hypothesis import strategies as st
from small import TINY, V, random_model

from symgen.music.controls import Controls
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling import events
from symgen.sampling.endings import Closing, Ending
from symgen.sampling.filters import Filter, Grammar, NoUnison
from symgen.sampling.limits import Pitches, Tones, closing_steps
from symgen.sampling.planning import bar_steps
from symgen.system.errors import ControlError
from symgen.tokens import BarRun, Header, decode
from symgen.tokens.vocabulary import PITCH
from symgen.writing.model import Model

METERS = ["4/4", "3/4", "2/4", "6/8", "9/8", "5/8", "7/8", "3/2", "3/16", "1/8"]
FREE = replace(TINY, fixed=(("velocity", 80),))
NETS = {
    "plain": InferenceNet(random_model(FREE, seed=1, scale=1.0)),
    "goals": InferenceNet(random_model(replace(FREE, goals=True), seed=2, scale=1.0)),
    "voices": InferenceNet(random_model(replace(FREE, voices=3), seed=3, scale=1.0)),
    "goals of voices": InferenceNet(
        random_model(replace(FREE, voices=3, goals=True), seed=4, scale=1.0)
    ),
}


def closed(
    meter: str,
    key: Key,
    seed: int,
    *,
    parts: int = 1,
    net: str = "plain",
    strict: bool = False,
    chords: bool = False,
) -> Score:
    """Draw three bars that end."""
    meter = Meter.parse(meter)
    header = Header(runs=(BarRun(3, meter, bar_steps(meter, V)),), key=key, programs=(0,) * parts,
                    drums=(False,) * parts, names=("",) * parts)  # fmt: skip
    filters: list[Filter] = [
        Grammar(
            V, parts=parts, monophonic=parts == 1 and not chords, voices=parts > 1 and not chords
        ),
        Ending(
            key, V, Closing(closing_steps(meter, V), bass=parts - 1, monophonic_parts=not chords)
        ),
    ]
    if chords:
        filters.append(NoUnison())
    if strict:
        filters.insert(
            1, Pitches([Tones([pitch for pitch in range(128) if pitch % 12 in key.scale])])
        )
    score = decode(
        draw_piece(Session(NETS[net], header), seed=seed, filters=filters), V, resolution=12
    )
    assert score.length == 3 * meter.bar_ticks(12)
    return score


@given(
    st.sampled_from(METERS), st.integers(0, 11), st.booleans(), st.booleans(), st.integers(0, 10**6)
)
def test_a_melody_closes_on_its_tonic(
    meter: str, tonic: int, goals: bool, strict: bool, seed: int
) -> None:
    score = closed(
        meter, Key(tonic, "dorian"), seed, net="goals" if goals else "plain", strict=strict
    )
    last = score.parts[0].notes[-1]
    assert last.pitch % 12 == tonic
    assert last.end > 2 * Meter.parse(meter).bar_ticks(12)


@given(
    st.sampled_from(["4/4", "3/4", "6/8"]),
    st.integers(0, 11),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_parts_close_on_the_chord_of_the_tonic(
    meter: str, tonic: int, minor: bool, goals: bool, seed: int
) -> None:
    """The bass on its root."""
    key = Key(tonic, "minor" if minor else "major")
    score = closed(meter, key, seed, parts=3, net="goals of voices" if goals else "voices")
    chord = {(tonic + step) % 12 for step in (0, 3 if minor else 4, 7)}
    last = [part.notes[-1].pitch % 12 for part in score.parts if part.notes]
    assert set(last) <= chord
    assert score.parts[-1].notes[-1].pitch % 12 == tonic
    assert score.parts[-1].notes[-1].pitch == min(
        part.notes[-1].pitch for part in score.parts if part.notes
    )
    assert {part.notes[-1].end for part in score.parts if part.notes} == {score.length}


@example(
    "2/4", 11, ("goals of voices", 3), False, True, 69
)  # no tone of the scale above the last one
@example(
    "7/8", 3, ("goals of voices", 3), False, False, 519072
)  # a part above the bass closes first
@given(
    st.sampled_from([*METERS, "9/4"]),
    st.integers(0, 11),
    st.sampled_from([("plain", 1), ("voices", 2), ("goals of voices", 3)]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_parts_with_chords_close_on_the_chord_of_the_tonic_with_the_tonic_below(
    meter: str, tonic: int, net: tuple[str, int], minor: bool, strict: bool, seed: int
) -> None:
    key = Key(tonic, "minor" if minor else "major")
    score = closed(meter, key, seed, parts=net[1], net=net[0], strict=strict, chords=True)
    lasting = [note for part in score.parts for note in part.notes if note.end == score.length]
    assert {note.pitch % 12 for note in lasting} <= {
        (tonic + step) % 12 for step in (0, 3 if minor else 4, 7)
    }
    assert min(note.pitch for note in lasting) % 12 == tonic


def test_an_ending_needs_a_key(tiny: Model) -> None:
    keyless = Model(tiny._model.net, {**tiny.info, "usual": [["4/4", "", "", 1]]})
    with pytest.raises(ControlError, match="end: no key"):
        keyless.generate(Controls(end=True), seed=1)


def test_the_goal_of_the_last_bar_is_drawn_more_surely(monkeypatch: pytest.MonkeyPatch) -> None:
    header = Header(
        runs=(BarRun(1, COMMON_TIME, 48),),
        key=Key.parse("C"),
        programs=(0,),
        drums=(False,),
        names=("",),
    )

    def goals(*, told: bool) -> set[int]:
        """The goals of one bar, with 60 seeds."""
        found = set()
        for seed in range(60):
            session = Session(NETS["goals"], header, hide_end=not told)
            found.add(int(draw_piece(session, seed=seed, filters=[Grammar(V)]).fields[0, PITCH]))
        return found

    usual = len(goals(told=True))
    assert 1 < usual < len(goals(told=False))
    monkeypatch.setattr(events, "_CLOSING_FACTOR", 1e6)
    assert len(goals(told=True)) == 1
    assert len(goals(told=False)) > usual
