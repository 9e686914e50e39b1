"""symusic and MusPy objects: the same music both ways, and the caller's object untouched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symgen import formats
from symgen.formats import load_score
from symgen.formats.exchange import from_muspy, from_symusic, to_muspy, to_symusic
from symgen.midi.events import MidiFile
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import FormatError

PIECE = Score(
    (
        Part((Note(0, 60, 241, 90), Note(100, 60, 240, 1), Note(3000, 67, 99)), 40, name="笛"),
        Part((Note(7, 36, 10),), is_drum=True),
        Part(name="silent"),
    ),
    220,
    (TempoChange(0, 600_001), TempoChange(480, 250_000)),
    (MeterChange(0, Meter(6, 8)), MeterChange(660, Meter(4, 4))),
    (KeyChange(0, -3, True), KeyChange(660, 4)),
)
EVERYTHING = Path(__file__).parent / "data" / "cases" / "everything.mid"


@pytest.fixture(scope="module")
def symusic() -> Any:
    return pytest.importorskip("symusic")


@pytest.fixture(scope="module")
def muspy() -> Any:
    return pytest.importorskip("muspy")


# -- symusic -----------------------------------------------------------------------------


@pytest.mark.usefixtures("symusic")
def test_symusic_both_ways() -> None:
    made = to_symusic(PIECE)
    before = made.copy()
    assert load_score(made) == from_symusic(made) == PIECE
    assert load_score(formats.to_symusic(PIECE)) == PIECE
    assert made == before


@pytest.mark.parametrize("unit", ["quarter", "second"])
def test_symusic_in_other_units_of_time(unit: str, symusic: Any) -> None:
    made = symusic.Score(96)
    made.tracks.append(symusic.Track("A", 7, False))
    made.tempos.append(symusic.Tempo(0, 60))
    made.tracks[0].notes.extend([symusic.Note(48, 24, 60, 64), symusic.Note(96, 192, 62, 64)])
    score = load_score(made.to(unit))
    assert score.parts == (Part((Note(48, 60, 24, 64), Note(96, 62, 192, 64)), 7, name="A"),)
    assert (score.resolution, score.tempos) == (96, (TempoChange(0, 1_000_000),))


def test_a_file_that_symusic_read_has_the_same_notes(symusic: Any) -> None:
    """It makes two tracks of a channel that changes its program."""
    score = load_score(EVERYTHING)
    other = load_score(symusic.Score(EVERYTHING))
    first, second = (sorted(n for p in one.parts for n in p.notes) for one in (score, other))
    assert first == second


@pytest.mark.usefixtures("symusic")
def test_what_else_a_file_says_comes_along_to_symusic() -> None:
    score = load_score(EVERYTHING)
    made = to_symusic(score)
    lead = made.tracks[0]
    assert [(c.number, c.value) for c in lead.controls][-2:] == [(64, 127), (64, 0)]
    assert [bend.value for bend in lead.pitch_bends] == [2000, 0]
    assert [text.text for text in lead.lyrics] == ["Hel", "lo ", "world ", "sing"]
    back = load_score(made)
    assert to_symusic(back) == made
    assert isinstance(back.source, MidiFile)


def test_symusic_pedals_alone_become_controllers(symusic: Any) -> None:
    made = to_symusic(PIECE)
    made.tracks[1].pedals.append(symusic.Pedal(10, 90))
    again = to_symusic(load_score(made))
    assert [(c.time, c.number, c.value) for c in again.tracks[1].controls] == [
        (10, 64, 127),
        (100, 64, 0),
    ]
    assert len(again.tracks[0].controls) == 0


def test_symusic_with_values_that_no_music_has(symusic: Any) -> None:
    silent = symusic.Score(480)
    with pytest.raises(FormatError, match=r"symusic .*: holds no notes"):
        load_score(silent)
    assert load_score(silent, allow_empty=True).parts == ()
    odd = to_symusic(PIECE)
    odd.time_signatures[0].denominator = 6
    with pytest.raises(FormatError, match=r"symusic\.Score: cannot be read \(meter 6/6"):
        load_score(odd)
    early = symusic.Score(480)
    early.tracks.append(symusic.Track())
    early.tracks[0].notes.append(symusic.Note(-5, 0, 60, 0))
    assert load_score(early).parts[0].notes == (Note(0, 60, 1, 1),)


def test_a_symusic_track_is_no_whole_piece(symusic: Any) -> None:
    with pytest.raises(FormatError, match=r"is no whole piece; pass a symusic\.Score"):
        load_score(symusic.Track())


# -- MusPy -------------------------------------------------------------------------------


@pytest.mark.usefixtures("muspy")
def test_muspy_both_ways() -> None:
    piece = Score(PIECE.parts, 220, (TempoChange(0, 600_001),), PIECE.meters, PIECE.keys, title="Ü")
    music = to_muspy(piece)
    before = music.to_ordered_dict()
    assert load_score(music) == from_muspy(music) == piece
    assert load_score(formats.to_muspy(piece)) == piece
    assert music.to_ordered_dict() == before


def test_muspy_writes_what_we_read(muspy: Any, tmp_path: Path) -> None:
    """Through MusPy's own JSON, which other tools read."""
    muspy.save_json(tmp_path / "piece.json", to_muspy(PIECE))
    assert load_score(muspy.load_json(tmp_path / "piece.json")) == PIECE


