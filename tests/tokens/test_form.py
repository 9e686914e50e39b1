"""Form labels of small tunes, by hand."""

from __future__ import annotations

import pytest
from small import V, tune

from symgen.music.score import Note, Part, Score
from symgen.tokens import encode
from symgen.tokens.vocabulary import FORM, TIME

A = ["C4 D4 E4 F4", "G4:2 E4:2", "A4 G4 F4 E4", "D4:4"]
B = ["C5 B4 A4 G4", "F4:2 A4:2", "G4 A4 B4 C5", "C5:4"]


def labels(score: Score) -> list[str]:
    """Labels as text: ``new``, ``=4`` a literal repeat 4 bars back, ``~1`` a varied one of the bar before."""
    fields = encode(score, V)[0].fields
    classes = fields[fields[:, TIME] == V.bar, FORM].tolist()
    return ["new" if c == 0 else f"{'=' if c % 2 else '~'}{V.form_lag(c)}" for c in classes]


def bars(*texts: str) -> list[str]:
    return labels(tune("|".join(texts)))


def test_aabb() -> None:
    assert bars(*A, *A, *B, *B) == ["new"] * 4 + ["=4"] * 4 + ["new"] * 4 + ["=4"] * 4


def test_aaba() -> None:
    """The last A stands 8 and 12 bars back: 8 is preferred."""
    assert bars(*A, *A, *B, *A)[-4:] == ["=8"] * 4
    assert bars(*A, *B, *B, *A)[-4:] == ["=12"] * 4


def test_a_pickup_is_a_bar_of_its_own() -> None:
    assert labels(tune("|".join(["G4", *A, *A]), pickup="1/4")) == ["new"] * 5 + ["=4"] * 4


def test_no_bar_repeats_itself_or_what_is_to_come() -> None:
    assert bars(*A) == ["new"] * 4
    assert bars("C4:4") == ["new"]


@pytest.mark.parametrize(
    ("again", "label"),
    [
        ("C4 D4 E4 F4", "=1"),
        ("C4 D4 E4 G4", "~1"),  # 3 of 4 notes
        ("C4 D4 A4 G4", "~1"),  # just half of them
        ("C4 E4 A4 G4", "new"),  # a quarter
        ("C4 D4 E4 F4:.5", "~1"),  # all in place, but one is shorter
        ("C4:.5 - ", "new"),
        ("C4 D4 E4 F4:.5 G4:.5", "~1"),  # 4 of 5
        ("-:.5 C4 D4 E4 F4:.5", "new"),  # all too late
    ],
)
def test_what_counts_as_varied(again: str, label: str) -> None:
    assert bars("C4 D4 E4 F4", again) == ["new", label]


def test_empty_bars_repeat_nothing() -> None:
    assert bars("-", "-", "C4:4", "-", "-", "D4:4") == ["new"] * 6


def test_a_literal_repeat_goes_before_a_varied_one() -> None:
    """Bar 3 varies bar 1 (lag 2, preferred) and repeats bar 2 (lag 1)."""
    assert bars("C4 D4 E4 F4", "C4 D4 E4 G4", "C4 D4 E4 G4") == ["new", "~1", "=1"]


def test_of_varied_bars_the_most_alike() -> None:
    assert (
        bars("C4 D4 E4 F4", "G3 A3 B3 C4", "C4 D4 B3 C4")[2] == "~2"
    )  # 2 of 4 each: lag 2 is preferred
    assert bars("C4 D4 A4 F4", "G3 D4 E4 B4", "C4 D4 E4 B4")[2] == "~1"  # 2 of 4 against 3 of 4


def test_the_lag_of_the_last_bar_is_kept() -> None:
    """One figure all along: every bar repeats many; the first that returns sets the lag."""
    assert bars("C4:4", "C4:4", "C4:4", "C4:4", "C4:4") == ["new", "=1", "=1", "=1", "=1"]
    # The bar X comes back 4 bars later; from then on also 8 bars back would do, but 4 goes on.
    piece = [*A, *A, *A]
    assert bars(*piece) == ["new"] * 4 + ["=4"] * 8
    # After a new bar nothing is kept: now the preferred lag is taken.
    assert bars(*piece[:8], "E5:4", *A[1:])[8:] == ["new", "=8", "=8", "=8"]


def test_bars_of_other_length_are_not_compared() -> None:
    assert labels(tune("C4|C4|D4 E4 F4 G4", pickup="1/4"))[1] == "new"


def test_parts_and_pitches_both_count() -> None:
    one = tuple(Note(t, 60, 12) for t in (0, 12, 24, 36))
    two = tuple(Note(t, 60, 12) for t in (48, 60, 72, 84))
    assert labels(Score((Part((*one, *two)),), 12)) == ["new", "=1"]
    assert labels(Score((Part(one), Part(two)), 12)) == ["new", "new"]
