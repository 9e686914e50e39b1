"""New pieces out of random weights: what must hold is held by the grammar alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawing import draw_piece
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, TINY, USUAL, V, onsets_in_bars, random_model

from symgen.formats import load_score, save_score
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import Score, TempoChange
from symgen.music.theory import MODES, Key
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling.events import Drawing
from symgen.sampling.filters import Grammar
from symgen.sampling.limits import Pitches, Tones
from symgen.sampling.planning import plan_piece
from symgen.system.errors import ControlError
from symgen.tokens import BarRun, Header, Vocabulary, decode
from symgen.tokens.vocabulary import FORM, TIME
from symgen.writing.model import Model

FREE = replace(TINY, fixed=())
METERS = [
    "4/4",
    "3/4",
    "2/4",
    "6/8",
    "9/8",
    "12/8",
    "5/8",
    "7/8",
    "3/2",
    "16/4",
    "3/16",
    "1/16",
    "25/4",
]
DARING = st.floats(0.05, 5.0)


def strict(key: Key) -> Pitches:
    return Pitches([Tones([pitch for pitch in range(128) if pitch % 12 in key.scale])])


def drawn(
    header: Header,
    *,
    seed: int = 0,
    monophonic: bool = False,
    key: Key | None = None,
    drawing: Drawing | None = None,
) -> Score:
    """A piece for a network that draws every field, through the grammar."""
    filters: list[Any] = [Grammar(V, parts=len(header.programs), monophonic=monophonic)]
    if key:
        filters.append(strict(key))
    net = InferenceNet(random_model(FREE, seed=seed % 3, scale=1.0))
    events = draw_piece(Session(net, header), seed=seed, filters=filters, drawing=drawing)
    return decode(events, V, resolution=12)


def is_monophonic(score: Score) -> bool:
    notes = sorted(note for part in score.parts for note in part.notes)
    return all(first.end <= second.onset for first, second in pairwise(notes))


@given(
    st.sampled_from(METERS),
    st.integers(1, 6),
    DARING,
    st.floats(0.01, 1.0),
    st.integers(0, 200),
    st.integers(0, 10**9),
)
def test_any_piece_is_whole(
    tiny: Model, meter: str, bars: int, temperature: float, top_p: float, top_k: int, seed: int
) -> None:
    asked = Controls(
        bars=bars, meter=meter, temperature=temperature, top_p=top_p, top_k=top_k, tempo=97.5
    )
    piece = tiny.generate(asked, seed=seed)
    assert [bar.meter for bar in piece.bars] == [Meter.parse(meter)] * bars
    assert piece.length == bars * Meter.parse(meter).bar_ticks(480)
    assert not piece.has_pickup
    assert piece.tempos == (TempoChange.of_bpm(0, 97.5),)
    assert piece.note_count > 0
    assert piece.parts[0].end > piece.bars[-1].start
    assert is_monophonic(piece)
    assert {note.velocity for note in piece.parts[0].notes} <= {92, 84, 78}


@given(
    st.sampled_from(METERS),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.integers(0, 10**9),
)
def test_any_piece_of_several_parts_is_whole(
    meter: str, bars: int, parts: int, monophonic: bool, seed: int
) -> None:
    meter = Meter.parse(meter)
    header = Header(
        (BarRun(bars, meter, meter.bar_ticks(12)),),
        programs=tuple(range(parts)),
        drums=(False,) * parts,
        names=("",) * parts,
    )
    piece = drawn(header, seed=seed, monophonic=monophonic)
    assert len(piece.bars) == bars
    assert piece.length == bars * meter.bar_ticks(12)
    assert piece.music_end > piece.bars[-1].start
    if monophonic:
        assert is_monophonic(piece)
    for part in piece.parts:
        places = [(note.onset, note.pitch) for note in part.notes]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize("mode", MODES)
def test_a_strict_key_is_kept(mode: str, tiny: Model) -> None:
    for tonic in range(0, 12, 2):
        key = Key(tonic, mode)
        piece = tiny.generate(
            Controls(bars=4, key=key, strict_key=True, temperature=3, top_p=1.0), seed=tonic
        )
        assert {note.pitch % 12 for note in piece.parts[0].notes} <= key.scale
        many = drawn(
            Header((BarRun(3, Meter(4, 4), 48),)), seed=tonic, key=key, drawing=Drawing(5.0)
        )
        assert {note.pitch % 12 for note in many.parts[0].notes} <= key.scale


def test_a_strict_key_is_kept_at_the_top_of_the_range() -> None:
    """Chords go up: above the last tone of the scale nothing is left, so that time must pass."""
    model = random_model(FREE, scale=0.0)
    model.weights["heads.pitch.logits.bias"][120:] = 50.0
    model.weights["heads.time.logits.bias"][0] = 5.0
    net = InferenceNet(model)
    for tonic in (1, 4, 6, 9):
        key = Key(tonic, "major")
        filters = [Grammar(V), strict(key)]
        events = draw_piece(
            Session(net, Header((BarRun(4, Meter(4, 4), 48),))), seed=tonic, filters=filters
        )
        notes = decode(events, V).parts[0].notes
        assert {note.pitch % 12 for note in notes} <= key.scale
        assert len(notes) > 8


def test_form_events_point_at_bars_that_are_there() -> None:
    net = InferenceNet(random_model(FREE, scale=0.0))
    runs = (BarRun(1, Meter(4, 4), 12), BarRun(9, Meter(4, 4), 48), BarRun(2, Meter(3, 4), 36))
    header = Header(runs, pickup=True)
    starts = header.bar_starts
    for seed in range(5):
        fields = draw_piece(Session(net, header), seed=seed, filters=[Grammar(V)]).fields
        forms = fields[fields[:, TIME] == V.bar, FORM].tolist()
        assert len(forms) == 12
        assert any(forms)
        for bar, form in enumerate(forms):
            source = bar - V.form_lag(form)
            assert source >= 0
            assert not form or starts[source + 1] - starts[source] == starts[bar + 1] - starts[bar]


def test_a_grid_of_24() -> None:
    vocabulary = Vocabulary(24)
    model = Model(InferenceNet(random_model(vocabulary=vocabulary)), INFO)
    piece = model.generate(Controls(bars=5, meter="6/8"), seed=2)
    assert len(piece.bars) == 5
    assert piece.note_count


# -- seeds -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_piece(tiny: Model) -> None:
    asked = Controls(bars=8)
    assert tiny.generate(asked, seed=5) == tiny.generate(asked, seed=5)
    assert tiny.generate(asked, seed=5) != tiny.generate(asked, seed=6)


def test_the_first_of_three_is_what_one_gives(tiny: Model) -> None:
    takes = list(tiny.takes(Controls(bars=4), count=3, seed=40))
    assert [take.seed for take in takes] == [40, 41, 42]
    for take in takes:
        assert tiny.generate(Controls(bars=4), seed=take.seed) == take.score
        assert take.new_bars() is take.score
        assert take.prompt is None


def test_a_seed_that_was_drawn_gives_the_piece_again(tiny: Model) -> None:
    take = next(tiny.takes(Controls(bars=2)))
    assert tiny.generate(Controls(bars=2), seed=take.seed) == take.score


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"count": 0}, "count 0: must be 1 or more"),
        ({"seed": -1}, "seed -1: must be 0 or more"),
        ({"seed": 2**63}, "below 2"),
    ],
    ids=str,
)
def test_bad_counts_and_seeds_are_refused(tiny: Model, more: dict[str, int], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        tiny.generate(**more)


# -- controls ----------------------------------------------------------------------------


def test_controls_hold(tiny: Model, tmp_path: Path) -> None:
    asked = Controls(key="D dorian", meter="6/8", tempo=140, instrument="flute", style="jig")
    take = next(tiny.takes(asked, seed=1))
    assert len(take.score.bars) == 16
    assert (take.header.style, str(take.header.key)) == ("jig", "D dorian")
    assert take.score.parts[0].program == 73
    save_score(take.score, tmp_path / "x.mid")
    back = load_score(tmp_path / "x.mid")
    assert back == take.score
    (signature,) = back.keys
    assert (signature.sharps, signature.minor) == (0, True)


def test_a_control_changes_what_is_drawn(tiny: Model) -> None:
    pieces = {
        tiny.generate(Controls(bars=4, key=key, meter="4/4"), seed=1).parts
        for key in ("C", "D", "C minor", "F#")
    }
    assert len(pieces) == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bars": 0}, r"bars 0: must be 1\.\.1000"),
        ({"bars": 1001}, "bars 1001"),
        ({"bars": 2.5}, "bars 2.5: must be a whole number"),
        ({"bars": True}, "bars True"),
        ({"bars": "8"}, "bars '8': is text; give a number"),
        ({"tempo": 3.9}, r"tempo 3.9: must be 4\.0\.\.999\.0"),
        ({"tempo": float("nan")}, "tempo nan"),
        ({"tempo": float("inf")}, "tempo inf"),
        ({"temperature": 0}, "temperature 0"),
        ({"temperature": 5.1}, "temperature 5.1"),
        ({"top_p": 0.0}, "top-p 0.0"),
        ({"top_p": 1.01}, "top-p 1.01"),
        ({"top_k": -1}, "top-k -1"),
        ({"top_k": 1.5}, "top-k 1.5: must be a whole number"),
        ({"key": "H"}, "key 'H'"),
        ({"key": "C foo"}, "key 'C foo'"),
        ({"meter": "4"}, "meter '4'"),
        ({"meter": "4/3"}, "meter 4/3"),
        ({"meter": "0/4"}, "meter 0/4"),
        ({"instrument": "kazoo-o-phone"}, "instrument 'kazoo-o-phone': unknown"),
        ({"instrument": 128}, "instrument '128'"),
    ],
    ids=str,
)
def test_bad_controls_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        Controls(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style": "waltz"}, "style 'waltz': this model knows jig, reel"),
        (
            {"style": "jig", "meter": "4/4"},
            "style 'jig' is never in 4/4, only in 6/8; change one of them",
        ),
        ({"meter": "3/64"}, "meter 3/64: a bar is no whole number of steps"),
    ],
    ids=str,
)
def test_what_the_model_cannot_do_is_refused(
    tiny: Model, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ControlError, match=message):
        tiny.generate(Controls(**values), seed=0)


def test_a_strict_key_without_a_key_is_refused() -> None:
    keyless = Model(InferenceNet(random_model()), {**INFO, "usual": []})
    with pytest.raises(ControlError, match="strict-key"):
        keyless.generate(Controls(strict_key=True), seed=0)


# -- planning ----------------------------------------------------------------------------


def test_what_is_not_asked_for_is_drawn_from_the_corpus() -> None:
    def plans(**values: Any) -> list[tuple[str, str, str]]:
        headers = [plan_piece(Controls(**values), INFO, V, seed=seed) for seed in range(400)]
        return [(str(h.meter), h.style, str(h.key)) for h in headers]

    free = plans()
    assert set(free) == {
        ("4/4", "reel", "G major"),
        ("4/4", "", "A minor"),
    }  # 4/4 unless another meter is named
    assert free.count(("4/4", "reel", "G major")) / 400 == pytest.approx(0.75, abs=0.08)
    assert set(plans(style="jig")) == {("6/8", "jig", "D dorian")}
    assert set(plans(meter="6/8")) == {("6/8", "jig", "D dorian")}
    assert {(m, k) for m, _, k in plans(meter="7/8")} == {("7/8", row[2]) for row in USUAL}
    assert {k for _, _, k in plans(key="E major")} == {"E major"}
    unknown = plan_piece(Controls(), {}, V, seed=0)
    assert (str(unknown.meter), unknown.style, unknown.key, unknown.bars) == ("4/4", "", None, 16)


def test_a_usual_tempo_is_by_the_beat() -> None:
    for meter, bpm in (("4/4", 112), ("6/8", 168), ("2/2", 224)):
        ((_, microseconds),) = plan_piece(Controls(meter=meter), INFO, V, seed=0).tempos
        assert microseconds == round(60_000_000 / bpm)


# -- drawing -----------------------------------------------------------------------------


def chances(
    drawing: Drawing, shares: list[float], *, field: str = "pitch", out: tuple[int, ...] = ()
) -> list[float]:
    allowed = np.ones(len(shares), dtype=bool)
    allowed[list(out)] = False
    return drawing.probabilities(
        field, np.log(np.array(shares, dtype=np.float32)), allowed
    ).tolist()


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        (Drawing(), [0.1, 0.4, 0.2, 0.3]),
        (Drawing(top_p=0.65), [0, 4 / 7, 0, 3 / 7]),
        (Drawing(top_p=0.75), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Drawing(top_p=0.01), [0, 1, 0, 0]),
        (Drawing(top_k=1), [0, 1, 0, 0]),
        (Drawing(top_k=3), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Drawing(top_k=9), [0.1, 0.4, 0.2, 0.3]),
        (Drawing(top_p=0.65, top_k=3), [0, 4 / 7, 0, 3 / 7]),
        (Drawing(top_p=0.95, top_k=2), [0, 4 / 7, 0, 3 / 7]),
        (Drawing(temperature=0.5), [1 / 30, 16 / 30, 4 / 30, 9 / 30]),
        (
            Drawing(temperature=0.5, top_p=0.8),
            [0, 16 / 25, 0, 9 / 25],
        ),  # after the temperature: 16/30 + 9/30 > 0.8
    ],
    ids=str,
)
def test_probabilities_by_hand(drawing: Drawing, expected: list[float]) -> None:
    assert chances(drawing, [0.1, 0.4, 0.2, 0.3]) == pytest.approx(expected, abs=1e-6)
    assert chances(drawing, [0.1, 0.4, 0.2, 0.3], field="form") == pytest.approx(
        [0.1, 0.4, 0.2, 0.3]
    )


def test_what_is_not_allowed_is_never_drawn() -> None:
    assert chances(Drawing(), [0.1, 0.4, 0.2, 0.3], out=(1,)) == pytest.approx(
        [1 / 6, 0, 2 / 6, 3 / 6]
    )
    assert chances(Drawing(top_p=0.5), [0.1, 0.4, 0.2, 0.3], out=(1, 3)) == pytest.approx(
        [0, 0, 1, 0]
    )
    assert chances(
        Drawing(temperature=0.05), [0.1, 0.4, 0.2, 0.3], field="form", out=(1, 2, 3)
    ) == [1, 0, 0, 0]


def test_draws_follow_the_probabilities() -> None:
    """A network that knows nothing draws its pitches evenly."""
    net = InferenceNet(random_model(scale=0.0))
    fields = draw_piece(
        Session(net, Header((BarRun(300, Meter(4, 4), 48),))),
        seed=1,
        filters=[Grammar(V, monophonic=True)],
    )
    pitches = [note.pitch for note in decode(fields, V).parts[0].notes]
    assert len(pitches) > 200
    assert np.mean(pitches) == pytest.approx(63.5, abs=8)


def test_a_bar_without_notes_is_fine_but_not_the_last_one() -> None:
    model = random_model(scale=0.0)
    model.weights["heads.time.logits.bias"][[V.bar, V.end]] = (
        30.0  # nothing but bar lines, if it may
    )
    piece = Model(InferenceNet(model), INFO).generate(Controls(bars=6), seed=3)
    assert onsets_in_bars(piece)[:5] == [0] * 5
    assert onsets_in_bars(piece)[5] == 1
