"""Which model goes on with a tune."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

import symgen
from symgen.formats.tunes import Tune
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError
from symgen.writing import tune_choice
from symgen.writing.tune_choice import Choice, choose_by_notes

LINE = Part(tuple(Note(480 * i, 60 + i % 3, 480) for i in range(8)))
ALONE = Tune(Score((LINE,)))


def loader(bits: Mapping[str, float]) -> Callable[[str], Any]:
    """Models that find a note of any tune so unlikely."""
    return lambda name: SimpleNamespace(bits_a_note=lambda tune, part: bits[name])


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models of melodies, each with a style of its own."""
    monkeypatch.setattr(tune_choice, "model_names", lambda: ("folk", "songs"))
    styles = {"folk": ("jig",), "songs": ("popular",)}
    monkeypatch.setattr(tune_choice, "known_styles", lambda: styles)


@pytest.mark.parametrize(("songs", "name"), [(2.0, "songs"), (2.9, "folk"), (4.0, "folk")])
def test_a_melody_goes_to_the_model_that_finds_it_clearly_likelier(songs: float, name: str) -> None:
    choice = choose_by_notes(ALONE, None, loader({"folk": 3.0, "songs": songs}))
    assert choice.name == name
    assert choice.to_json() == {"folk": 3.0, "songs": songs}


def test_the_choice_says_why() -> None:
    choice = choose_by_notes(ALONE, None, loader({"folk": 3.0, "songs": 2.0}))
    assert str(choice).startswith("model songs, which finds the notes likelier")
    assert "songs 2.00, folk 3.00" in str(choice)


@pytest.mark.parametrize(
    ("style", "name"), [("jig", "folk"), ("popular", "songs"), ("none", "folk")]
)
def test_a_style_goes_before_the_notes(style: str, name: str) -> None:
    assert choose_by_notes(ALONE, None, loader({}), style) == Choice(name)


def test_other_tunes_are_not_compared() -> None:
    several = Tune(Score((LINE, LINE, LINE)))
    assert choose_by_notes(several, None, loader({})) == Choice("chamber")
    assert choose_by_notes(several, 1, loader({"folk": 1.0, "songs": 2.0})).name == "folk"


def test_what_cannot_be_read_is_refused_later() -> None:
    def fail(tune: Tune, part: int | None) -> float:
        raise ControlError("no notes")

    found = choose_by_notes(ALONE, None, lambda name: SimpleNamespace(bits_a_note=fail))  # type: ignore[arg-type,return-value]
    assert found == Choice("folk")


def test_bits_a_note_are_those_of_what_was_drawn() -> None:
    # What a model draws itself it finds about as likely as it says while drawing.
    model = symgen.load_model("folk")
    piece = next(model.takes(symgen.Controls(bars=8, style="jig"), seed=1))
    assert piece.bits is not None
    assert model.bits_a_note(Tune(piece.score)) == pytest.approx(piece.bits, abs=1.0)
    up = piece.score.with_parts(
        [
            Part(
                tuple(
                    Note(n.onset, n.pitch + i % 5, n.duration)
                    for i, n in enumerate(piece.score.parts[0].notes)
                )
            )
        ]
    )
    assert model.bits_a_note(Tune(up)) > model.bits_a_note(Tune(piece.score)) + 1
