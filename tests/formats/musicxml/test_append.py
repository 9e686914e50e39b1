"""New bars behind a MusicXML document: what was there stays, byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from documents import BAR, QUARTER, document, edited, measures_of, note, read, with_notes

from symgen.formats import load_score, save_score
from symgen.music.score import KeyChange, Note, Part, Score, TempoChange
from symgen.music.sources import SourcePart, XmlDocument

DATA = Path(__file__).parent / "data"
BARLINE = '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
REPEAT = '<barline location="right"><bar-style>light-heavy</bar-style><repeat direction="backward"/></barline>'
FOUR = note("C4") + note("D4") + note("E4") + note("F4")


def appended(score: Score, *pitches: int, length: int = QUARTER) -> Score:
    """Add notes one after the other behind a score of one part, filled to whole bars."""
    end = score.bars[-1].end
    new = [Note(end + i * length, pitch, length) for i, pitch in enumerate(pitches)]
    bars = -(-(end + len(pitches) * length) // BAR)
    return with_notes(score, [*score.parts[0].notes, *new], bars=bars)


def saved(score: Score, folder: Path) -> Score:
    save_score(score, folder / "out.musicxml")
    return load_score(folder / "out.musicxml")


def test_all_of_the_case_stays(tmp_path: Path) -> None:
    score = load_score(DATA / "full.musicxml")
    before = (DATA / "full.musicxml").read_bytes()
    longer = appended(score, 58, 59, 60, 61)
    after = edited(longer).data
    at = before.rindex(b"</part>")
    assert after.startswith(before[:at])
    assert after.endswith(before[at:])
    assert not edited(longer).lost
    assert saved(longer, tmp_path).parts == longer.parts


def test_a_score_that_was_not_changed_is_its_document(tmp_path: Path) -> None:
    data = (DATA / "full.musicxml").read_bytes()
    assert edited(read(data, tmp_path)).data == data


def test_new_bars_are_written_for_the_transposing_instrument() -> None:
    score = load_score(DATA / "full.musicxml")  # a clarinet in B flat: C4 sounds as B flat 3
    new = measures_of(edited(appended(score, 58, 60)).data)[4]
    assert "<step>C</step><octave>4</octave>" in new
    assert "<step>D</step><octave>4</octave>" in new


def test_the_key_that_holds_spells_and_no_key_is_written_again(tmp_path: Path) -> None:
    data = document([FOUR]).replace(b"<fifths>0", b"<fifths>-4")
    new = measures_of(edited(appended(read(data, tmp_path), 61, 62)).data)[1]
    assert "<key>" not in new
    assert "<step>D</step><alter>-1</alter>" in new
    assert new.count("<accidental>") == 1
    assert "<accidental>natural</accidental>" in new


def test_a_change_of_key_and_tempo(tmp_path: Path) -> None:
    score = appended(
        read(
            document(
                [FOUR],
                more="<transpose><diatonic>-5</diatonic><chromatic>-9</chromatic></transpose>",
            ),
            tmp_path,
        ),
        60,
    )
    tempos = (*score.tempos, TempoChange.of_bpm(BAR, 90))
    changed = replace(score, tempos=tempos, keys=(*score.keys, KeyChange(BAR, -3, True)))
    new = measures_of(edited(changed).data)[1]
    assert "<fifths>0</fifths>" in new  # C minor sounds where an alto saxophone reads A minor
    assert "<mode>minor</mode>" in new
    assert '<sound tempo="90" />' in new


def test_finer_times_make_finer_divisions(tmp_path: Path) -> None:
    score = read(document([FOUR]), tmp_path)
    longer = appended(score, 60, 62, 64, length=QUARTER // 3)
    new = measures_of(edited(longer).data)[1]
    assert "<divisions>6</divisions>" in new
    assert saved(longer, tmp_path).parts == longer.parts


def test_the_final_bar_line_moves_to_the_new_end(tmp_path: Path) -> None:
    score = read(document([FOUR, FOUR + BARLINE]), tmp_path)
    measures = measures_of(edited(appended(score, 60)).data)
    assert [BARLINE in measure.replace(" />", "/>") for measure in measures] == [False, False, True]


def test_a_repeat_stays_where_it_is(tmp_path: Path) -> None:
    measures = measures_of(edited(appended(read(document([FOUR + REPEAT]), tmp_path), 60)).data)
    assert REPEAT in measures[0]
    assert "light-heavy" in measures[1]
    assert "repeat" not in measures[1]


def test_a_last_measure_that_is_short_is_filled_with_rests(tmp_path: Path) -> None:
    data = document([note("G4"), FOUR, FOUR[: FOUR.rindex("<note>")]])
    data = data.replace(b'<measure number="1">', b'<measure number="0" implicit="yes">')
    score = read(data, tmp_path)
    end = score.bars[-1].end
    longer = with_notes(score, [*score.parts[0].notes, Note(end, 60, QUARTER)])
    longer = Score(longer.parts, 480, meters=longer.meters, length=end + BAR, source=longer.source)
    measures = measures_of(edited(longer).data)
    assert measures[2].startswith(measures_of(data)[2].removesuffix("</measure>"))
    assert measures[2].count("<rest") == 1
    assert 'number="4"' in measures[3]
    assert saved(longer, tmp_path).parts == longer.parts


def test_empty_measures_at_the_end_are_filled_first(tmp_path: Path) -> None:
    rest = '<note><rest measure="yes"/><duration>8</duration><voice>1</voice></note>'
    score = read(document([FOUR, rest, rest, rest + BARLINE]), tmp_path)
    longer = Score(
        (score.parts[0].with_notes([*score.parts[0].notes, Note(BAR, 60, BAR), Note(2 * BAR, 62, QUARTER)]),),
        480, length=3 * BAR, source=score.source,
    )  # fmt: skip
    measures = measures_of(edited(longer).data)
    assert len(measures) == 3
    assert "light-heavy" in measures[2]
    assert "<step>C</step>" in measures[1]
    assert saved(longer, tmp_path).parts == longer.parts


def test_a_bar_that_is_not_reached_stays_if_it_holds_a_chord_symbol(tmp_path: Path) -> None:
    harmony = "<harmony><root><root-step>C</root-step></root><kind>major</kind></harmony>"
    score = read(document([FOUR, harmony + note("", 8), note("", 8)]), tmp_path)
    shorter = Score(score.parts, 480, length=BAR, source=score.source)
    assert len(measures_of(edited(shorter).data)) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_the_encoding_stays(encoding: str, tmp_path: Path) -> None:
    text = document([FOUR]).decode().replace("Part 1", "Flöte").replace("UTF-8", encoding)
    data = text.encode(encoding)
    score = read(data, tmp_path)
    assert edited(score).data == data
    longer = edited(appended(score, 60)).data.decode(encoding)
    assert longer.startswith(text[: text.index(" </part>")].rstrip())
    assert "Flöte" in longer


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_indentation_are_those_of_the_document(end: bytes, tmp_path: Path) -> None:
    data = (
        document([FOUR + "\n  "])
        .replace(b"<attributes>", b"\n    <attributes>")
        .replace(b"<note>", b"\n    <note>")
    )
    data = data.replace(b"\n", end)
    new = edited(appended(read(data, tmp_path), 60)).data.partition(b"</measure>")[2]
    lines = (
        b'\n  <measure number="2">\n    <note dynamics="88.8889">\n      <pitch>\n        <step>'
    )
    assert new.startswith(lines.replace(b"\n", end))


def test_both_hands_go_on_in_their_staves_and_voices(tmp_path: Path) -> None:
    right = note("C5", 8, "<staff>1</staff>", voice="1")
    left = note("C3", 8, "<staff>2</staff>", voice="5")
    backup = "<backup><duration>8</duration></backup>"
    score = read(document([right + backup + left], more="<staves>2</staves>"), tmp_path)
    assert [part.notes[0].pitch for part in score.parts] == [72, 48]
    upper, lower = (part.notes[0] for part in score.parts)
    new = [Note(BAR, 74, BAR), Note(BAR, 77, QUARTER)], [Note(BAR, 50, QUARTER)]
    longer = with_notes(score, [upper, *new[0]], [lower, *new[1]], bars=2)
    measure = measures_of(edited(longer).data)[1]
    places = [tag.split("<")[0] for tag in measure.split("<voice>")[1:]]
    assert places[0] == "1"
    assert places[-1] == "5"
    assert measure.count("<staff>2</staff>") == 2  # a quarter, and a dotted half of rest
    assert saved(longer, tmp_path).parts == longer.parts


def test_a_part_that_ended_early_is_filled(tmp_path: Path) -> None:
    score = read(document([FOUR, FOUR], [FOUR]), tmp_path)
    longer = with_notes(
        score, score.parts[0].notes, [*score.parts[1].notes, Note(2 * BAR, 60, QUARTER)], bars=3
    )
    assert [len(measures_of(edited(longer).data, part)) for part in (0, 1)] == [3, 3]
    assert saved(longer, tmp_path).parts == longer.parts


def test_a_drum_is_written_as_the_document_writes_it() -> None:
    drum = (
        "<note><unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched>"
        '<duration>8</duration><instrument id="P1-I36"/><voice>1</voice><notehead>x</notehead></note>'
    )
    listing = (
        '<score-instrument id="P1-I36"><instrument-name>Bass Drum</instrument-name></score-instrument>'
        '<midi-instrument id="P1-I36"><midi-channel>10</midi-channel><midi-unpitched>36</midi-unpitched>'
        "</midi-instrument>"
    )
    source = XmlDocument(
        document([drum], listing=listing), ((0, 1),), (0,), (SourcePart(0, ((0, 35, BAR),)),)
    )
    score = Score((Part((Note(0, 35, BAR),), is_drum=True),), length=BAR, source=source)
    new = measures_of(edited(appended(score, 35)).data)[1]
    assert '<instrument id="P1-I36" />' in new
    assert "<notehead>x</notehead>" in new
    assert "<display-step>E</display-step>" in new


def test_another_program_is_written_into_the_list_of_parts(tmp_path: Path) -> None:
    score = load_score(DATA / "full.musicxml")
    flute = replace(score, parts=(replace(score.parts[0], program=73),))
    assert b"<midi-program>74</midi-program>" in edited(flute).data


def test_one_part_alone_is_a_document_of_one_part(tmp_path: Path) -> None:
    data = document([FOUR, FOUR], [FOUR, note("G3", 8)])
    score = read(data, tmp_path)
    assert isinstance(score.source, XmlDocument)
    alone = replace(score, parts=score.parts[1:], source=score.source.of_parts([1]))
    after = edited(appended(alone, 60)).data
    assert after.count(b"<part id=") == after.count(b"<score-part ") == 1
    assert measures_of(after)[:2] == measures_of(data, 1)
    assert saved(appended(alone, 60), tmp_path).parts == appended(alone, 60).parts


def test_one_hand_alone_has_no_document() -> None:
    parts = tuple(SourcePart(0, ()) for _ in range(3))
    source = XmlDocument(b"", ((0, 1), (0, 2), (1, 1)), (0,), parts)
    assert source.of_parts([0]) is None
    assert source.of_parts([0, 2]) is None
    assert source.of_parts([0, 1]) == replace(
        source, places=((0, 1), (0, 2)), parts=parts[:2], dropped=(1,)
    )


def test_new_notes_are_beamed_and_triplets_bracketed(tmp_path: Path) -> None:
    score = read(document([FOUR]), tmp_path)
    eighths = [Note(BAR + 240 * i, 60, 240) for i in range(2)]
    triplet = [Note(BAR + QUARTER + 160 * i, 62, 160) for i in range(3)]
    new = measures_of(
        edited(with_notes(score, [*score.parts[0].notes, *eighths, *triplet], bars=2)).data
    )[1]
    assert [tag.split("<")[0] for tag in new.split('<beam number="1">')[1:]] == [
        "begin",
        "end",
        "begin",
        "continue",
        "end",
    ]
    assert [tag[:5] for tag in new.split('<tuplet type="')[1:]] == ["start", 'stop"']
