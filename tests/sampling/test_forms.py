"""Forms, the copy limit, and how continuations join, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small import tune
from test_limits import MODELS

from symgen.copies.report import CopyReport, Match
from symgen.music.constraints import Form
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.system.errors import ControlError
from symgen.writing.loaded import LoadedModel
from symgen.writing.model import Model, load_model


def sections(score: Score, count: int) -> list[list[tuple[int, int, int, int]]]:
    length = score.length // count
    return [
        [
            (part, note.onset - length * number, note.pitch, note.duration)
            for part, each in enumerate(score.parts)
            for note in each.notes
            if length * number <= note.onset < length * (number + 1)
        ]
        for number in range(count)
    ]


@pytest.mark.parametrize("kind", sorted(MODELS))
@pytest.mark.parametrize(
    ("form", "bars"), [("AABA", 8), ("AABB", 4), ("ABAC", 12), ("ABCA", 20), ("AAB", 15)]
)
@pytest.mark.parametrize("end", [None, True])
def test_sections_return_note_for_note(kind: str, form: str, bars: int, end: bool | None) -> None:
    controls = Controls(form=form, bars=bars, key="C", end=end)
    take = next(iter(MODELS[kind].takes(controls, seed=3)))
    found = sections(take.score, len(form))
    for one in range(len(form)):
        for other in range(one):
            assert (found[one] == found[other]) == (form[one] == form[other])
    assert all(
        check.met for check in take.checks(controls) if check.name in ("form", "end", "bars")
    )


def test_forms_are_read() -> None:
    form = Form.parse("aa'bA")
    assert str(form) == "AA'BA"
    assert [form.source(section) for section in range(4)] == [None, 0, None, 0]
    assert [form.bar_source(bar, 8) for bar in range(8)] == [
        None,
        None,
        (0, True),
        (1, True),
        None,
        None,
        (0, False),
        (1, False),
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"form": "AABA", "bars": 10}, ["form AABA", "bars 10"]),
        ({"form": "AA'", "bars": 10}, ["form AA'", "5"]),
        ({"form": "AB'", "bars": 8, "chords": "C G"}, []),
        ({"form": "AA", "bars": 2, "chords": "C G", "strict_chords": True}, ["form AA", "C", "G"]),
        ({"form": "AA", "meter": "1x4/4,1x3/4"}, ["form AA", "4/4", "3/4"]),
        ({"form": "'A"}, ["form"]),
        ({"form": "AA'", "bars": 2, "density": "1-3"}, ["form AA'", "density 1-3"]),
        ({"form": "AA'BA", "bars": 4, "key": "C", "end": True}, ["form AA'BA", "end", "bar 1"]),
        ({"form": "AA'BB", "bars": 4, "key": "C", "end": True}, []),
        ({"form": "A-B"}, ["form"]),
        ({"max_copy": 12, "bars": 2}, ["max-copy", "index"]),
        ({"max_copy": 3}, ["max-copy", "8"]),
        ({"variation": 1.5}, ["variation"]),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, Any], words: list[str]) -> None:
    if not words:
        MODELS["melody"].generate(Controls(**asked), seed=1)
        return
    with pytest.raises(ControlError) as caught:
        MODELS["melody"].generate(Controls(**asked), seed=1)
    assert all(word in str(caught.value) for word in words)


class _Index:
    """Says of the first pieces that they are copied; with a resolution, of the first that have it."""

    shortest = 10

    def __init__(self, copied: int, notes: int = 20, resolution: int | None = None) -> None:
        self.left, self.notes, self.resolution = copied, notes, resolution

    def find(self, score: Score) -> CopyReport:
        counts = self.resolution in (None, score.resolution)
        self.left -= counts
        notes = self.notes if counts and self.left >= 0 else 9
        match = Match(notes=notes, row=0, part=0, bars=(1, 2), title="A tune", source="a book")
        return CopyReport(notes=score.note_count, share=0.0, match=match)


def test_a_copy_is_drawn_again(tiny: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = tiny.generate(Controls(bars=2), seed=1)
    index = _Index(0)
    monkeypatch.setattr(LoadedModel, "copy_index", lambda _: index)
    assert tiny.generate(Controls(bars=2, max_copy=12), seed=1) == plain
    index.left = 3
    assert tiny.generate(Controls(bars=2, max_copy=12), seed=1) != plain


def test_a_whole_take_of_just_as_many_copied_notes_is_drawn_again(
    tiny: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although none of its bars was a copy while it was drawn."""
    plain = tiny.generate(Controls(bars=2), seed=1)
    index = _Index(1, notes=12, resolution=plain.resolution)
    monkeypatch.setattr(LoadedModel, "copy_index", lambda _: index)
    assert tiny.generate(Controls(bars=2, max_copy=13), seed=1) == plain
    index.left = 1
    assert tiny.generate(Controls(bars=2, max_copy=12), seed=1) != plain


def test_variation_changes_how_much_returns() -> None:
    folk = load_model("folk")

    def repeated(variation: float) -> int:
        pieces = folk.generate(Controls(bars=16, variation=variation), seed=1, count=3)
        return sum(len(bars) - len(set(bars)) for bars in map(contents, pieces))

    def contents(score: Score) -> list[tuple[tuple[int, int], ...]]:
        notes = score.parts[0].notes
        return [
            tuple(
                (note.onset - bar.start, note.pitch)
                for note in notes
                if bar.start <= note.onset < bar.end
            )
            for bar in score.bars
        ]

    assert repeated(0.0) > repeated(0.5) > repeated(1.0)


def test_new_notes_wait_for_the_bar_line_unless_the_bar_is_to_be_completed(
    tiny: Model, tmp_path: Path
) -> None:
    prompt = tune("C4 E4 G4 E4|F4 A4")  # two beats short
    plain = tiny.continue_(prompt, bars=2, seed=1)
    line = prompt.bars[1].end
    assert not [note for note in plain.parts[0].notes if prompt.music_end <= note.onset < line]
    filled = [
        tiny.continue_(prompt, seed=seed, controls=Controls(bars=2, complete_bar=True))
        for seed in range(8)
    ]
    assert any(
        prompt.music_end <= note.onset < line for score in filled for note in score.parts[0].notes
    )
    for score in (plain, *filled):
        assert score.parts[0].notes[:6] == prompt.parts[0].notes
        assert score.length == line + 2 * 48
