"""A chart over the new bars of a tune: from its first bar line on, coming round."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import TINY, Vocabulary, random_model, tune

from symgen.music.controls import Controls
from symgen.nets.inference import InferenceNet
from symgen.system.errors import ControlError
from symgen.writing.generator import Generator
from symgen.writing.takes import Take

FOUR = "G4 A4 B4 D5|E5 D5 C5 B4|A4 B4 C5 A4|B4 G4 G4:2"
INSIDE = "G4 A4 B4 D5|E5 D5 C5 B4|A4 B4 C5 A4|B4 G4"


@pytest.fixture(scope="module", params=[True, False], ids=["planned", "plain"])
def model(request: pytest.FixtureRequest) -> Generator:
    if request.param:
        config = replace(TINY, fixed=(), voices=3, timing=True, plans=True)
        made = random_model(config, vocabulary=Vocabulary(12, moves=True))
        info = {**made.info, "monophonic": False, "monophonic_parts": True}
        return Generator(InferenceNet(made), info)
    made = random_model(TINY)
    return Generator(InferenceNet(made), made.info)


def placed(take: Take) -> list[tuple[float, str]]:
    """Return the symbols of a take: bars from its first new one on, and names."""
    assert take.prompt is not None
    bar = 48
    return [((one.tick - take.prompt.end) / bar, one.name) for one in take.score.chords]


def continued(model: Generator, text: str, pickup: str = "", **asked: object) -> Take:
    controls = Controls(**asked)  # type: ignore[arg-type]
    return next(model.continuations(tune(text, pickup=pickup), seed=1, controls=controls))


@pytest.mark.parametrize("pickup", ["", "1/4"])
@pytest.mark.parametrize("text", [FOUR, INSIDE])
def test_a_short_chart_comes_round(model: Generator, text: str, pickup: str) -> None:
    take = continued(model, f"G4|{text}" if pickup else text, pickup, bars=5, chords="| C | Am F |")
    bars = [(0.0, "C"), (1.0, "Am"), (1.5, "F")]
    again = [(2.0, "C"), (3.0, "Am"), (3.5, "F"), (4.0, "C")]
    assert placed(take) == [*bars, *again]


def test_a_chart_that_is_longer_than_the_new_bars_is_refused(model: Generator) -> None:
    with pytest.raises(ControlError, match="5 of them, one a bar, but bars 2"):
        continued(model, FOUR, bars=2, chords="| C | G | Am | F | D7 |")


def test_a_bar_that_is_filled_keeps_the_chord_that_holds(model: Generator) -> None:
    take = continued(model, INSIDE, bars=2, chords="| C | G |", complete_bar=True)
    assert placed(take) == [(0.0, "C"), (1.0, "G")]


def test_bars_of_another_meter_have_their_bar_of_the_chart(model: Generator) -> None:
    take = continued(model, FOUR, meter="2x3/4,1x4/4", chords="| C G | Am |", bars=3)
    # Of three beats the first chord has two.
    assert placed(take) == [(0.0, "C"), (0.5, "G"), (0.75, "Am"), (1.5, "C"), (2.0, "G")]


def test_the_plan_is_the_chart(model: Generator) -> None:
    take = continued(model, FOUR, bars=2, chords="| Em | A7/C# |")
    new = [chord for chord in take.header.chords if chord.at >= 192]
    if take.header.chords:
        assert [(one.at, one.root, one.quality, one.bass) for one in new] == [
            (192, 4, "m", 4),
            (240, 9, "7", 1),
        ]