@pytest.mark.usefixtures("muspy")
def test_what_else_a_file_says_comes_along_to_muspy() -> None:
    music = to_muspy(load_score(EVERYTHING))
    assert [lyric.lyric for lyric in music.lyrics] == ["Hel", "lo ", "world ", "sing"]
    said = [note.annotation for note in music.tracks[0].annotations]
    assert said[-2:] == [{"number": 64, "value": 127}, {"number": 64, "value": 0}]
    assert to_muspy(load_score(music)).to_ordered_dict() == music.to_ordered_dict()


def test_muspy_chords_keys_and_annotations(muspy: Any) -> None:
    music = muspy.Music(
        resolution=24,
        key_signatures=[
            muspy.KeySignature(0, root=2, mode="dorian"),
            muspy.KeySignature(24, root=9, mode="minor"),
        ],
        tracks=[muspy.Track(chords=[muspy.Chord(24, [60, 64], 12, 70)])],
        annotations=[muspy.Annotation(0, "A", "marker"), muspy.Annotation(0, {"odd": 1})],
    )
    score = load_score(music)
    assert score.parts[0].notes == (Note(24, 60, 12, 70), Note(24, 64, 12, 70))
    assert score.keys == (KeyChange(0, 0), KeyChange(24, 0, True))
    assert score.resolution == 24
    assert isinstance(score.source, MidiFile)


def test_muspy_with_values_that_no_music_has(muspy: Any) -> None:
    with pytest.raises(FormatError, match=r"muspy Music: holds no notes"):
        load_score(muspy.Music())
    fast = muspy.Music(tempos=[muspy.Tempo(0, 0)])
    keyless = muspy.Music(key_signatures=[muspy.KeySignature(0)])
    for music, message in [(fast, "tempo 0"), (keyless, "a key signature without root")]:
        with pytest.raises(FormatError, match=message):
            load_score(music, allow_empty=True)
    with pytest.raises(FormatError, match=r"Track: is no whole piece; pass a muspy\.Music"):
        load_score(muspy.Track())


def test_objects_have_doors_of_their_own() -> None:
    assert formats.from_symusic(to_symusic(PIECE)) == PIECE
    assert formats.from_muspy(to_muspy(PIECE)) == load_score(to_muspy(PIECE))
    for read, other in ((formats.from_symusic, to_muspy(PIECE)), (formats.from_muspy, None)):
        with pytest.raises(FormatError, match=r"is no object of (symusic|muspy); load_score"):
            read(other)
