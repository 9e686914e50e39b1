"""A continuation is not the prompt again, unless that is asked for."""

from __future__ import annotations

import pytest
from small import tune

from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.writing.generator import Take
from symgen.writing.model import Model, load_model

TUNE = tune("G4 A4 B4 G4|A4:2 F4:2|G4 B4 D5 B4|A4:2 D4:2|G4 A4 B4 G4|A4:2 F4:2|E4 F4 G4 A4|G4:4")


@pytest.fixture(scope="module")
def folk() -> Model:
    return load_model("folk")


def continued(model: Model, seed: int, **more: float | str) -> Take:
    """Eight bars at a temperature at which tunes return often."""
    controls = Controls(bars=8, temperature=0.5, **more)  # type: ignore[arg-type]
    return next(model.continuations(TUNE, controls=controls, seed=seed))


def heard(score: Score) -> list[tuple[int, int]]:
    return [(note.onset, note.pitch) for note in score.parts[0].notes]


def test_it_is_drawn_again(folk: Model) -> None:
    for seed in range(10):
        take = continued(folk, seed)
        assert heard(take.new_bars()) != heard(TUNE)
        assert not take.repeats


@pytest.mark.parametrize("more", [{"variation": 0.0}, {"form": "A"}])
def test_it_stands_where_returns_are_asked_for(folk: Model, more: dict[str, float | str]) -> None:
    for seed in range(10):
        take = continued(folk, seed, **more)
        assert take.repeats == (heard(take.new_bars()) == heard(TUNE))
        if "form" not in more and take.repeats:
            return
    assert "form" in more, "no seed repeats the prompt"
