"""Many items through one verb: in order, lazily, the same for any number of processes, and errors in their place."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small import tune

from symgen.formats import save_score, write_midi
from symgen.music.controls import Controls
from symgen.music.pins import Pin
from symgen.music.score import Score
from symgen.system.errors import (
    CheckpointError,
    ControlError,
    FormatError,
    SymgenError,
    error_called,
)
from symgen.writing.model import Model, load_model
from symgen.writing.pipe_worker import answer
from symgen.writing.piping import fingerprint
from symgen.writing.tasks import Task

TUNES = [
    tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"),
    tune("G4:2 E4:2|D4:4|E4:2 C4:2|D4:4"),
    tune("E4 E4 F4 G4|G4 F4 E4 D4|C4 C4 D4 E4|D4:4"),
]
HOW: dict[str, dict[str, Any]] = {
    "continue_": {"bars": 2},
    "infill": {"bars": (2, 3), "particles": 2},
    "vary": {"amount": 0.4, "particles": 2},
}


# -- in this process ---------------------------------------------------------------------


@pytest.mark.parametrize("verb", HOW)
def test_each_item_has_the_next_seed(verb: str, tiny: Model) -> None:
    made = list(tiny.pipe(TUNES, verb=verb, seed=7, **HOW[verb]))
    work = getattr(tiny, verb)
    assert made == [work(each, seed=7 + k, **HOW[verb]) for k, each in enumerate(TUNES)]


def test_new_pieces(tiny: Model) -> None:
    asked = [{"key": "G"}, None, Controls(bars=3, key="A minor")]
    made = list(tiny.pipe(asked[:2], verb="generate", seed=1, bars=2))
    assert made == [tiny.generate(bars=2, key="G", seed=1), tiny.generate(bars=2, seed=2)]
    assert list(tiny.pipe(asked, verb="generate", seed=1, start=2)) == [
        tiny.generate(Controls(bars=3, key="A minor"), seed=3)
    ]
    over = next(tiny.pipe([{"bars": 1}], verb="generate", seed=1, bars=2))
    assert over == tiny.generate(bars=1, seed=1)


def test_a_run_goes_on_where_it_stopped(tiny: Model) -> None:
    whole = list(tiny.pipe(TUNES, seed=7, bars=2))
    assert list(tiny.pipe(TUNES, seed=7, bars=2, start=1)) == whole[1:]
    assert list(tiny.pipe(TUNES, seed=7, bars=2, start=3)) == []
    assert list(tiny.pipe([], seed=7, bars=2)) == []


def test_several_pieces_for_each_item(tiny: Model) -> None:
    made = list(tiny.pipe(TUNES[:2], seed=7, bars=2, count=2))
    assert made == [tiny.continue_(TUNES[k], seed=7 + k, bars=2, count=2) for k in range(2)]


def test_items_are_taken_one_by_one(tiny: Model) -> None:
    taken = []

    def items() -> Iterator[Score]:
        for number in range(1000):
            taken.append(number)
            yield TUNES[0]

    made = tiny.pipe(items(), bars=1)
    assert taken == []
    next(made)
    assert taken == [0]


def test_without_a_seed_one_is_drawn(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.randbelow", lambda _: 5)
    assert list(tiny.pipe(TUNES[:2], bars=1)) == list(tiny.pipe(TUNES[:2], bars=1, seed=5))


# -- in several processes ----------------------------------------------------------------


@pytest.mark.parametrize("verb", HOW)
def test_processes_give_the_same_bytes(verb: str, tiny: Model, tmp_path: Path) -> None:
    """Of paths, bytes and scores, with the files that they come from."""
    save_score(TUNES[0], tmp_path / "Flöte.mid")
    items = [tmp_path / "Flöte.mid", write_midi(TUNES[1]), TUNES[2]]
    here = list(tiny.pipe(items, verb=verb, seed=7, **HOW[verb]))
    there = list(tiny.pipe(items, verb=verb, seed=7, jobs=2, **HOW[verb]))
    assert there == here
    assert list(map(write_midi, there)) == list(map(write_midi, here))
    assert [score.source for score in there] == [score.source for score in here]


def test_processes_write_new_pieces(tiny: Model) -> None:
    asked = [{"key": "G"}, Controls(bars=2, key="A minor", range="A3-C5"), None]
    how = {"verb": "generate", "seed": 3, "count": 2}
    assert list(tiny.pipe(asked, jobs=2, **how)) == list(tiny.pipe(asked, **how))


def test_processes_take_few_items_ahead(tiny: Model) -> None:
    taken = []

    def items() -> Iterator[Score]:
        for number in range(1000):
            taken.append(number)
            yield TUNES[0]

    made = tiny.pipe(items(), bars=1, jobs=2)
    next(made)
    assert len(taken) <= 5
    made.close()  # type: ignore[attr-defined]


def test_what_processes_notice_is_logged_here(
    tiny: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    two = TUNES[0].with_parts([TUNES[0].parts[0], TUNES[1].parts[0]])
    with caplog.at_level(logging.WARNING, "symgen"):
        here = list(tiny.pipe([two], verb="vary", part=1, seed=1))
        told, _ = list(caplog.messages), caplog.clear()
        assert list(tiny.pipe([two], verb="vary", part=1, seed=1, jobs=2)) == here
    assert told == caplog.messages == ["part 2 stays as it is"]


def test_a_model_that_has_changed_is_not_used(tiny: Model, tiny_folder: Path) -> None:
    other = Model(tiny._model.net, {**tiny.info, "name": "other"}, tiny_folder)
    assert fingerprint(other) != fingerprint(tiny)
    with pytest.raises(CheckpointError, match=r"item 0: .*has changed since it was loaded"):
        list(other.pipe(TUNES, bars=1, jobs=2))
    homeless = Model(tiny._model.net, tiny.info)
    with pytest.raises(ControlError, match=r"jobs 2: model 'tiny' lies in no folder; use jobs=1"):
        homeless.pipe(TUNES, bars=1, jobs=2)
    assert len(list(homeless.pipe(TUNES, bars=1))) == 3


# -- what goes wrong ---------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bad_item_raises_in_its_place(jobs: int, tiny: Model, tmp_path: Path) -> None:
    (tmp_path / "bad.mid").write_bytes(b"MThd")
    items = [TUNES[0], tmp_path / "bad.mid", TUNES[2]]
    made = tiny.pipe(items, bars=2, seed=7, jobs=jobs)
    first = next(made)
    with pytest.raises(FormatError, match=r"^item 1: .*bad\.mid: "):
        next(made)
    with pytest.raises(StopIteration):
        next(made)
    again = list(tiny.pipe(items, bars=2, seed=7, jobs=jobs, errors="return"))
    assert (again[0], type(again[1])) == (first, FormatError)
    assert isinstance(again[2], Score)


@pytest.mark.parametrize("jobs", [1, 2])
def test_messages_name_the_item(jobs: int, tiny: Model, tmp_path: Path) -> None:
    save_score(TUNES[0], tmp_path / "four.mid")
    items = [tmp_path / "four.mid", tune("C4:4"), None, 3, ""]
    errors = list(
        tiny.pipe(items, verb="infill", bars=(5, 6), jobs=jobs, errors="return")  # type: ignore[list-item]
    )
    assert [type(error).__name__ for error in errors] == ["ControlError"] * 2 + ["FormatError"] * 3
    lines = [str(error) for error in errors]
    where = f"item 0 ({tmp_path / 'four.mid'})"
    assert lines[:2] == [
        f"{where}: bars 5-6: the tune has bars 1-4",
        "item 1: bars 5-6: the tune has bars 1-1",
    ]
    assert lines[2].startswith("item 2: NoneType: is no music")
    assert lines[3].startswith("item 3: int: is no music")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"verb": "infil"}, r"verb 'infil': unknown \(did you mean infill\?\); use"),
        ({"verb": "x"}, "verb 'x': unknown; use generate, continue_, infill, vary, harmonize"),
        ({"verb": None}, "verb None: unknown"),
        ({"verb": "infill"}, "infill: missing a required argument: 'bars'; give it to pipe"),
        ({"jobs": 0}, r"jobs 0: must be 1\.\.1024"),
        ({"start": -1}, "start -1: must be 0 or more"),
        ({"start": 1.5}, "start 1.5: must be a whole number"),
        ({"seed": -1}, "seed -1: must be 0 or more"),
        ({"errors": "ignore"}, "errors 'ignore': must be 'raise' or 'return'"),
        ({"model": 3}, "model=: ask that model itself"),
        ({"count": "two"}, "count 'two': must be a whole number"),
    ],
)
def test_arguments_that_make_no_sense(how: dict[str, Any], message: str, tiny: Model) -> None:
    """At once, before any item is taken."""
    with pytest.raises(ControlError, match=message):
        tiny.pipe(TUNES, **how)


def test_items_that_cannot_be_iterated(tiny: Model) -> None:
    with pytest.raises(ControlError, match="items 3: cannot be iterated; give a list"):
        tiny.pipe(3)  # type: ignore[call-overload]
    with pytest.raises(
        ControlError, match=r"item 0 \(bars=3\): str: asks for no new piece; give a dict"
    ):
        list(tiny.pipe(["bars=3"], verb="generate"))
    with pytest.raises(ControlError, match="item 0: generate: no keyword barz"):
        list(tiny.pipe([{"barz": 3}], verb="generate"))


def test_other_names_of_continue(tiny: Model) -> None:
    made = [list(tiny.pipe(TUNES[:1], verb=v, bars=1, seed=2)) for v in ("continue", "extend")]
    assert made == [list(tiny.pipe(TUNES[:1], bars=1, seed=2))] * 2


# -- tasks as plain data -----------------------------------------------------------------

ALL = Controls(
    bars=8,
    key="D dorian",
    strict_key=True,
    meter="6/8",
    tempo=90.5,
    instruments="violin,cello",
    style="reel",
    period="baroque",
    range="A3-E6",
    max_polyphony=3,
    density="4-8",
    chords="C G/B Am7 F",
    strict_chords=True,
    form="AA'BA",
    variation=0.25,
    swing=2 / 3,
    complete_bar=True,
    max_copy=12,
    end=False,
    temperature=0.9,
    top_p=0.5,
    top_k=7,
)


@pytest.mark.parametrize(
    "controls",
    [ALL, Controls(), Controls(meter="2x4/4,2x3/4", grid="1/8t", instrument="flute", end=True)],
)
def test_a_task_comes_back(controls: Controls) -> None:
    words: dict[str, Any] = {"controls": controls, "bars": (5, 8), "voice": None, "amount": 0.5}
    task = Task("vary", None, 2**62, 3, words)
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_keywords_that_are_values_come_back_as_words() -> None:
    for pins in ("5.1:C5,6", [Pin(1, 480, 72), "6"], (Pin(2, 0, 60),)):
        task = Task("infill", None, 1, None, {"bars": (5, 8), "pins": pins, "parts": ["bass", 2]})
        again = Task.from_json(json.loads(json.dumps(task.to_json())))
        assert again.words == {**task.words, "pins": again.words["pins"], "parts": ("bass", 2)}
        assert list(again.words["pins"]) == list(pins)
    task = Task("generate", None, 1, None, {"key": ALL.key, "chords": ALL.chords, "form": ALL.form})
    again = Task.from_json(json.loads(json.dumps(task.to_json())))
    assert Controls(**again.words) == Controls(**task.words)


def test_a_process_answers_with_scores_or_an_error(tiny_folder: Path) -> None:
    model = load_model(tiny_folder)
    task = Task("continue_", None, 1, None, {"bars": 1}).to_json()
    wrong = answer(model, json.dumps({**task, "verb": "generate", "words": {"bars": 0}}).encode())
    assert wrong == {"error": "bars 0: must be 1..1000", "kind": "ControlError", "notices": []}
    right = answer(model, json.dumps({**task, "verb": "generate"}).encode())
    assert (len(right["scores"]), right["notices"]) == (1, [])


def test_an_error_of_an_unknown_kind_is_one_of_ours() -> None:
    assert error_called("FormatError") is FormatError
    assert error_called("sys") is SymgenError
