"""Music that begins later, with the file that it was read from."""

from __future__ import annotations

from small import tune

from symgen.formats import read_midi, write_midi
from symgen.formats.delaying import delayed
from symgen.midi.events import LYRIC, MARKER, META, NAME, TICK, MidiFile, Track, encode_midi
from symgen.midi.layout import lay_out
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, MeterChange


def with_texts() -> bytes:
    """A tune with a name, a volume, a bend, a lyric and a marker."""
    file = lay_out(tune("C5 E5 G5 E5|C5:4"))
    first, second = file.tracks
    texts = [(0, META, MARKER, b"Verse"), (48, META, MARKER, b"Chorus")]
    mine = [
        (0, META, NAME, b"Song"),
        (0, 0xB0, 7, 99),
        (0, META, LYRIC, b"la"),
        (24, 0xE0, 0, 70),
    ]
    tracks = (
        Track(tuple(sorted([*first.events, *texts], key=TICK)), first.end),
        Track(tuple(sorted([*mine, *second.events], key=TICK)), second.end),
    )
    return encode_midi(MidiFile(1, file.division, tracks))


def test_what_a_file_says_moves_with_its_music_but_for_what_it_sets_first() -> None:
    score = delayed(read_midi(with_texts()), 96)
    again = read_midi(write_midi(score))
    assert [note.onset for note in again.parts[0].notes] == [96, 108, 120, 132, 144]
    file = again.source
    assert isinstance(file, MidiFile)
    track = file.tracks[-1]
    assert [(event[0], event[3]) for event in track.events if event[1:3] == (META, LYRIC)] == [
        (96, b"la")
    ]
    assert [event[0] for event in track.events if event[1] == 0xB0] == [0]
    assert [event[0] for event in track.events if event[1] == 0xE0] == [120]
    assert [tick for _, _, tick, _ in file.metas(MARKER)] == [96, 144]
    assert again.length == 96 + 96


def test_maps_move_and_a_pickup_becomes_the_end_of_a_bar() -> None:
    score = tune("G4|C5 E5 G5 E5|C5:3", pickup="1/4")
    late = delayed(score, 84, (12, COMMON_TIME))
    assert not late.has_pickup
    assert late.meters == (MeterChange(0, COMMON_TIME),)
    assert [bar.start for bar in late.bars] == [0, 48, 96, 144]
    assert late.parts[0].notes[0].onset == 84


def test_later_changes_stay_at_their_notes() -> None:
    score = tune("C5:4|D5:3", meter="4/4")
    score = score.with_parts(score.parts)
    changed = delayed(
        score.__class__(
            score.parts,
            score.resolution,
            meters=(MeterChange(0), MeterChange(48, Meter(3, 4))),
            keys=(KeyChange(0, 1), KeyChange(48, 2)),
        ),
        48,
    )
    assert changed.meters == (MeterChange(0), MeterChange(96, Meter(3, 4)))
    assert changed.keys == (KeyChange(0, 1), KeyChange(96, 2))


def test_no_delay_changes_nothing() -> None:
    score = tune("C5:4")
    assert delayed(score, 0) is score
