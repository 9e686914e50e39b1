"""ABC by its standard: what the small cases of `test_cases` do not reach."""

from __future__ import annotations

import pytest

from symgen.formats.notation import parse_abc_tunes, split_book
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.music.theory import Key

HEAD = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\n"


def read(body: str, head: str = HEAD) -> Score:
    (tune,) = parse_abc_tunes(head + body + "\n")
    assert not tune.problems
    return tune.score


def notes(body: str, head: str = HEAD) -> list[tuple[float, int, float]]:
    score = read(body, head)
    quarter = score.resolution
    return sorted(
        (n.onset / quarter, n.pitch, n.duration / quarter)
        for part in score.parts
        for n in part.notes
    )


def pitches(body: str, head: str = HEAD) -> list[int]:
    return [pitch for _, pitch, _ in notes(body, head)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("^F2 f2 F2 z2|F8|", [66, 78, 66, 65]),  # ABC 2.1, 11.3: in all octaves, to the bar line
        ("%%propagate-accidentals octave\n^F2 f2 F2 z2|", [66, 77, 66]),
        ("%%propagate-accidentals not\n^F2 F2 =B2 B2|", [66, 65, 71, 71]),
        ("{^f}g4 f4|", [79, 78]),
        ("^F4-|F4 F4|", [66, 65]),
        ("^F4-F4|F8|", [66, 65]),
        ("[^FA]4 [FA]4|F8|", [66, 69, 66, 69, 65]),
        ("^F2 [K:C] F2 z4|", [66, 65]),
        ("^F2 [M:4/4] F2 z4|", [66, 66]),
        ("^F8||F8|]", [66, 65]),
        ("^F8:|F8|]", [66, 65]),
        ("^F4 [|] F4|", [66, 66]),
        ("^F4 .| F4|", [66, 66]),
        ("_B,2 __B2 ^^c2 =c2|", [58, 69, 74, 72]),
        ("^F8 & F8|", [65, 66]),
    ],
)
def test_accidentals_hold_to_the_bar_line(body: str, found: list[int]) -> None:
    assert pitches(body) == found


@pytest.mark.parametrize(
    ("key", "scale"),
    [
        ("HP", [61, 62, 64, 66, 67, 69, 71, 73]),
        ("D =c", [60, 62, 64, 66, 67, 69, 71, 72]),
        ("C ^f_b", [60, 62, 64, 66, 67, 69, 70, 72]),
        ("Am ^g", [60, 62, 64, 65, 68, 69, 71, 72]),
        ("A exp ^c", [61, 62, 64, 65, 67, 69, 71, 73]),
        ("none ^f", [60, 62, 64, 66, 67, 69, 71, 72]),
        ("F# mix", [61, 63, 64, 66, 68, 70, 71, 73]),
        ("Em clef=bass octave=-1", [48, 50, 52, 54, 55, 57, 59, 60]),
        ("C treble-8", [48, 50, 52, 53, 55, 57, 59, 60]),
        ("G major clef=bass-8", [48, 50, 52, 54, 55, 57, 59, 60]),
        ("C transpose=2", [62, 64, 66, 67, 69, 71, 73, 74]),
        ("bass", [60, 62, 64, 65, 67, 69, 71, 72]),
        ("Cb", [59, 61, 63, 64, 66, 68, 70, 71]),
    ],
)
def test_keys_and_clefs(key: str, scale: list[int]) -> None:
    assert pitches("CDEF GABc|", HEAD.replace("K:C", f"K:{key}")) == scale


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "g4 f4|e6 e2 && d8|c6 c2|",
            [(0, 74, 4), (0, 79, 2), (2, 77, 2), (4, 72, 3), (4, 76, 3), (7, 72, 1), (7, 76, 1)],
        ),
        ("C4 D4 & E8 & G8|", [(0, 60, 2), (0, 64, 4), (0, 67, 4), (2, 62, 2)]),
        ("C8|X2|D8|", [(0, 60, 4), (12, 62, 4)]),
        ("[CE]4-C4|", [(0, 60, 4), (0, 64, 2)]),
        ("z4 C4|-C4 z4|", [(2, 60, 4)]),
        ("(3:2:2C/>D/ z7|", [(0, 60, 0.25), (0.25, 62, 1 / 12)]),
        ("D4-|1 D8:|2 D8|]", [(0, 62, 6)]),
    ],
)
def test_time(body: str, found: list[tuple[float, int, float]]) -> None:
    tune = parse_abc_tunes(HEAD + body + "\n")[0]
    quarter = tune.score.resolution
    read_notes = sorted(
        (n.onset / quarter, n.pitch, n.duration / quarter) for n in tune.score.parts[0].notes
    )
    assert read_notes == [pytest.approx(note) for note in found]


