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
