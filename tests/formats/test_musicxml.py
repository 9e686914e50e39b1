"""MusicXML: what is written reads back as the same notes, through another library."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.formats import load_score, save_score
from symgen.formats.music21_streams import to_music21, tune_from_music21
from symgen.formats.musicxml import write_musicxml
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

PIECE = Score(
    (
        Part((Note(0, 62, 240), Note(240, 66, 2000), *(Note(2400 + 160 * i, 64 + i, 160) for i in range(3))), 73),
        Part((Note(0, 40, 600, 70), Note(100, 45, 50, 33), Note(240, 60, 1437, 127), Note(240, 64, 1437, 1)), 42,
             name="Célló & <x>"),
        Part((Note(240, 36, 120, 99), Note(240, 42, 120, 1)), 0, is_drum=True, name="Kit"),
    ),
    480,
    (TempoChange(0, 500_001), TempoChange(1000, 600_000)),
    (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(6, 8)), MeterChange(3120, Meter(3, 4))),
    (KeyChange(0, 2), KeyChange(1680, -3, True)),
    6000,
)  # fmt: skip


def through_music21(score: Score) -> Score:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tune_from_music21(to_music21(score)).score


def test_a_piece_comes_back_equal(tmp_path: Path) -> None:
    save_score(PIECE, tmp_path / "a.musicxml")
    assert load_score(tmp_path / "a.musicxml") == PIECE


def test_the_written_measures() -> None:
    root = Xml.fromstring(write_musicxml(PIECE))  # noqa: S314
    first = root.findall("part")[0].findall("measure")
    assert [m.get("number") for m in first] == ["0", "1", "2", "3", "4"]
    assert first[0].get("implicit") == "yes"
    assert [m.findtext("attributes/time/beats") for m in first] == ["6", None, None, "3", None]
    assert [m.findtext("attributes/key/fifths") for m in first] == ["2", None, "-3", None, None]
    assert first[0].findtext("direction/direction-type/metronome/per-minute") == "119.9998"

    def notes(measure: Xml.Element, *tags: str) -> list[tuple[str | None, ...]]:
        return [tuple(note.findtext(tag) for tag in tags) for note in measure.findall("note")]

    assert notes(first[1], "duration", "type", "pitch/step", "pitch/alter") == [
        ("1440", "half", "F", "1")
    ]
    assert [tie.get("type") for tie in first[1].iter("tie")] == ["start"]
    # 560 ticks are tied from the bar before, 160 rest, three triplet eighths, 240 rest
    assert notes(first[2], "duration", "type", "time-modification/actual-notes") == [
        ("480", "quarter", None),
        ("80", "16th", "3"),
        *[("160", "eighth", "3")] * 4,
        ("240", "eighth", None),
    ]


@given(st.data())
def test_notes_on_a_grid_come_back(data: st.DataObject) -> None:
    times = st.integers(0, 150)
    notes = st.builds(Note, times, st.integers(20, 100), st.integers(1, 100), st.integers(1, 127))
    unique = st.lists(notes, min_size=1, max_size=12, unique_by=lambda n: n.pitch)
    parts = [
        Part(tuple(data.draw(unique)), data.draw(st.integers(0, 127)), name=name)
        for name in ("", "B")
    ]
    meter = data.draw(st.sampled_from([Meter(4, 4), Meter(6, 8), Meter(5, 8), Meter(3, 2)]))
    score = Score(
        tuple(parts),
        12,
        (),
        (MeterChange(0, meter),),
        (KeyChange(0, data.draw(st.integers(-7, 7))),),
    )
    back = through_music21(score)
    assert [p.notes for p in back.with_resolution(12).parts] == [p.notes for p in parts]
    assert back == score


@pytest.mark.parametrize("sharps", [-7, -1, 0, 4, 7])
def test_every_pitch_is_spelled_as_itself(sharps: int) -> None:
    score = Score(
        (Part(tuple(Note(96 * i, i, 96) for i in range(128))),), 96, keys=(KeyChange(0, sharps),)
    )
    assert [n.pitch for n in through_music21(score).parts[0].notes] == list(range(128))


def test_every_program_comes_back() -> None:
    score = Score(tuple(Part((Note(0, 60, 96),), i, name=f"p{i}") for i in range(128)), 96)
    assert [(p.program, p.is_drum) for p in through_music21(score).parts] == [
        (i, False) for i in range(128)
    ]


def test_an_empty_score_is_one_bar_of_rest() -> None:
    root = Xml.fromstring(write_musicxml(Score()))  # noqa: S314
    assert [n.findtext("duration") for n in root.iter("note")] == ["1920"]


def test_a_name_holds_nothing_that_xml_forbids() -> None:
    names = [f"a{chr(code)}b" for code in (0, 7, 0x1B, 0x85, 0xD800, 0xFFFE, 0xFFFF, 0x10FFFF)]
    score = Score((Part((Note(0, 60, 96),), name="".join(names)),), 96, title="\x00Air\x0b")
    root = Xml.fromstring(write_musicxml(score))  # noqa: S314
    assert root.findtext("part-list/score-part/part-name") == " ".join(["a", *["ba"] * 7, "b"])
    assert root.findtext("work/work-title") == "Air"