@pytest.mark.parametrize(
    ("field", "bpm"),
    [("1/4=100", 100), ("3/8=60", 90), ('"Fast" 1/2=60', 120), ("1/4 3/8=40", 100), ("100", 50), ("C3=40", 60),
     ('"Allegro"', 120), ("1/4=88.5", 88.5)],
)  # fmt: skip
def test_tempos(field: str, bpm: float) -> None:
    assert read("C8|", HEAD.replace("K:", f"Q:{field}\nK:")).tempos[0].bpm == pytest.approx(
        bpm, abs=1e-3
    )


def test_a_tempo_within() -> None:
    score = read("C4 [Q:1/4=60] D4|")
    assert [(change.tick, round(change.bpm)) for change in score.tempos] == [(0, 120), (960, 60)]


def test_meters() -> None:
    def meters(field: str) -> list[Meter]:
        return [c.meter for c in read("CDEFG|CDEFG|", HEAD.replace("M:4/4", f"M:{field}")).meters]

    assert meters("2+3/8") == meters("(2+3)/8") == meters("none") == [Meter(5, 8)]


def test_programs_and_drums() -> None:
    head = HEAD.replace("K:C", "%%MIDI program 40\nK:C")
    score = read(
        "V:1 name=Fiddle\nC8|\nV:2\n%%MIDI program 3 12\nE8|\nV:Kit\n%%MIDI channel 10\nC8|", head
    )
    found = [(part.name, part.program, part.is_drum) for part in score.parts]
    assert found == [("Fiddle", 40, False), ("", 12, False), ("Kit", 40, True)]


def test_a_missing_bar_line_is_put_where_the_other_voices_have_it() -> None:
    (tune,) = parse_abc_tunes(HEAD + "V:1\nC8|D8|E8|\nV:2\nC8 D8|E8|\n")
    first, second = tune.score.parts
    assert first.notes == second.notes
    assert tune.problems == ("bar 1: a bar line that other voices have was put into one",)


def test_words_between_and_within() -> None:
    book = (
        "M:3/4\n\nWords before.\n\nX:1\nT:One\nL:1/4\nK:C\nCDE|\n\nA tune that I heard as a child | in Cork.\n\n"
        "  X:2\nT:Caf\\'e &amp; Bar\nL:1/4\nK:D\nFFF|\nthis is no music\n\nFFF|\n"
    )
    first, second = parse_abc_tunes(book)
    assert (first.score.note_count, second.score.note_count) == (3, 6)
    assert [str(tune.score.meters[0].meter) for tune in (first, second)] == ["3/4", "3/4"]
    assert (second.title, second.key) == ("Café & Bar", Key(2, "major"))
    assert second.problems == ("a line that is no music was passed over: 'this is no music'",)
    assert [piece.split("\n")[0] for piece in split_book(book)] == ["X:1", "X:2"]


def test_values_out_of_range_are_told() -> None:
    for body in ("c" + 7 * "'" + "8|", "C,,,,,,,8|", "^/c8|"):
        (tune,) = parse_abc_tunes(HEAD + body + "\n")
        assert tune.score.note_count == 1
        assert tune.problems == (
            "1 notes between the keys, or out of the range of MIDI, were moved to the nearest",
        )


@pytest.mark.parametrize(
    "body", ["C0|", "C/0|", "(0CDE|", "Z9999|", "L:0\nC|", "[1-100 C8|", "V:1 transpose=999\nC8|"]
)
def test_numbers_without_sense_are_refused(body: str) -> None:
    (tune,) = parse_abc_tunes(HEAD + body + "\n")
    assert tune.unreadable
    assert tune.score.note_count == 0


def test_a_rest_that_only_holds_a_fermata_takes_no_time() -> None:
    score = read("C8 Hx||E8|]")
    assert [(n.onset, n.pitch) for n in score.parts[0].notes] == [(0, 60), (1920, 64)]


def test_a_bar_of_four_times_its_meter_is_told() -> None:
    (tune,) = parse_abc_tunes(HEAD + "C8|D32|E8|\n")
    assert tune.problems == ("bar 2: 16 quarters instead of 4",)
    assert not parse_abc_tunes(HEAD + "C16 D16\n")[0].problems  # without bar lines
