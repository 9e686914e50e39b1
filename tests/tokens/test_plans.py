"""Plans of chords: what they say of steps and bars, and the candidates that they move."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from small import plain_header, random_events, tune
from step_features import Make, check_steps, columns_of
from wild_pieces import wild_events

from symgen.kernel import library
from symgen.music.degrees import scale_steps
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord
from symgen.music.theory import Key
from symgen.tokens import Events, Header, Vocabulary, encode
from symgen.tokens.compiled_features import CompiledFeatures
from symgen.tokens.events import Notes
from symgen.tokens.features import feature_array, vectorized_array
from symgen.tokens.form import form_labels, with_forms
from symgen.tokens.layout import layout
from symgen.tokens.moving import moved_pitches
from symgen.tokens.plain_features import PlainFeatures
from symgen.tokens.plans import plan_tables, with_chords
from symgen.tokens.vocabulary import FORM, PITCH, TIME

V = Vocabulary(12, moves=True)
compiled = pytest.mark.skipif(library() is None, reason="the C library was not built")
KINDS = [PlainFeatures, pytest.param(CompiledFeatures, marks=compiled)]


def planned(events: Events, seed: int = 0) -> Events:
    """Give a piece a plan at random, none in some places."""
    draw = random.Random(seed)  # noqa: S311
    end, at, chords = int(events.header.bar_starts[-1]), draw.choice((0, 0, 7)), []
    while at < end:
        root = draw.randrange(-1, 12)
        quality = draw.choice(PLAN_QUALITIES) if root >= 0 else ""
        chords.append(PlacedChord(at, root, quality, draw.randrange(12) if root >= 0 else -1))
        at += draw.choice((12, 12, 24, 48, 100))
    return with_chords(events, chords)


def in_key(events: Events, name: str | None) -> Events:
    key = Key.parse(name) if name else None
    return Events(events.fields, replace(events.header, key=key))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("voices", [0, 3, 8])
@pytest.mark.parametrize("key", [None, "D minor", "F# major"])
def test_steps_are_rows_of_the_array(kind: Make, voices: int, key: str | None) -> None:
    for seed, parts, crowd in ((0, 1, 1), (1, 3, 2), (2, 8, 4)):
        events = in_key(wild_events(seed, vocabulary=V, parts=parts, crowd=crowd), key)
        check_steps(kind, planned(events, seed), V, voices, plans=True)
        check_steps(kind, events, V, voices, plans=True)


def test_both_arrays_are_equal() -> None:
    for voices in (0, 2, 4):
        events = planned(in_key(wild_events(5, vocabulary=V, bars=60, parts=4), "C minor"))
        found = feature_array(events, V, voices, plans=True)
        assert np.array_equal(found, vectorized_array(events, V, voices, plans=True))
        older = layout(V, voices).names
        assert np.array_equal(found[:, : len(older)], feature_array(events, V, voices))


@pytest.mark.parametrize("voices", [0, 4])
def test_a_piece_elsewhere_has_the_same_features_there(voices: int) -> None:
    """Transposed pieces have transposed plans, and their candidates are those of the piece, transposed."""
    events = planned(random_events(4, parts=3, chords=True, vocabulary=V, key="Eb major"))
    columns, shift = layout(V, voices, plans=True), 5
    names = columns.names
    array = feature_array(events, V, voices, plans=True).astype(int)
    fields = events.fields.copy()
    fields[fields[:, TIME] < V.skip, PITCH] += shift
    key = events.header.key
    assert key is not None
    chords = [
        PlacedChord(c.at, (c.root + shift) % 12, c.quality, (c.bass + shift) % 12)
        if c.is_chord
        else c
        for c in events.header.chords
    ]
    header = replace(
        events.header, key=replace(key, tonic=(key.tonic + shift) % 12), chords=tuple(chords)
    )
    moved = feature_array(Events(fields, header), V, voices, plans=True).astype(int)
    for place, name in enumerate(names):
        if (
            name in columns.pitched
            and ("root" in name or "bass" in name)
            and name not in ("bass", "bass")
        ):
            agree = (array[:, place] + shift - moved[:, place]) % 12 == 0
            assert (agree | (array[:, place] == 0)).all(), name
        elif name in columns.pitched:
            there = (array[:, place] > 0) & (moved[:, place] > 0)
            assert (moved[there, place] == array[there, place] + shift).all(), name
        elif name not in columns.sets:
            assert np.array_equal(array[:, place], moved[:, place]), name


def test_a_plan_says_what_sounds_and_what_comes() -> None:
    header = plain_header(
        3, chords=(PlacedChord(0, 0), PlacedChord(24, 7, "7", 11), PlacedChord(96, 0, "", 4))
    )
    steps, bars = plan_tables(header, V)
    assert steps[0].tolist()[:7] == [61, 1, 61, 24, 68, 3, 72]
    assert steps[30].tolist()[:7] == [68, 3, 72, 66, 61, 1, 65]
    assert steps[143].tolist()[:7] == [61, 1, 65, 0, 0, 0, 0]
    assert steps[0, 7] == 0b000010010001
    assert bars[0].tolist()[:5] == [61, 1, 68, 3, 72]
    assert bars[1].tolist()[:5] == [68, 3, 68, 3, 72]
    assert not bars[3].any()


def test_a_bar_knows_which_bar_has_its_chords() -> None:
    """Bars of C F, then D G (moved), then C F (the same)."""
    chords = [PlacedChord(at, root) for at, root in enumerate((0, 5, 2, 7, 0, 5))]
    header = plain_header(3, chords=tuple(replace(c, at=24 * c.at) for c in chords))
    _, bars = plan_tables(header, V)
    by_lag = dict(zip(V.lags, bars[2, 5:].tolist(), strict=True))
    assert (by_lag[1], by_lag[2], by_lag[3]) == (1, 2, 0)
    assert bars[1, 5 + V.lags.index(1)] == 1


def test_without_a_plan_all_is_hidden() -> None:
    steps, bars = plan_tables(plain_header(3), V)
    assert not steps.any()
    assert not bars.any()


def test_candidates_are_moved_along_the_scale() -> None:
    """From C to D minor: E after D becomes F after E; with the root, F; fitted to the chord, F as well."""
    scale = scale_steps(Key.parse("C major"))
    then = np.array([[61, 1, 61, 0, 0, 0, 0, 0b10010001, 0]])
    now = np.array([[63, 2, 63, 0, 0, 0, 0, 0b1000100100, 0]])
    heard = [np.array([value]) for value in (64, 62, 64)]
    assert moved_pitches(scale, *heard, then, now).tolist() == [[66, 66, 66]]
    nothing = [np.array([value]) for value in (-1, -1, 64)]
    assert moved_pitches(scale, *nothing, then, now).tolist() == [[0, 0, 0]]


def moving_notes(pitches: list[list[int]]) -> tuple[Notes, Header]:
    """Bars of quarter notes in one part."""
    bars = [(bar, i, pitch) for bar, row in enumerate(pitches) for i, pitch in enumerate(row)]
    columns = np.array([(48 * b + 12 * i, 0, p, 12, b) for b, i, p in bars]).T
    return Notes(*columns), plain_header(len(pitches), key=Key.parse("C major"))


def test_a_bar_may_take_up_another_one_moved() -> None:
    """C E D G, then a step higher D F E A: moved; then the first again: literal; then its retrograde: new."""
    notes, header = moving_notes(
        [[60, 64, 62, 67], [62, 65, 64, 69], [60, 64, 62, 67], [67, 62, 64, 60]]
    )
    labels = form_labels(notes, header, V).tolist()
    one, two = V.lags.index(1), V.lags.index(2)
    assert labels == [0, 1 + 2 * len(V.lags) + one, 1 + 2 * two, 0]
    assert form_labels(notes, header, Vocabulary(12)).tolist() == [0, 0, 1 + 2 * two, 0]
    assert [V.form_lag(each) for each in labels] == [0, 1, 2, 0]
    assert [V.is_literal(each) for each in labels] == [False, False, True, False]


def test_forms_are_written_into_the_bars() -> None:
    events = random_events(3, bars=12)
    fresh = with_forms(events, Vocabulary(12))
    assert np.array_equal(fresh.fields, events.fields)
    assert with_forms(events, V).fields[:, FORM].max() < V.sizes[FORM]


def test_a_score_is_encoded_with_its_moved_bars() -> None:
    score = tune("C4 E4 D4 G4|D4 F4 E4 A4|C4 E4 D4 G4")
    events, _ = encode(score, V, key=Key.parse("C major"))
    forms = events.fields[events.fields[:, TIME] == V.bar, FORM].tolist()
    assert [V.form_lag(form) for form in forms] == [0, 1, 2]
    assert [V.is_literal(form) for form in forms] == [False, False, True]


def test_a_vocabulary_with_moves_is_another_one() -> None:
    assert Vocabulary.from_json(V.to_json()) == V
    assert V.hash != Vocabulary(12).hash
    assert sorted(form for place in range(len(V.lags)) for form in V.forms_of(place)) == list(
        range(1, V.sizes[FORM])
    )


def test_a_header_keeps_its_plan() -> None:
    header = plain_header(2, chords=(PlacedChord(0, 0), PlacedChord(24, -1)))
    assert Header.from_json(header.to_json()) == header
    assert "chords" not in plain_header(2).to_json()


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_can_be_changed_on_the_way(kind: Make) -> None:
    """From there on the columns are those of the other plan; a twin keeps the first one."""
    events = wild_events(3, vocabulary=V, bars=20, parts=3)
    one, other = planned(events, 1), planned(events, 2)
    columns = layout(V, 3, plans=True)
    features = kind(one.header, V, 3, False, columns)
    features.read(events.fields[:50].astype(np.int64))
    twin = features.copy()
    features.replan(*plan_tables(other.header, V))
    for found, whole in ((features, other), (twin, one)):
        out = np.zeros(len(columns.names), dtype=np.int64)
        row = events.fields[50].tolist()
        columns_of(found, row, out, V)
        expected = vectorized_array(whole, V, 3, plans=True)[50]
        assert np.array_equal(out, expected)
