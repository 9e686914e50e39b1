from fractions import Fraction

import pytest

from symgen.corpus.pickup import estimate_pickup, with_pickup
from symgen.formats.midi import read_midi
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import ControlError


def _score(notes, meter):
    return Score((Part(tuple(notes)),), meters=(MeterChange(0, Meter.parse(meter)),))


def _melody(rhythm, meter, *, accents=None):
    time, notes = 0, []
    for i, length in enumerate(rhythm):
        loud = (
            accents is not None and (time - accents) % int(Meter.parse(meter).quarters * 480) == 0
        )
        notes.append(Note(time, 60 + (0, 4, 7, 5)[i % 4], length, 105 if loud else 80))
        time += length
    return _score(notes, meter)


@pytest.mark.parametrize("pickup", [0, 240, 480])
def test_accents_tell_the_bar_lines(pickup):
    score = _melody([240] * 64, "4/4", accents=pickup)
    assert estimate_pickup(score) == Fraction(pickup, 480)


@pytest.mark.parametrize(
    ("rhythm", "meter", "pickup"),
    [
        ([240] + [480, 240] * 15 + [480], "6/8", Fraction(1, 2)),
        ([480, 240] * 16, "6/8", Fraction(0)),
        ([480] + [960, 480, 480] * 7 + [960, 480], "4/4", Fraction(1)),
        ([960, 480, 480] * 8, "4/4", Fraction(0)),
    ],
)
def test_long_notes_stand_on_bar_lines(rhythm, meter, pickup):
    assert estimate_pickup(_melody(rhythm, meter)) == pickup


def test_a_score_without_notes_has_no_pickup():
    assert estimate_pickup(Score()) == 0


def test_with_pickup_moves_the_bar_lines_and_not_the_notes():
    score = _melody([240] * 33, "4/4")
    moved = with_pickup(score, Fraction(1, 2))
    assert moved.has_pickup
    assert moved.parts == score.parts
    assert [(bar.number, bar.start) for bar in moved.bars[:3]] == [(0, 0), (1, 240), (2, 2160)]
    assert str(moved.meters[0].meter) == "1/8"
    assert with_pickup(score, Fraction(0)) is score


@pytest.mark.parametrize("pickup", [Fraction(4), Fraction(1, 7), Fraction(-1)])
def test_with_pickup_refuses_what_is_no_pickup(pickup):
    with pytest.raises(ControlError, match="shorter than a bar"):
        with_pickup(_melody([480] * 8, "4/4"), pickup)


def test_real_tunes_with_mechanical_accents(shared):
    import zipfile

    with zipfile.ZipFile(shared / "corpora" / "cre.zip") as archive:
        score = read_midi(archive.read("FahysJig.mid"))
    assert estimate_pickup(score) == Fraction(1, 2)
