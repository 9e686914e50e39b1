"""The verbs: one piece for one, a list for a number, and our own errors for what makes no sense."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from small import tune

import symgen
from symgen import ControlError, Controls, Score
from symgen.music.control_table import CONTROLS
from symgen.music.control_words import ControlWords, NoteWords, SettingWords
from symgen.writing.infilling import infill
from symgen.writing.model import Model
from symgen.writing.request import HarmonyWords, InfillWords, RewriteWords

TUNE = tune("C4 D4 E4 F4|G4 E4 C4:2|C4 D4 E4 F4|G4 E4 C4:2", resolution=480)


# -- what comes back -------------------------------------------------------------------------


def test_one_piece_comes_back_for_one_and_a_list_for_a_number(tiny: Model) -> None:
    one = tiny.generate(bars=2, seed=3)
    assert isinstance(one, Score)
    assert tiny.generate(bars=2, seed=3, count=1) == [one]
    assert tiny.generate(bars=2, seed=3, count=2) == [one, tiny.generate(bars=2, seed=4)]


def test_keywords_ask_for_the_same_as_controls(tiny: Model) -> None:
    asked = {"bars": 3, "key": "D dorian", "range": "C4-C6", "end": True}
    assert tiny.generate(**asked, seed=1) == tiny.generate(Controls(**asked), seed=1)
    longer = tiny.continue_(TUNE, bars=2, seed=1, key="C")
    assert longer == tiny.continue_(TUNE, seed=1, controls=Controls(bars=2, key="C"))
    assert tiny.extend(TUNE, bars=2, seed=1, key="C") == longer


@pytest.mark.parametrize("count", [None, 2])
def test_what_rewrites_a_tune_gives_scores(tiny: Model, count: int | None) -> None:
    for found in (
        tiny.infill(TUNE, (2, 3), seed=5, particles=2, count=count),  # type: ignore[call-overload]
        tiny.vary(TUNE, 0.5, seed=5, particles=2, count=count),  # type: ignore[call-overload]
    ):
        scores = [found] if count is None else found
        assert [type(score) for score in scores] == [Score] * (count or 1)
    expected = infill(TUNE, (2, 3), model=tiny, seed=6, particles=2).score
    assert tiny.infill(TUNE, (2, 3), seed=5, particles=2, count=2)[1] == expected


def test_the_module_takes_the_model_that_fits() -> None:
    names = {"folk": {}, "chamber": {"instruments": "violin,cello"}}
    for name, asked in names.items():
        wanted = symgen.load_model(name).generate(bars=1, seed=7, **asked)
        assert symgen.generate(bars=1, seed=7, **asked) == wanted
    songs = symgen.load_model("songs")  # finds the tune likelier than folk does
    assert symgen.continue_(TUNE, bars=1, seed=7) == songs.continue_(TUNE, bars=1, seed=7)
    assert symgen.vary(TUNE, seed=7, particles=1) == songs.vary(TUNE, seed=7, particles=1)
    chorale = symgen.load_model("chorale").harmonize(TUNE, seed=7, particles=1)
    assert symgen.harmonize(TUNE, seed=7, particles=1) == chorale
    assert len(chorale.parts) == 4


def test_a_default_of_a_verb_gives_way(tiny: Model) -> None:
    """A melody is harmonized at 0.8, unless a temperature is asked for."""
    chorale = symgen.load_model("chorale")
    usual, plain, hot = (
        chorale.harmonize(TUNE, seed=1, particles=1, **words)
        for words in ({}, {"temperature": 0.8}, {"temperature": 3})
    )
    assert usual == plain != hot


def test_a_tune_may_be_an_open_file(tiny: Model, tmp_path: Path) -> None:
    TUNE.save(tmp_path / "tune.mid")
    with (tmp_path / "tune.mid").open("rb") as file:
        from_file = tiny.continue_(file, bars=1, seed=1)
    assert from_file == tiny.continue_(tmp_path / "tune.mid", bars=1, seed=1)
    assert from_file == tiny.continue_(BytesIO(TUNE.to_bytes()), bars=1, seed=1)


def test_notices_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    two = TUNE.with_parts([TUNE.parts[0], tune("C3:4|C3:4|C3:4|C3:4", resolution=480).parts[0]])
    with caplog.at_level(logging.WARNING, logger="symgen"):
        symgen.harmonize(two, seed=1, particles=1, count=2)
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["part 1 is set for four voices; left out: part 2"]


# -- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"bars": "x"}, "bars 'x': is text; give a number 1..1000"),
        ({"controls": 16}, "generate: 16 is no Controls; give keywords such as bars=16"),
        ({"count": 0}, "count 0: must be 1 or more"),
        ({"count": 1.5}, "count 1.5: must be a whole number"),
        ({"count": "2"}, "count '2': must be a whole number"),
        ({"seed": "a"}, "seed 'a': must be a whole number"),
        ({"seed": True}, "seed True: must be a whole number"),
        ({"candidates": None}, "candidates None: must be a whole number"),
        ({"barz": 3}, "generate: no keyword barz (did you mean bars?)"),
        ({"zzz": 3}, "generate: no keyword zzz; it knows bars, key, "),
        ({"controls": Controls(), "bars": 2}, "both controls and bars= are given"),
        ({"key": 5}, "key 5: write it like"),
        ({"tempo": "fast"}, "tempo 'fast': is text; give a number"),
        ({"instrument": []}, "instrument"),
        ({"style": 5}, "style 5"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_in_one_line(
    tiny: Model, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(ControlError) as caught:
        tiny.generate(**asked)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("verb", ["continue_", "vary", "harmonize"])
@pytest.mark.parametrize("tune", [None, 16, [], object()], ids=["none", "number", "list", "object"])
def test_what_is_no_music_is_refused(verb: str, tune: Any) -> None:
    with pytest.raises(symgen.FormatError, match="is no music that can be read; pass a path"):
        getattr(symgen, verb)(tune)


@pytest.mark.parametrize("bars", [5, "5-8", (1,), (1, 2, 3), (1.5, 2), None], ids=str)
def test_bars_that_are_no_pair_are_refused(tiny: Model, bars: Any) -> None:
    with pytest.raises(ControlError, match=r"bars .*: write the first and the last one"):
        tiny.infill(TUNE, bars)


def test_other_bad_arguments_are_refused(tiny: Model) -> None:
    with pytest.raises(ControlError, match=r"amount x: must be 0\.\.1"):
        tiny.vary(TUNE, "x")  # type: ignore[call-overload]
    with pytest.raises(ControlError, match="infill: no keyword form; it knows key"):
        tiny.infill(TUNE, (1, 2), form="AABA")  # type: ignore[call-overload]
    with pytest.raises(ControlError, match="part '1': must be a whole number"):
        tiny.continue_(TUNE, part="1")  # type: ignore[call-overload]
    with pytest.raises(ControlError, match=r"particles 1\.5: must be a whole number"):
        tiny.infill(TUNE, (1, 2), particles=1.5)  # type: ignore[call-overload]
    with pytest.raises(symgen.CheckpointError, match="model 16: name one that comes along"):
        symgen.load_model(16)  # type: ignore[arg-type]


# -- the table and the types -----------------------------------------------------------------


def test_type_checkers_know_the_keywords_of_the_table() -> None:
    notes = {name for name, row in CONTROLS.items() if row.jobs == "all"}
    voices = notes | {"instrument", "instruments", "style", "end"}
    assert set(ControlWords.__annotations__) == set(CONTROLS)
    assert set(NoteWords.__annotations__) == notes
    assert set(SettingWords.__annotations__) == voices
    assert set(RewriteWords.__annotations__) == notes | {"particles", "model", "parts", "pins"}
    assert set(InfillWords.__annotations__) == {*RewriteWords.__annotations__, "variation"}
    assert set(HarmonyWords.__annotations__) == voices | {"particles", "model"}


# -- old ways --------------------------------------------------------------------------------


def test_old_ways_go_on_for_a_release(tiny: Model) -> None:
    score = tiny.generate(bars=1, seed=1)
    with pytest.warns(DeprecationWarning, match=r"leave the \[0\] out"):
        assert score[0] is score
    with pytest.warns(DeprecationWarning, match=r"leave the \[0\] out"):
        assert list(score) == [score]
    with pytest.raises(IndexError, match="count=2 gives a list of two"):
        score[1]
    with pytest.warns(DeprecationWarning, match=r"leave \.score out"):
        assert score.score is score
    with pytest.warns(DeprecationWarning, match="continue_score is now continue_"):
        old = tiny.continue_score(TUNE, bars=2, count=2, seed=1, controls=Controls(key="C"))
    assert old == tiny.continue_(TUNE, bars=2, key="C", count=2, seed=1)
    with pytest.warns(DeprecationWarning, match=r"ask the model itself, model\.infill"):
        given = symgen.infill(TUNE, (1, 2), model=tiny, seed=1)
    assert given == tiny.infill(TUNE, (1, 2), seed=1)
    with pytest.warns(DeprecationWarning, match=r"symgen\.Generator is now symgen\.Model"):
        assert symgen.Generator is Model


def test_a_model_is_told_in_one_line(tiny: Model) -> None:
    assert repr(tiny) == "<Model tiny: melodies, 2 styles, 0.077 M weights>"
    assert repr(symgen.load_model("chorale")).startswith("<Model chorale: up to 4 parts, ")


def test_symgen_streams_with_the_model_that_fits() -> None:
    for words in ({"style": "chorale"}, {"style": "reel"}):
        bars = list(symgen.stream(bars=2, seed=1, **words))  # type: ignore[arg-type]
        assert [len(piece.bars) for piece in bars] == [1, 2]
        assert len(bars[-1].parts) == (4 if words["style"] == "chorale" else 1)
    choir = bars[-1].to_bytes()
    assert [len(piece.bars) for piece in symgen.stream(tune=choir, bars=1, seed=1)] == [3]


def test_a_stream_takes_keywords_too(tiny: Model) -> None:
    words = list(tiny.stream(bars=3, key="C", seed=2))
    assert words == list(tiny.stream(Controls(bars=3, key="C"), seed=2))
    assert words[-1] == tiny.generate(bars=3, key="C", seed=2)
    with pytest.raises(ControlError, match="stream: no keyword barz"):
        tiny.stream(barz=3)  # type: ignore[call-arg]
