"""Parallels: by hand, and in pieces of a model."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw_piece
from small import V, tune

from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.music.theory import Key, parse_pitch
from symgen.nets.checkpoint import load_model_files
from symgen.nets.inference import InferenceNet
from symgen.nets.models import find_model
from symgen.nets.session import Session
from symgen.sampling.filters import Draft, Grammar, NoParallels
from symgen.tokens import BarRun, Events, Header, encode
from symgen.tokens.events import event_notes
from symgen.tokens.prefix import Prefix


def left(upper: str, lower: str) -> set[int]:
    """Pitches that the lower voice may strike now; the last note of `lower` is not there yet."""
    one, other = tune(upper), tune(lower)
    score = Score((one.parts[0], other.parts[0]), resolution=one.resolution, meters=one.meters)
    events, _ = encode(score, V)
    prefix, draft = Prefix(events.header, V, voices=2), Draft()
    for row in events.fields[:-2].tolist():
        prefix.push(row)
    draft.time, draft.part = 0, 1
    allowed = np.ones(128, dtype=bool)
    NoParallels(2).allow("pitch", prefix, draft, allowed)
    return set(np.flatnonzero(allowed).tolist())


@pytest.mark.parametrize(
    ("upper", "lower", "out"),
    [
        ("G4 A4", "C4 E4", {"D4", "D3", "E5"}),  # a fifth before: no fifth after
        ("C5 D5", "C4 E4", {"D4", "D3", "D5"}),  # an octave before
        ("E4 F4", "C4 E4", set()),  # a third before
        ("G4 G4", "C4 E4", set()),  # the upper voice does not move
    ],
)
def test_what_is_out(upper: str, lower: str, out: set[str]) -> None:
    found = left(upper, lower)
    assert all(parse_pitch(name) not in found for name in out)
    assert parse_pitch("E4") in found
    assert parse_pitch("C4") in found
    assert bool(out) == (len(found) < 128)


@pytest.mark.parametrize(
    ("lower", "out"), [("D3", {"A3", "A4"}), ("C3", set()), ("E3", {"B3", "B4"})]
)
def test_a_note_that_is_known_to_come_counts(lower: str, out: set[str]) -> None:
    """A fifth, C3 and G4; the upper voice moves first, and the lower one is known to go on."""
    events, _ = encode(
        Score((tune("G4 -").parts[0], tune("C3 -").parts[0]), resolution=tune("G4").resolution), V
    )
    prefix, draft = Prefix(events.header, V, voices=2), Draft()
    for row in events.fields[:3].tolist():  # the bar line and both notes
        prefix.push(row)
    draft.time, draft.part = V.grid, 0
    allowed = np.ones(128, dtype=bool)
    NoParallels(2, {(V.grid, 1): parse_pitch(lower)}).allow("pitch", prefix, draft, allowed)
    assert all(not allowed[parse_pitch(name)] for name in out)
    assert bool(out) == (not allowed.all())
    assert allowed[parse_pitch("G4")]


def test_the_chorale_model_writes_none() -> None:
    """And without the filter it would."""
    net = InferenceNet(load_model_files(find_model("chorale")))
    header = Header(runs=(BarRun(6, Meter.parse("4/4"), 48),), key=Key.parse("G minor"), style="chorale",
                    programs=(52,) * 4, drums=(False,) * 4, names=("",) * 4)  # fmt: skip
    counts = []
    for filters in ([], [NoParallels(4)]):
        grammar = Grammar(V, parts=4, voices=True)
        pieces = [
            draw_piece(Session(net, header), seed=seed, filters=[grammar, *filters])
            for seed in range(4)
        ]
        counts.append(sum(parallels(events) for events in pieces))
    assert counts[0] > 0
    assert counts[1] == 0


def parallels(events: Events) -> int:
    """Count pairs of voices that strike together and go from a perfect interval to the same one."""
    notes = event_notes(events.fields, events.header, V)
    rows = list(
        zip(
            notes.onset.tolist(),
            notes.part.tolist(),
            notes.pitch.tolist(),
            notes.duration.tolist(),
            strict=True,
        )
    )
    moves: dict[tuple[int, int], tuple[int, int]] = {}
    for onset, part, pitch, _ in rows:
        before = [p for o, q, p, d in rows if q == part and o < onset <= o + d]
        if before and before[-1] != pitch:
            moves[onset, part] = before[-1], pitch
    return sum(
        abs(a[0] - b[0]) % 12 in (0, 7) and abs(a[0] - b[0]) % 12 == abs(a[1] - b[1]) % 12
        for (time, part), a in moves.items()
        for (other, voice), b in moves.items()
        if other == time and voice > part
    )
