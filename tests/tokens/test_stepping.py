"""Features step by step: those in Python and those in C are the whole array's, also of twins that go on differently."""

from __future__ import annotations

import pickle
import random
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import corpus_files
from small import V, plain_header, random_events, real_events
from step_features import Make, check_steps, columns_of, started
from wild_pieces import wild_events

from symgen.formats.midi import read_midi
from symgen.kernel import library
from symgen.tokens import Events, Vocabulary, encode
from symgen.tokens.compiled_features import CompiledFeatures
from symgen.tokens.features import feature_array
from symgen.tokens.layout import layout
from symgen.tokens.plain_features import PlainFeatures
from symgen.tokens.stepping import StepFeatures, make_features
from symgen.tokens.vocabulary import PITCH, TIME

compiled = pytest.mark.skipif(library() is None, reason="the C library was not built")
KINDS = [PlainFeatures, pytest.param(CompiledFeatures, marks=compiled)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grid", [12, 24])
@pytest.mark.parametrize("voices", range(9))
def test_steps_are_rows_of_the_array(kind: Make, grid: int, voices: int) -> None:
    vocabulary = Vocabulary(grid)
    for seed, parts, crowd in ((0, 1, 1), (1, 3, 2), (2, 8, 4), (3, 32, 12)):
        events = wild_events(seed, vocabulary=vocabulary, parts=parts, crowd=crowd)
        check_steps(kind, events, vocabulary, voices)
    for events in real_events(vocabulary):
        check_steps(kind, events, vocabulary, voices)


@pytest.mark.parametrize("name", ["osq_cc0", "pop909", "jsfakes", "cre"])
def test_real_music_is_told_alike(name: str, tmp_path: Path) -> None:
    for path in corpus_files(name, tmp_path, 3)[:3]:
        events = encode(read_midi(path.read_bytes()), V)[0]
        fields = np.concatenate([events.fields[:700], events.fields[-1:]])
        check_steps(PlainFeatures, Events(fields, events.header), V, 4)
        if library() is not None:
            check_steps(CompiledFeatures, Events(fields, events.header), V, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_long_pieces_are_followed_to_their_end(kind: Make) -> None:
    for voices in (0, 4):
        check_steps(kind, wild_events(9, vocabulary=V, bars=700, parts=4), V, voices)


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_of_skips_and_bar_lines(kind: Make) -> None:
    rows = np.zeros((5, 6), dtype=np.uint8)
    rows[:, TIME] = [V.bar, V.bar, V.skip, V.bar, V.end]
    for voices in (0, 4):
        check_steps(kind, Events(rows, plain_header(3, "8/1")), V, voices)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("voices", [0, 5])
def test_twins_go_on_apart(kind: Make, voices: int) -> None:
    """At places all through a piece a twin goes on with other notes, the first one as if it had none."""
    events = wild_events(4, vocabulary=V, bars=40, parts=6)
    width, draw = len(layout(V, voices).names), random.Random(1)  # noqa: S311
    features = started(kind, events, V, voices)
    whole, out = feature_array(events, V, voices), np.zeros(width, dtype=np.int64)
    twins: list[tuple[StepFeatures, list[list[int]]]] = []
    for t, row in enumerate(events.fields.tolist()):
        columns_of(features, row, out, V)
        assert np.array_equal(out, whole[t])
        if t % 20 == 0:
            twins.append((features.copy(), events.fields[:t].tolist()))
        features.push(row)
        other = list(row)
        if row[TIME] < V.skip:
            other[PITCH] = draw.randrange(128)
        for twin, rows in twins:
            rows.append(other)
            twin.push(other)
    for twin, rows in twins:
        end = [V.end, 0, 0, 0, 0, 0]
        mine = Events(np.array([*rows, end], dtype=np.uint8), events.header)
        twin.context(out)
        assert np.array_equal(out, feature_array(mine, V, voices)[-1])
        again = started(kind, mine, V, voices)
        again.read(np.array(rows, dtype=np.int64))
        whole, columns = out.copy(), [0, 2, 60, 12, 80, 0]
        columns_of(again, columns, whole, V)
        columns_of(twin, columns, out, V)
        assert np.array_equal(out, whole)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_drawn_of_an_event_can_be_drawn_again(kind: Make) -> None:
    events = random_events(4, parts=3, chords=True)
    features, width = started(kind, events, V, 3), len(layout(V, 3).names)
    whole, out = feature_array(events, V, 3), np.zeros(width, dtype=np.int64)
    for t, row in enumerate(events.fields.tolist()):
        for time in (5, 0, 95):
            columns_of(features, [time, 1, 60, 12, 80, 0], out, V)
        columns_of(features, row, out, V)
        assert np.array_equal(out, whole[t])
        features.push(row)


@pytest.mark.parametrize("kind", KINDS)
def test_hiding_the_end_hides_the_bars_left_alone(kind: Make) -> None:
    events, columns = replace(random_events(1)), layout(V)
    shown, hidden = (kind(events.header, V, 0, end, columns) for end in (False, True))
    a, b = np.zeros((2, len(columns.names)), dtype=np.int64)
    index = columns.names.index("bars_left")
    for row in events.fields.tolist():
        shown.context(a)
        hidden.context(b)
        assert a[index] > 0
        assert np.flatnonzero(a != b).tolist() == [index]
        shown.push(row)
        hidden.push(row)


@pytest.mark.parametrize("kind", KINDS)
def test_events_that_cannot_be_are_refused(kind: Make) -> None:
    features = kind(plain_header(1), V, 2, False, layout(V, 2))
    features.push([V.bar, 0, 0, 0, 0, 0])
    with pytest.raises(IndexError):
        features.push([0, 32, 60, 12, 80, 0])


@compiled
def test_numbers_that_are_no_events_do_no_harm() -> None:
    columns = layout(V, 2)
    features = CompiledFeatures(plain_header(1), V, 2, False, columns)
    out = np.zeros(len(columns.names), dtype=np.int64)
    features.push([V.bar, 0, 0, 0, 0, 0])
    for row in (
        [V.bar, 0, 0, 0, 0, 0],
        [0, 0, 128, 1, 0, 0],
        [-1, 0, 0, 0, 0, 0],
        [0, 0, 0, -1, 0, 0],
    ):
        with pytest.raises(IndexError):
            features.push(row)
    for number in (-(1 << 40), -1, 96, 1 << 40):
        features.form(out, number)
        features.time(out, number)
        features.part(out, number, number)
        features.pitch(out, number, number)
    assert not out.any()


@compiled
def test_compiled_features_are_made_where_the_library_is() -> None:
    features = make_features(plain_header(1), V, 0, False, layout(V))
    assert isinstance(features, CompiledFeatures)
    assert features.address
    twin = copy(features)
    assert isinstance(twin, CompiledFeatures)
    assert twin.address != features.address
    with pytest.raises(TypeError, match="process"):
        pickle.dumps(features)
    width = len(layout(V).names)
    for out in (np.zeros(width, np.int32), np.zeros(width - 1, int), np.zeros(2 * width, int)[::2]):
        with pytest.raises(TypeError, match="int64"):
            features.context(out)


def test_python_does_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symgen.tokens.stepping.library", lambda: None)
    assert isinstance(make_features(plain_header(1), V, 0, False, layout(V)), PlainFeatures)
