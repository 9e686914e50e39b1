"""The public tokenizer: what goes in comes out, what does not is told, and files of others are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import PIECES, REAL_TUNES, random_score, tune

from symgen.formats import load_score, to_symusic
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import FIELDS, Tokenizer, Vocabulary, encode

T = Tokenizer()
BAR = tune("C4 E4:.5 G4:.5 C5:2")


def whole_bars(score: Score) -> Score:
    """End a score at a bar line, as tokens do."""
    return replace(score, length=score.bars[-1].end)


# -- there and back ----------------------------------------------------------------------


@pytest.mark.parametrize("name", REAL_TUNES)
def test_a_tune_comes_back(name: str) -> None:
    meter, pickup, _, text = REAL_TUNES[name]
    score = tune(text, meter=meter, pickup=pickup)
    done = T.round_trip(score)
    assert done.score == score
    assert done.losses == ()


@pytest.mark.parametrize("how", PIECES, ids=str)
def test_pieces_of_all_kinds_come_back(how: dict[str, Any]) -> None:
    score = whole_bars(random_score(**how))
    assert T.round_trip(score).score == score
    assert T.decode(T.unflatten(T.flatten(T.encode(score))), resolution=12) == score


PLAYED = Score(
    (Part((Note(0, 60, 12),), 40), Part((Note(24, 38, 6, 1),), is_drum=True), Part((), 127)),
    12,
    (TempoChange.of_bpm(0, 90), TempoChange.of_bpm(48, 127), TempoChange.of_bpm(156, 128)),
    (MeterChange(0, Meter(4, 4)), MeterChange(96, Meter(255, 8)), MeterChange(156, Meter(3, 4))),
    (KeyChange(0, -7, True), KeyChange(156, 7)),
    length=192,
)


def test_instruments_tempos_meters_and_keys_come_back() -> None:
    """Also a bar that the next meter cuts short, and numbers of more than seven bits."""
    done = T.round_trip(PLAYED)
    assert done.score == PLAYED
    assert done.losses == ()


def test_what_is_lost_is_told() -> None:
    score = Score(
        (Part((Note(0, 60, 481), Note(3, 60, 7), Note(960, 62, 480)), name="Lead"),),
        480,
        (TempoChange.of_bpm(0, 100.5), TempoChange.of_bpm(960, 90)),
        length=2000,
        title="Air",
    )
    done = T.round_trip(score)
    assert done.losses == (
        "2 of 3 notes moved to the grid, by up to 0.062 quarters",
        "1 notes are one with another of the same part, pitch and time",
        "the names of the parts",
        "the title",
        "where the piece ends: now at a bar line",
        "tempos: rounded, or moved to bar lines",
    )
    assert [note.onset for note in done.score.parts[0].notes] == [0, 960]
    # The nearest bar line is the first.
    assert [round(change.bpm) for change in done.score.tempos] == [90]


def test_a_file_loses_what_no_token_says() -> None:
    from symgen.formats import write_midi

    done = T.round_trip(load_score(write_midi(BAR)))
    assert done.losses == ("what else stands in its file, such as controllers, texts and layout",)


@given(st.integers(0, 10_000))
def test_finer_grids_lose_less(seed: int) -> None:
    score = random_score(seed % 50, chords=True).with_resolution(24)
    shifted = score.with_parts(
        [part.with_notes(replace(n, onset=n.onset + 1) for n in part.notes) for part in score.parts]
    )
    shifted = whole_bars(shifted)
    assert Tokenizer(24).round_trip(shifted).score == shifted
    assert T.round_trip(shifted).losses


# -- what the rows are -------------------------------------------------------------------


def test_the_rows_of_a_bar() -> None:
    rows = T.encode(BAR)
    assert rows.dtype == np.int64
    assert rows.tolist() == [
        [99, 0, 0, 0, 0, 0],
        [100, 0, 4, 0, 0, 4],
        [102, 0, 120, 0, 0, 0],
        [97, 0, 0, 0, 0, 0],
        [0, 0, 60, 12, 80, 0],
        [12, 0, 64, 6, 80, 0],
        [6, 0, 67, 6, 80, 0],
        [6, 0, 72, 24, 80, 0],
        [98, 0, 0, 0, 0, 0],
    ]
    assert T.words(rows) == [
        "part 0: Acoustic Grand Piano",
        "meter 4/4",
        "tempo 120",
        "bar form new",
        "note time 0/12, part 0, pitch C4, duration 12/12, velocity 80",
        "note time 12/12, part 0, pitch E4, duration 6/12, velocity 80",
        "note time 6/12, part 0, pitch G4, duration 6/12, velocity 80",
        "note time 6/12, part 0, pitch C5, duration 24/12, velocity 80",
        "end",
    ]


def test_headings_in_words() -> None:
    words = T.words(T.encode(PLAYED))
    assert [word for word in words if not word.startswith(("note", "bar", "skip"))] == [
        "part 0: Violin",
        "part 1: drums",
        "part 2: Gunshot",
        "meter 4/4",
        "key of 7 flats, minor",
        "tempo 90",
        "tempo 127",
        "meter 255/8, a bar of 60 steps",
        "meter 3/4",
        "key of 7 sharps, major",
        "tempo 128",
        "end",
    ]
    pickup = T.words(T.encode(tune("G4|C5:4", pickup="1/4")))
    assert pickup[1:3] == ["meter 1/4, a pickup", "tempo 120"]
    assert T.words([T.pad]) == ["pad"]


def test_without_headings_the_rows_are_those_of_the_models() -> None:
    plain = Tokenizer(heading=False)
    events, _ = encode(BAR, Vocabulary(), whole=True)
    assert np.array_equal(plain.encode(BAR), events.fields)
    assert plain.decode(plain.encode(BAR), resolution=12) == BAR


def test_sizes_hold_all_that_is_written() -> None:
    for grid in (12, 24):
        tokenizer = Tokenizer(grid)
        rows = tokenizer.encode(PLAYED.with_resolution(grid))
        sizes = list(tokenizer.sizes.values())
        assert tuple(tokenizer.sizes) == tokenizer.fields == FIELDS
        assert (rows.max(axis=0) < sizes).all()
        assert tokenizer.flatten(rows).max() < tokenizer.size == sum(sizes)
        names = tokenizer.vocabulary
        assert [len(names[field]) for field in FIELDS] == sizes
        assert all(len(set(words)) == len(words) for words in names.values())


def test_each_field_and_kind_has_a_word_of_miditok() -> None:
    rows = {"part row", "meter row", "key row", "tempo row"}
    assert set(T.terms) == {*FIELDS, *rows, "skip", "bar", "end", "pad"}


# -- what a model may draw ---------------------------------------------------------------


def test_little_is_needed_of_what_a_model_draws() -> None:
    bar, end = T.encode(BAR)[3].tolist(), T.encode(BAR)[-1].tolist()
    note, on_three = [0, 0, 60, 12, 0, 0], [24, 2, 64, 0, 90, 0]
    score = T.decode([bar, note, on_three, T.pad], resolution=12)
    assert [len(part.notes) for part in score.parts] == [1, 0, 1]
    assert score.parts[0].notes == (Note(0, 60, 12, 1),)
    assert score.parts[2].notes == (Note(24, 64, 1, 90),)
    assert (score.length, score.meters[0].meter, score.tempos[0].bpm) == (48, Meter(4, 4), 120)
    assert T.decode([bar, note, end, bar, note], resolution=12).note_count == 1
    assert T.decode(np.array([bar], dtype=np.uint8)).note_count == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "must be (rows, 6)"),
        ([1, 2, 3], "tokens of shape (3,): must be (rows, 6), with the columns time, part, pitch"),
        ([[0.5] * 6], "tokens: must be whole numbers"),
        ([[1], [1, 2]], "tokens: must be whole numbers in rows of one length"),
        ("no rows", "tokens: must be whole numbers"),
        ([[97, 0, 128, 0, 0, 0]], "token 0: pitch 128: must be 0..127"),
        ([[97, 0, 0, 0, 0, 0], [-1, 0, 0, 0, 0, 0]], "token 1: time -1: must be 0..103"),
        ([[0, 0, 60, 12, 80, 0]], "hold no bar"),
        ([[98, 0, 0, 0, 0, 0]], "hold no bar"),
        ([[0, 0, 60, 12, 80, 0], [97, 0, 0, 0, 0, 0]], "token 0: a note or a skip before the first"),
        ([[100, 0, 1, 0, 0, 14], [97, 0, 0, 0, 0, 0]], "meter 1/128: its bar is no whole number"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_tokens(rows: Any, message: str) -> None:
    with pytest.raises(FormatError) as raised:
        T.decode(rows)
    assert message in str(raised.value)


def test_rows_that_make_no_sense_are_left_out_on_request() -> None:
    rows = T.encode(BAR)
    note, meter = [0, 0, 60, 12, 80, 0], [100, 0, 0, 0, 0, 0]
    broken = np.concatenate([[note], [meter], rows[:-1], [meter], rows[-1:]])
    with pytest.raises(FormatError, match="token 0: a note or a skip before the first bar; strict"):
        T.decode(broken)
    with pytest.raises(FormatError, match=r"token 1: meter 0/1: .*; strict=False leaves"):
        T.decode(np.concatenate([rows[:1], broken[1:]]))
    assert T.decode(broken, strict=False) == T.decode(rows)
    with pytest.raises(FormatError, match="hold no bar"):
        T.decode([note], strict=False)


@given(st.integers(0, 2**32 - 1))
def test_whatever_a_model_draws_becomes_a_score(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, list(T.sizes.values()), (40, 6))
    special = rng.random(len(rows)) < 0.5
    rows[special, 0] = rng.integers(96, 104, special.sum())
    rows[0] = [97, 0, 0, 0, 0, 0]
    assert T.decode(rows, strict=False).bars


def test_scores_that_cannot_be_encoded() -> None:
    many = Score(tuple(Part((Note(0, 60, 12),)) for _ in range(33)), 12)
    for score, message in [
        (Score(), "holds no notes"),
        (many, "has 33 parts; leave some out, 32 are the most"),
        ("tune.mid", "str: is no Score; read it with symgen.load_score first"),
    ]:
        with pytest.raises(FormatError, match=message):
            T.encode(score)  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="grid 16: must be 12 or 24"):
        Tokenizer(16)


def test_arguments_of_other_kinds(tmp_path: Path) -> None:
    bar: Any = [[97, 0, 0, 0, 0, 0]]
    anything: Any = 5
    for call, error, message in [
        (lambda: T.decode(bar, resolution="x"), ControlError, "resolution 'x': must be a whole"),  # type: ignore[arg-type]
        (lambda: T.rows(anything), FormatError, "5: is no Events; Store.events gives some"),
        (lambda: T.save(anything), FormatError, "5: is no path"),
        (lambda: Tokenizer.load(anything), FormatError, "5: is no path"),
        (lambda: T.save(tmp_path), FormatError, "is no regular file"),
    ]:
        with pytest.raises(error, match=message):
            call()


# -- one number a token ------------------------------------------------------------------


def test_a_flat_sequence() -> None:
    flat = T.flatten(T.encode(BAR))
    starts = np.cumsum([0, *T.sizes.values()])
    assert flat[:3].tolist() == [99, starts[1], starts[2]]
    assert flat[-1] == 98
    assert len(flat) == 4 + 6 + 3 + 2 + 4 * 5 + 1


def test_a_flat_sequence_may_break_off() -> None:
    rows = T.encode(BAR)
    flat = T.flatten(rows)
    assert T.unflatten(flat[:-2]).tolist() == rows[:-2].tolist()
    assert T.unflatten([]).shape == (0, 6)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([200], "token id 0: a row begins with its time"),
        ([98, 200], "token id 0: the row that begins here has other fields"),
        ([0, 104, 98], "token id 0: the row that begins here has other fields"),
        ([511], "numbers 0..510"),
        ([[1]], "must be one sequence"),
        ([0.5], "must be whole numbers"),
    ],
)
def test_flat_sequences_that_are_none(ids: Any, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        T.unflatten(ids)


# -- files -------------------------------------------------------------------------------


@pytest.mark.parametrize("tokenizer", [T, Tokenizer(24, heading=False)], ids=repr)
def test_settings_are_saved(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "Flöte.json")
    again = Tokenizer.load(tmp_path / "Flöte.json")
    assert again == tokenizer
    assert hash(again) == hash(tokenizer)
    assert repr(again) == repr(tokenizer)
    assert (again.grid, again.heading) == (tokenizer.grid, tokenizer.heading)


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", '{"grid": 13, "heading": true}', "[" * 9999])
def test_files_that_are_no_tokenizer(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FormatError, match=r"a\.json: is no tokenizer of symgen; make one with"):
        Tokenizer.load(tmp_path / "a.json")


def test_a_tokenizer_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(T.to_json() | {"version": 2}))
    with pytest.raises(FormatError, match="of another version"):
        Tokenizer.load(tmp_path / "a.json")
    with pytest.raises(FormatError, match="no such file"):
        Tokenizer.load(tmp_path / "b.json")


# -- beside MidiTok ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def remi() -> Any:
    miditok = pytest.importorskip("miditok")
    config = miditok.TokenizerConfig(
        beat_res={(0, 4): 12},
        use_programs=True,
        use_time_signatures=True,
        use_tempos=True,
        num_velocities=127,
        num_tempos=200,
        tempo_range=(50, 250),
    )
    return miditok.REMI(config)


@pytest.mark.parametrize("name", REAL_TUNES)
def test_miditok_gives_the_same_notes(remi: Any, name: str) -> None:
    """Both ways through symusic, and back to a score."""
    meter, _, _, text = REAL_TUNES[name]
    if name == "Amazing Grace":
        pytest.skip("MidiTok has no bars as short as its pickup")
    score = tune(text.partition("|")[2], meter=meter, resolution=480)
    there = remi(to_symusic(score))
    back = load_score(remi.decode(there))
    ours = T.decode(T.encode(score))
    assert [part.notes for part in back.with_resolution(480).parts] == [
        part.notes for part in ours.parts
    ]


def test_one_bar_in_both_as_the_page_shows_it(remi: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
    theirs = remi(to_symusic(BAR.with_resolution(480))).tokens
    assert "\n".join(theirs) in page
    assert "\n".join(T.words(T.encode(BAR))) in page
