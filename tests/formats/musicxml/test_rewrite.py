"""Changed measures of a MusicXML document: what hangs on notes stays with them, or is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from documents import (
    BAR,
    QUARTER,
    document,
    edited,
    lyric,
    measures_of,
    notations,
    note,
    read,
    slur,
    with_notes,
)

from symgen.formats import load_score, save_score
from symgen.formats.musicxml.reading import read_document, walk_measure
from symgen.formats.musicxml.tree import parse
from symgen.music.score import Note, Part, Score
from symgen.music.sources import SourcePart, XmlDocument

STACCATO = notations("<articulations><staccato/></articulations>")
SONG = (
    note("C4", 2, slur("start") + lyric("la"))
    + note("D4", 2, slur("stop") + lyric("lu"))
    + note("E4", 2, STACCATO)
    + note("F4", 2, lyric("li"))
)
PLAIN = note("G4", 8)
WORDS = "<direction><direction-type><words>dolce</words></direction-type></direction>"


def changed(score: Score, gone: Iterable[int] = (), new: Iterable[Note] = ()) -> Score:
    """Take notes out of a score of one part, by their place, and put others in."""
    kept = [one for place, one in enumerate(score.parts[0].notes) if place not in set(gone)]
    return with_notes(score, [*kept, *new])


def check(score: Score, folder: Path) -> str:
    """Return the first measure of the written document, which reads back as the score; all others are as before."""
    save_score(score, folder / "out.musicxml", overwrite=True)
    data = (folder / "out.musicxml").read_bytes()
    assert load_score(folder / "out.musicxml").parts == score.parts
    assert isinstance(score.source, XmlDocument)
    assert measures_of(data)[1:] == measures_of(score.source.data)[1:]
    return measures_of(data)[0]


def test_another_pitch_keeps_the_place_of_the_note(tmp_path: Path) -> None:
    score = read(document([SONG, PLAIN]), tmp_path)
    varied = changed(score, [1], [Note(QUARTER, 63, QUARTER)])
    assert check(varied, tmp_path) == measures_of(document([SONG, PLAIN]))[0].replace(
        "<step>D</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice>",
        "<step>E</step><alter>-1</alter><octave>4</octave></pitch><duration>2</duration><voice>1</voice>"
        "<accidental>flat</accidental>",
    ).replace("<step>E</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice>",
              "<step>E</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice>"
              "<accidental>natural</accidental>")  # fmt: skip
    assert not edited(varied).lost


def test_what_hung_on_a_note_that_is_gone_is_counted(tmp_path: Path) -> None:
    varied = changed(read(document([SONG, PLAIN]), tmp_path), [1, 2])
    measure = check(varied, tmp_path)
    assert edited(varied).lost == {"lyric": 1, "slur": 1, "articulation": 1}
    assert "slur" not in measure  # a slur of one note is none
    assert measure.count("<rest") == 1
    assert "<text>la</text>" in measure


def test_words_and_signs_go_to_the_note_that_begins_there_now(tmp_path: Path) -> None:
    halves = [Note(0, 60, QUARTER // 2), Note(QUARTER // 2, 72, QUARTER // 2)]
    varied = changed(read(document([SONG, PLAIN]), tmp_path), [0], halves)
    first = check(varied, tmp_path).split("</note>")[0]
    assert "<type>eighth</type>" in first
    assert "<text>la</text>" in first
    assert '<slur type="start" number="1"/>' in first
    assert not edited(varied).lost


def test_a_slur_ends_at_the_note_before_where_its_last_is_gone(tmp_path: Path) -> None:
    text = note("C4", 2, slur("start")) + note("D4") + note("E4", 2, slur("stop")) + note("F4")
    varied = changed(read(document([text, PLAIN]), tmp_path), [2])
    notes = check(varied, tmp_path).split("</note>")
    assert ['"stop"' in one for one in notes[:4]] == [False, True, False, False]
    assert not edited(varied).lost


def test_a_slur_into_the_next_bar_is_not_torn(tmp_path: Path) -> None:
    data = document([note("C4", 4) + note("D4", 4, slur("start")), note("E4", 8, slur("stop"))])
    varied = changed(read(data, tmp_path), [1])
    assert '"start"' in check(varied, tmp_path).split("</note>")[0]


def test_a_grace_note_goes_with_its_note(tmp_path: Path) -> None:
    grace = "<note><grace/><pitch><step>B</step><octave>4</octave></pitch><voice>1</voice></note>"
    score = read(document([note("C4") + grace + note("D4") + note("E4", 4), PLAIN]), tmp_path)
    assert "<grace" in check(changed(score, [1], [Note(QUARTER, 65, 240)]), tmp_path)
    without = changed(score, [1])
    assert "<grace" not in check(without, tmp_path)
    assert edited(without).lost == {"grace note": 1}


def test_chords_lose_and_get_notes(tmp_path: Path) -> None:
    chord = note("C4", 8, lyric("la")) + note("E4", 8, before="<chord/>")
    score = read(document([chord, PLAIN]), tmp_path)
    lower = check(changed(score, [0]), tmp_path)
    assert "<chord" not in lower
    assert "<text>la</text>" in lower
    more = check(changed(score, [], [Note(0, 67, BAR)]), tmp_path)
    assert more.count("<chord/>") == 2
    assert more.count("<text>la</text>") == 1


def test_a_direction_stays_at_its_time(tmp_path: Path) -> None:
    score = read(document([note("C4", 4) + WORDS + note("D4", 4), PLAIN]), tmp_path)
    measure = check(changed(score, [0, 1], [Note(0, 64, BAR)]), tmp_path).encode()
    before = read_document(score.source.data).parts[0].measures[0].before  # type: ignore[union-attr]
    places = {place.element.tag: place.onset for place in walk_measure(parse(measure), before)}
    assert places["direction"] == Fraction(2)


def test_the_other_voice_keeps_every_byte(tmp_path: Path) -> None:
    low = note("C3", 4, "<stem>down</stem>", voice="2") + note(
        "D3", 4, "<stem>down</stem>", voice="2"
    )
    backup = "<backup><duration>8</duration></backup>"
    score = read(document([SONG + backup + low, PLAIN]), tmp_path)
    place = next(i for i, one in enumerate(score.parts[0].notes) if one.pitch == 62)
    assert low in check(changed(score, [place], [Note(QUARTER, 62, 240)]), tmp_path)


def test_new_notes_come_into_rests_and_more_voices(tmp_path: Path) -> None:
    score = read(document([note("C4", 4) + note("", 4), PLAIN]), tmp_path)
    into_rest = check(changed(score, [], [Note(3 * QUARTER, 64, QUARTER)]), tmp_path)
    assert "<voice>2" not in into_rest
    above = check(changed(score, [], [Note(QUARTER, 72, 2 * QUARTER)]), tmp_path)
    assert "<voice>2</voice>" in above


def test_a_step_forward_stays_one() -> None:
    forward = "<forward><duration>2</duration></forward>"
    rows = ((0, 60, QUARTER), (QUARTER, 62, 2 * QUARTER))
    source = XmlDocument(
        document([note("C4", 2) + note("D4", 4) + forward]), ((0, 1),), (0,), (SourcePart(0, rows),)
    )
    score = Score(
        (Part(tuple(Note(*row) for row in ((0, 64, 240), (480, 62, 960)))),),
        length=BAR,
        source=source,
    )
    measure = measures_of(edited(score).data)[0]
    assert forward in measure
    assert measure.count("<rest") == 1


def test_a_changed_rhythm_is_beamed_anew(tmp_path: Path) -> None:
    beam = '<type>eighth</type><beam number="1">{}</beam>'
    pair = note("C4", 1, beam.format("begin")) + note("D4", 1, beam.format("end"))
    score = read(document([pair + note("E4", 2) + note("F4", 4), PLAIN]), tmp_path)
    one = check(changed(score, [1]), tmp_path)
    assert "<beam" not in one
    two = check(
        changed(score, [2], [Note(QUARTER, 64, 240), Note(QUARTER + 240, 65, 240)]), tmp_path
    )
    assert two.count("<beam") == 4


def test_a_tie_that_leads_nowhere_goes(tmp_path: Path) -> None:
    tie = '<tie type="{0}"/>'
    first = note("C4", 8).replace("<voice>", tie.format("start") + "<voice>")
    second = note("C4", 8).replace("<voice>", tie.format("stop") + "<voice>")
    score = read(document([first, second]), tmp_path)
    assert len(score.parts[0].notes) == 1
    shorter = with_notes(score, [Note(0, 60, BAR)])
    save_score(shorter, tmp_path / "out.musicxml")
    assert load_score(tmp_path / "out.musicxml").parts == shorter.parts
    assert "<tie " not in (tmp_path / "out.musicxml").read_text()


def test_a_note_over_the_bar_line_is_tied(tmp_path: Path) -> None:
    score = read(document([SONG, PLAIN]), tmp_path)
    longer = with_notes(
        score,
        [
            *score.parts[0].notes[:3],
            Note(3 * QUARTER, 65, 2 * QUARTER),
            Note(BAR + QUARTER, 67, QUARTER),
        ],
    )
    save_score(longer, tmp_path / "out.musicxml")
    assert load_score(tmp_path / "out.musicxml").parts == longer.parts


def test_an_empty_tag_is_filled(tmp_path: Path) -> None:
    data = document([PLAIN, "", PLAIN]).replace(
        b'<measure number="2"></measure>', b'<measure number="2"/>'
    )
    score = read(data, tmp_path)
    filled = changed(score, [], [Note(BAR, 60, QUARTER)])
    save_score(filled, tmp_path / "out.musicxml")
    assert load_score(tmp_path / "out.musicxml").parts == filled.parts


TRIPLETS = "".join(note(f"{step}4", 2) for step in "CDEFGA")
TWO_HANDS = (
    "<backup><duration>{0}</duration></backup>" + note("C3", 4, "<staff>2</staff>", voice="5")
    + note("", 4, "<staff>2</staff>", voice="5")
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_any_change_reads_back(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)  # noqa: S311 - music, no secret
    chord = note("C4", 4) + note("E4", 4, before="<chord/>") + WORDS + note("", 1) + note("F#4", 3)
    hands = TWO_HANDS.format(8)
    upper = [
        text.replace("<voice>1</voice>", "<voice>1</voice><staff>1</staff>")
        for text in (SONG, chord, SONG)
    ]
    data = document([text + hands for text in upper], more="<staves>2</staves>")
    score = read(data, tmp_path)
    parts = []
    for part in score.parts:
        kept = [one for one in part.notes if rng.random() < 0.6]
        moved = [
            replace(one, pitch=one.pitch + 1)
            for one in part.notes
            if one not in kept and rng.random() < 0.5
        ]
        tried = [
            Note(rng.randrange(36) * 160, rng.randrange(40, 90), rng.choice((160, 240, 480, 1000)))
            for _ in range(6)
        ]
        for one in tried:
            apart = all(
                one.pitch != old.pitch or one.end <= old.onset or old.end <= one.onset
                for old in kept + moved
            )
            if apart and one.end <= 3 * BAR:
                moved.append(one)
        parts.append([*kept, *moved])
    varied = with_notes(score, *parts)
    save_score(varied, tmp_path / "out.musicxml")
    assert [part.notes for part in load_score(tmp_path / "out.musicxml").parts] == [
        p.notes for p in varied.parts
    ]
