"""The words of a tune come along wherever its notes do: in MIDI and in MusicXML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small import tune

import symgen
from symgen.formats import load_score, losses, read_midi, save_score, write_midi
from symgen.formats.musicxml.marks import lyrics_of
from symgen.midi.events import LYRIC, META, TICK, MidiFile, Track, encode_midi
from symgen.midi.layout import lay_out
from symgen.music.score import Score
from symgen.writing.band_players import BandWish
from symgen.writing.bands import accompany_with_band

WORDS = ("Hap-", "py", "day", "to")
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><work><work-title>Tägliches Lied</work-title></work>
<part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>
<part id="P1"><measure number="0" implicit="yes"><attributes><divisions>2</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef></attributes>
<direction><direction-type><dynamics><p/></dynamics></direction-type></direction>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice><type>quarter</type>
<lyric><syllabic>single</syllabic><text>Oh</text></lyric></note></measure>
<measure number="1"><harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>
<note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration><voice>1</voice><type>half</type>
<lyric><syllabic>begin</syllabic><text>hap</text></lyric></note>
<note><pitch><step>E</step><octave>5</octave></pitch><duration>4</duration><voice>1</voice><type>half</type>
<lyric><syllabic>end</syllabic><text>py</text></lyric></note></measure>
<measure number="2"><note><pitch><step>D</step><octave>5</octave></pitch><duration>8</duration><voice>1</voice>
<type>whole</type><lyric><text>day</text></lyric></note>
<barline location="right"><bar-style>light-heavy</bar-style></barline></measure></part></score-partwise>
"""
SUNG = ["Oh", "hap-", "py", "day"]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "Lied.musicxml"
    path.write_text(PAGE, encoding="utf-8")
    return path


def midi_with_words() -> bytes:
    file = lay_out(tune("C5 E5 G5 E5|C5:4"))
    track = file.tracks[-1]
    words = [(12 * i, META, LYRIC, word.encode()) for i, word in enumerate(WORDS)]
    events = tuple(sorted([*words, *track.events], key=TICK))
    return encode_midi(MidiFile(1, file.division, (*file.tracks[:-1], Track(events, track.end))))


def sung(path: Path) -> list[str]:
    """All words of a file, in the order of its notes."""
    found: list[tuple[int, str]] = []
    for words in lyrics_of(load_score(path)):
        found += words.items()
    return [text for _, text in sorted(found)]


def written(score: Score, folder: Path) -> tuple[Path, Path]:
    paths = folder / "made.mid", folder / "made.musicxml"
    for path in paths:
        save_score(score, path, overwrite=True)
    return paths


@pytest.mark.parametrize("framed", [False, True])
def test_a_band_keeps_the_words_of_a_page(page: Path, tmp_path: Path, framed: bool) -> None:
    before = load_score(page)
    done = accompany_with_band(page, "rock", BandWish(intro=framed, ending=framed), seed=1)
    midi, xml = written(done.score, tmp_path)
    for path in (midi, xml):
        again = load_score(path)
        assert sung(path) == SUNG
        assert [n.pitch for n in again.parts[0].notes] == [n.pitch for n in before.parts[0].notes]
        assert len(again.parts) == len(done.score.parts)
        for mine, other in zip(done.score.parts, again.parts, strict=True):
            scale = again.resolution / done.score.resolution
            onsets = [round(note.onset * scale) for note in mine.notes]
            shift = 0 if framed or path == midi else other.notes[0].onset - onsets[0]
            assert shift == 0
            assert [note.onset for note in other.notes] == onsets
    text = xml.read_text(encoding="utf-8")
    assert "<dynamics><p/></dynamics>" in text
    assert "Tägliches Lied" in text
    assert not losses(done.prompt.score, done.score, xml)


def test_words_of_midi_become_words_of_a_page(tmp_path: Path) -> None:
    score = read_midi(midi_with_words())
    _, xml = written(score, tmp_path)
    assert sung(xml) == list(WORDS)
    assert "<syllabic>begin</syllabic>" in xml.read_text(encoding="utf-8")
    assert not losses(score, score, xml)
    done = symgen.accompany(score, "rock", intro=True, seed=1)
    midi, xml = written(done, tmp_path)
    assert sung(midi) == sung(xml) == list(WORDS)


def test_spaces_part_the_words_of_karaoke() -> None:
    score = read_midi(midi_with_words())
    file = score.source
    assert isinstance(file, MidiFile)
    texts = iter((b"Hap", b"py ", b"day ", b"/to"))
    track = file.tracks[-1]
    events = tuple(
        (event[0], event[1], event[2], next(texts)) if event[1:3] == (META, LYRIC) else event
        for event in track.events
    )
    other = replace(file, tracks=(*file.tracks[:-1], Track(events, track.end)))
    assert list(lyrics_of(replace(score, source=other))[0].values()) == list(WORDS)


@pytest.mark.parametrize("style", [None, "piano"])
def test_harmonies_keep_the_words(page: Path, tmp_path: Path, style: str | None) -> None:
    for source in (load_score(page), read_midi(midi_with_words())):
        done = symgen.harmonize(source, style=style, seed=1, particles=1)
        midi, xml = written(done, tmp_path)
        words = [*lyrics_of(source)[0].values()]
        assert sung(midi) == sung(xml) == words
        assert not [line for line in losses(source, done, xml) if "lyric" in line]


def test_words_stay_where_bars_are_added_or_changed(page: Path, tmp_path: Path) -> None:
    source = read_midi(write_midi(load_score(page)))
    longer = symgen.continue_(source, bars=2, seed=1)
    midi, xml = written(longer, tmp_path)
    assert sung(midi) == sung(xml) == SUNG
