"""Arguments of the wrong kind are refused by errors of ours, in one line, whatever is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small import tune

import symgen
from symgen import Key, Meter, Note, Part, Score, SymgenError

TUNE: Any = tune("C4 D4 E4 F4|G4 E4 C4:2", resolution=480)
ANY: Any = symgen
NOTE: Any = Note
PART: Any = Part
SCORE: Any = Score

CALLS: dict[str, Callable[[], Any]] = {
    "Note.*onset must be >= 0": lambda: NOTE(0, "C4", 480),
    "Note.*onset must be": lambda: NOTE(None, 60, 480),
    "Part: notes are Note objects": lambda: PART((1, 2)),
    "Part: notes are Note": lambda: PART(5),
    "Part: .*program is 0..127": lambda: PART(program="flute"),
    "Part: .*name a text": lambda: PART(name=None),
    "Score: parts are Part objects": lambda: SCORE((1,)),
    "Score: .*resolution": lambda: SCORE(resolution="x"),
    "Score: .*length": lambda: SCORE(length="x"),
    "meter 4/4: use n/d": lambda: Meter("4", 4),  # type: ignore[arg-type]
    "meter '5': write it like": lambda: ANY.Meter.parse(5),
    "key C 'major'": lambda: Key("C", "major"),  # type: ignore[arg-type]
    "key 5: write a tonic|key '?5'?: write": lambda: ANY.Key.parse(5),
    "transpose 'x': write semitones": lambda: TUNE.transposed("x"),
    "first 'a': must be a whole": lambda: TUNE.slice_bars("a", 2),
    "start None: must be a whole": lambda: TUNE.slice_ticks(None, 2),
    "resolution 'x': must be a whole": lambda: TUNE.with_resolution("x"),
    "None: is no path; name a file": lambda: TUNE.save(None),
    "5: is no path": lambda: TUNE.render(5),
    "5: is no path; name a file or": lambda: TUNE.plot(5),
    "5: is no path; name": lambda: TUNE.render(soundfont=5),
    "format 5": lambda: TUNE.save("x.mid", format=5),
    "5: ": lambda: TUNE.plot("a.png", format=5),
    "'tune.mid': is no Score; load_score": lambda: ANY.save_score("tune.mid", "x.mid"),
    "None: is no Score": lambda: ANY.render(None, "x.wav"),
    "None: is no Score; load": lambda: ANY.plot_score(None, "x.png"),
    "None: is no Score; load_score reads": lambda: ANY.to_mido(None),
    "part 'a': must be a whole": lambda: ANY.load_score(TUNE, part="a"),
    "stream: 16 is no Controls": lambda: next(ANY.load_model().stream(16)),
    "seed 'a': must be a whole": lambda: next(ANY.load_model().stream(seed="a")),
    "transcribe: no keyword temp": lambda: ANY.transcribe("x.wav", temp=4),
    "rate x: must be": lambda: ANY.transcribe([1, 2], "x"),
    "TrainOptions: no keyword epoch": lambda: ANY.TrainOptions(epoch=3),
    "CorpusOptions: no keyword gridd": lambda: ANY.CorpusOptions(gridd=3),
    "limit notes x: must be 1 or more": lambda: ANY.Limits(notes="x"),
    "Limits: no keyword note": lambda: ANY.Limits(note=3),
    "5: is no path; name a file or a": lambda: ANY.Store.open(5),
    "5: is no path; name a file or a f": lambda: ANY.train(5, "r"),
    "5: is no path; name a file or a fo": lambda: ANY.evaluate(5, 6),
    "Note.*each a whole number": lambda: NOTE(0.5, 60, 480),
    "Note.*each a whole": lambda: NOTE(0, 60.5, 480),
    "Score: parts are Part": lambda: SCORE([Note(0, 60, 480)]),
    "Score: parts are Part objects; resolution and": lambda: SCORE(resolution=1.5),
    "Part: notes": lambda: PART(program=1.5),
    "with_parts: parts are Part objects": lambda: TUNE.with_parts(None),
    "seconds: tick is a number": lambda: TUNE.seconds(None),
    "tempo 'None': write 4..10000": lambda: TUNE.with_tempo(None),
    "part 'x': must be a whole number": lambda: TUNE.with_instrument("flute", part="x"),
    "rate nan: use 8000": lambda: TUNE.samples(rate=float("nan")),
    "rate inf: use 8000": lambda: TUNE.samples(rate=float("inf")),
    "format 5: cannot be written; use one of wav": lambda: TUNE.render(format=5),
    "format 'x': cannot be written; use one of wav": lambda: TUNE.render(format="x"),
    "^the piece holds no notes, there is nothing to render": lambda: SCORE().samples(),
    "5: is no path; name a": lambda: TUNE.sheet(5),
    "limits 5: give symgen.Limits": lambda: ANY.load_score("x.mid", limits=5),
    "start 1.*: must be 0 or more": lambda: ANY.load_model().pipe([TUNE], start=10**30),
    "count 1.*: must be below": lambda: ANY.generate(count=10**30),
    "progress 5: give a function": lambda: ANY.load_model().reporting(5),
    "sources 5: give a list": lambda: ANY.build_corpus(5, "store"),
    "nothere: no such folder": lambda: ANY.build_corpus("nothere", "store"),
    "holds a zero byte": lambda: ANY.transcribe("a\0b.wav"),
    "holds a sign that no path can": lambda: ANY.transcribe("\ud800.wav"),
    "harmonize: no keyword voices": lambda: ANY.harmonize(TUNE, voices="bass"),
}
"""What is called, by what the error says."""


@pytest.mark.parametrize("message", CALLS)
def test_they_are_refused_in_one_line(
    message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SymgenError, match=message) as caught:
        CALLS[message]()
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_what_load_model_gives() -> None:
    with (
        pytest.warns(DeprecationWarning, match="ask the model itself"),
        pytest.raises(symgen.ControlError, match="model 5: pass what load_model gives"),
    ):
        ANY.vary(TUNE, model=5)


def test_what_exists_is_told_in_words_of_python(tmp_path: Path) -> None:
    TUNE.save(tmp_path / "a.mid")
    with pytest.raises(symgen.ExistsError, match="choose another name or pass overwrite=True"):
        TUNE.save(tmp_path / "a.mid")


def test_what_a_score_was_read_from_is_one_line() -> None:
    for kind in ("mid", "musicxml"):
        source = symgen.load_score(TUNE.to_bytes(kind)).source
        assert len(repr(source)) < 80
        assert "\n" not in repr(source)
