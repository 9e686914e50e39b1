"""Notation files through the child process, and music21's own tune books."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from symgen.formats import load_score, load_tune, save_score
from symgen.formats.notation import Tune, parse_abc_tunes, read_tunes, tune_from_json, tune_to_json
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared" / "conformance"

JIG = """X:7
T:The Test
T:another name
M:6/8
L:1/8
R:Jig
Q:3/8=100
K:D
A|"D"dAF DFA|ded cBA|1 dcd efg|f2d d2:|2 dcd efg|fed d2||
g|f2f {a}gfe|ded (3cBA c|dcd- d3|d5:|
"""
A_NOTES = [(0, 69), (240, 74), (480, 69), (720, 66), (960, 62), (1200, 66), (1440, 69)]


def test_a_jig_by_hand() -> None:
    tune = parse_abc_tunes(JIG)[0]
    score = tune.score
    assert (tune.title, tune.number, tune.rhythm, tune.key, tune.problems) == (
        "The Test",
        "7",
        "jig",
        Key(2, "major"),
        (),
    )
    assert [(m.tick, str(m.meter)) for m in score.meters] == [(0, "1/8"), (240, "6/8")]
    assert [t.microseconds for t in score.tempos] == [400_000]
    assert [(k.sharps, k.minor) for k in score.keys] == [(2, False)]
    assert [(b.number, b.start) for b in score.bars] == [
        (0, 0),
        *((i + 1, 240 + 1440 * i) for i in range(8)),
    ]
    notes = score.parts[0].notes
    assert [(n.onset, n.pitch) for n in notes[:7]] == A_NOTES
    # the second ending only: its last bar is cut by the pickup of the next section
    bar_4 = [
        (n.onset, n.pitch, n.duration)
        for n in notes
        if score.bars[4].start <= n.onset < score.bars[4].end
    ]
    assert bar_4 == [
        (4560, 78, 240),
        (4800, 76, 240),
        (5040, 74, 240),
        (5280, 74, 480),
        (5760, 79, 240),
    ]
    triplet = [
        (n.onset, n.duration) for n in notes if 240 + 1440 * 5 + 720 <= n.onset < 240 + 1440 * 6
    ]
    assert triplet == [(8160, 160), (8320, 160), (8480, 160), (8640, 240)]
    assert [(n.onset, n.duration) for n in notes[-2:]] == [(9360, 960), (10320, 1200)]


def test_the_jig_played() -> None:
    score = parse_abc_tunes(JIG, "played")[0].score
    assert [b.number for b in score.bars] == list(range(17))
    assert {b.length for b in score.bars[1:]} == {1440}
    notes = [(n.onset, n.pitch) for n in score.parts[0].notes]
    again = 1440 * 4
    assert notes[:7] == A_NOTES
    assert [(tick + again, pitch) for tick, pitch in A_NOTES] == [
        n for n in notes if again <= n[0] <= again + 1440
    ]


def test_a_bad_tune_does_not_lose_the_others() -> None:
    broken = "X:8\nT:Broken\nM:4/4\nL:1/8\nK:C\n(((3: [ |[ & $$\n"
    book = f"{JIG}\n{broken}\nX:9\nT:Wrong\nM:4/4\nL:1/4\nK:Am\nABcd|ABc|ABcd|ABcd|\n"
    tunes = parse_abc_tunes(book)
    assert [t.number for t in tunes] == ["7", "8", "9"]
    assert (tunes[1].score.note_count, tunes[2].score.note_count) == (0, 15)
    assert tunes[2].problems == ("bar 2: 3 quarters instead of 4",)
    assert tunes[2].key == Key(9, "minor")


@pytest.mark.parametrize(
    ("text", "key"),
    [("Gmix", Key(7, "mixolydian")), ("F# minor", Key(6, "minor")), ("Bb", Key(10, "major")),
     ("Edor % x", Key(4, "dorian")),
     ("Dm clef=treble", Key(2, "minor")), ("none", None), ("HP", None), ("Glydian", Key(7, "lydian"))],
)  # fmt: skip
def test_keys_of_abc(text: str, key: Key | None) -> None:
    assert parse_abc_tunes(f"X:1\nM:2/4\nL:1/8\nK:{text}\nABcd|ABcd|\n")[0].key == key


def test_two_voices_and_chords_of_abc() -> None:
    text = "X:1\nM:2/4\nL:1/4\nK:C\nV:1\nc d|[ce] f|\nV:2\nC2|D2|\n"
    score = parse_abc_tunes(text)[0].score
    assert [[(n.onset, n.pitch, n.duration) for n in p.notes] for p in score.parts] == [
        [(0, 72, 480), (480, 74, 480), (960, 72, 480), (960, 76, 480), (1440, 77, 480)],
        [(0, 60, 960), (960, 62, 960)],
    ]


def test_abc_in_a_child_process(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    path.write_bytes((JIG + JIG.replace("The Test", "Caf\xe9")).encode("latin-1"))
    tunes = read_tunes(path)
    assert [t.title for t in tunes] == ["The Test", "Café"]
    assert [t.count for t in tunes] == [2, 2]
    assert replace(tunes[0], count=1) == parse_abc_tunes(JIG)[0]
    assert load_tune(path) == tunes[0]
    assert load_score(path) == tunes[0].score


def test_tunes_survive_json() -> None:
    for tune in (parse_abc_tunes(JIG)[0], Tune(Score(), problems=("x",))):
        assert tune_from_json(tune_to_json(tune)) == tune


def test_a_part_for_a_transposing_instrument_sounds() -> None:
    score = load_score(DATA / "72a-TransposingInstruments.xml")
    # a trumpet in B flat, a horn in E flat and a piano, all sounding a C major scale
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    assert [[n.pitch for n in part.notes] for part in score.parts] == [scale, scale, scale]


def test_an_unfinished_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.mxl", "w") as archive:
        archive.writestr("a.txt", "x")
    for name, data, message in [
        (
            "text.xml",
            b"hello",
            r"text\.xml: is no well-formed XML \(syntax error: line 1, column 0\)",
        ),
        (
            "other.musicxml",
            b"<html></html>",
            r"other\.musicxml: is no partwise MusicXML \(its root is <html>\)",
        ),
        (
            "other.krn",
            b"hello",
            r"other\.krn: line 1 comes before any \*\*kern column; check the file's type",
        ),
        ("empty.abc", b"", r"empty\.abc: is empty \(0 bytes\)"),
        ("zip.mxl", b"PK nothing", r"zip\.mxl: is no compressed MusicXML file"),
        ("a.mxl", None, r"a\.mxl: holds no MusicXML"),
    ]:
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(FormatError, match=message) as caught:
            load_score(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(FormatError, match=r"gone\.krn: no such file"):
        read_tunes(tmp_path / "gone.krn")


def test_a_hanging_reader_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.krn"
    path.write_text("**kern\n*M4/4\n" + "=\n1c\n" * 500 + "*-\n")
    with pytest.raises(FormatError, match=r"a\.krn: took more than 0\.01 s to read"):
        read_tunes(path, timeout=0.01)
    with pytest.raises(ControlError, match="repeats 'twice': use one of written, played"):
        read_tunes(path, repeats="twice")


@pytest.mark.parametrize(
    ("folder", "files", "most"),
    [("oneills1850", 1, 5), ("ryansMammoth", 12, 2), ("airdsAirs", 1, 1), ("miscFolk", 1, 4)],
)
def test_old_tune_books_fill_their_bars(folder: str, files: int, most: int) -> None:
    """Most printed tunes are flawless; where one is not, the flaw is in the book's own text."""
    from music21.common import getCorpusFilePath

    paths = sorted((getCorpusFilePath() / folder).glob("*.abc"))[:files]
    text = "\n".join(path.read_text(encoding="latin-1") for path in paths)
    tunes = [
        parse_abc_tunes(piece)[0] for piece in text.split("\nX:")[1:13] for piece in ["X:" + piece]
    ]
    assert len(tunes) >= 10
    assert all(tune.score.note_count > 20 for tune in tunes)
    assert sum(bool(tune.problems) for tune in tunes) <= most
    for tune in tunes:
        if not tune.problems:
            score = tune.score
            bar = score.bars[1].meter.bar_ticks(score.resolution)
            assert {b.length for b in score.bars[1:]} == {bar}
            assert score.bars[0].length <= bar


@pytest.mark.skipif(not SHARED.exists(), reason="the shared conformance files are not here")
def test_kern_and_compressed_files() -> None:
    kern = next(SHARED.glob("krn/*/*single_voice_example.krn"))
    assert [str(m.meter) for m in read_tunes(kern)[0].score.meters] == ["2/2"]
    assert load_score(next(SHARED.glob("musicxml/*/flute_scale_with_png.mxl"))).note_count == 8


def test_chords_of_old_abc() -> None:
    notes = parse_abc_tunes("X:1\nM:4/4\nL:1/4\nK:C\n+C2E2+ G2|c4|\n")[0].score.parts[0].notes
    assert [(n.onset, n.pitch, n.duration) for n in notes] == [
        (0, 60, 960),
        (0, 64, 960),
        (960, 67, 960),
        (1920, 72, 1920),
    ]


@pytest.mark.parametrize("change", ["|\nM:3/4\nK:D\n", "|[M:3/4][K:D]", "||\nK:D\nM:3/4\n|"])
def test_changes_of_meter_and_key_within_abc(change: str) -> None:
    tune = parse_abc_tunes(f"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc{change}cde|fga|\n")[0]
    assert [(m.tick, m.meter) for m in tune.score.meters] == [(0, Meter(4, 4)), (3840, Meter(3, 4))]
    assert [(k.tick, k.sharps) for k in tune.score.keys] == [(0, 0), (3840, 2)]
    assert [n.pitch for n in tune.score.parts[0].notes][8:] == [73, 74, 76, 78, 79, 81]
    assert tune.problems == ()


HEAD = "X:1\nM:6/8\nL:1/8\nK:D\n"


@pytest.mark.parametrize(
    ("body", "meters", "bars", "played"),
    [
        ("d2A F2A|", ["6/8"], [1], 1),
        ("A|d2A F2A|", ["1/8", "6/8"], [0, 1], 2),
        ("A|:d2A F2A:|", ["1/8", "6/8"], [0, 1], 3),
        ("A|d3-d3", ["1/8", "6/8"], [0, 1], 2),
        ("d2A F2A|d3 c3|", ["6/8"], [1, 2], 2),
        ("A|d2A F2A|d3 c2|", ["1/8", "6/8"], [0, 1, 2], 3),
        ("A|:d2A F2A|d3 c2A:|", ["1/8", "6/8"], [0, 1, 2], 5),
        ("d2A F2A d3 c3", ["6/8"], [1, 2], 2),
        ("d2A F4 d3 c2", ["6/8"], [1, 2], 2),
    ],
)
def test_short_abc_keeps_its_bar_lines(
    body: str, meters: list[str], bars: list[int], played: int
) -> None:
    tune = parse_abc_tunes(f"{HEAD}{body}\n")[0]
    assert [str(m.meter) for m in tune.score.meters] == meters
    assert [b.number for b in tune.score.bars] == bars
    assert tune.problems == ()
    assert len(parse_abc_tunes(f"{HEAD}{body}\n", "played")[0].score.bars) == played


def test_a_broken_first_tune_says_why(tmp_path: Path) -> None:
    path = tmp_path / "a.abc"
    path.write_text(f"X:3\nT:Broken\nM:4/4\nL:1/8\nK:C\n(((3: [ |[ & $$\n\n{JIG}")
    with pytest.raises(
        FormatError, match=r"a\.abc: tune 3 cannot be read: \w+.*; correct it"
    ) as caught:
        load_score(path)
    assert "\n" not in str(caught.value)


def test_titles_and_keys_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.abc").write_text("X:1\nT:The  Air\nM:2/4\nL:1/8\nK:Ddor\nABcd|\n")
    tune = load_tune(tmp_path / "a.abc")
    assert (tune.title, tune.score.title, tune.key, tune.count) == (
        "The Air",
        "The Air",
        Key(2, "dorian"),
        1,
    )
    for name in ("b.musicxml", "b.mid"):
        save_score(tune.score, tmp_path / name)
        assert load_score(tmp_path / name).title == "The Air"
    assert load_tune(tmp_path / "b.mid").key is None
    save_score(replace(tune.score, keys=(), title=""), tmp_path / "c.musicxml")
    nameless = load_tune(tmp_path / "c.musicxml")
    assert (nameless.title, nameless.key) == ("", None)
    (tmp_path / "d.krn").write_text(
        "!!!OTL: The Air\n**kern\n*M2/4\n*k[]\n*a:\n=1\n4c\n4d\n==\n*-\n"
    )
    tune = load_tune(tmp_path / "d.krn")
    assert (tune.score.title, tune.key) == ("The Air", Key(9, "minor"))
