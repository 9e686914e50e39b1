"""Tunes with chord symbols go on with symbols: in every format, named as the tune names its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import pytest
from small import TINY, Vocabulary, random_model, random_score, tune

from symgen.formats import load_score, save_score
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord, only_changes, placed_symbol
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.nets.inference import InferenceNet
from symgen.writing.generator import Generator
from symgen.writing.infilling import infill
from symgen.writing.symbols import symbols_on_grid, with_symbols
from symgen.writing.varying import vary

BAR = 48
G = Key(7, "major")
LINE = "G4 A4 B4 D5|E5 D5 C5 B4|A4 B4 C5 A4|B4 G4 G4:2"
ABC = """X:1
M:4/4
L:1/4
K:G
"G"G A B d|"C"e d c B|"D7"A B c A|"G"B G G2|]
"""
KERN = """**kern\t**mxhm
*M4/4\t*
*k[f#]\t*
*G:\t*
=1\t=1
4g\tG major
4a\t.
4b\t.
4dd\t.
=2\t=2
4ee\tC major
4dd\t.
4cc\t.
4b\t.
=3\t=3
4a\tD dominant
4b\t.
4cc\t.
4a\t.
=4\t=4
1g\tG major
==\t==
*-\t*-
"""
NAMES = ["G", "C", "D7", "G"]


@pytest.fixture(scope="module")
def planned() -> Generator:
    """A network of several parts that is told a plan."""
    config = replace(TINY, fixed=(), voices=3, timing=True, plans=True)
    made = random_model(config, vocabulary=Vocabulary(12, moves=True))
    info = {**made.info, "monophonic": False, "monophonic_parts": True}
    return Generator(InferenceNet(made), info)


@pytest.fixture(scope="module")
def plain() -> Generator:
    """A network that knows nothing of chords."""
    made = random_model(TINY)
    return Generator(InferenceNet(made), made.info)


def named(*names: str, every: int = BAR, at: int = 0) -> tuple[ChordChange, ...]:
    return tuple(ChordChange(at + every * i, name) for i, name in enumerate(names))


def lead() -> Score:
    return replace(tune(LINE), chords=named(*NAMES))


def names(score: Score, start: int = 0) -> list[str]:
    return [chord.name for chord in score.chords if chord.tick >= start]


# -- what stands over new bars ---------------------------------------------------------


def test_kinds_are_written_as_the_tune_writes_them() -> None:
    old = named("Gmin", "Cmi", "Fmin", "A-7b5", "BbΔ")
    chords = [PlacedChord(5 * BAR, 0, "m"), PlacedChord(6 * BAR, 3, "maj7")]
    whole = replace(tune("|".join(["G4:4"] * 8)), chords=old)
    found = with_symbols(whole, chords, (5 * BAR, 8 * BAR), Key(10, "major"))
    assert names(found, 5 * BAR) == ["Cmin", "EbΔ"]
    assert found.chords[:5] == old


def test_a_bass_is_written_where_the_tune_writes_some() -> None:
    chords = [PlacedChord(2 * BAR, 7, "", 11), PlacedChord(3 * BAR, 7)]
    whole = tune("|".join(["G4:4"] * 4))
    bare = with_symbols(replace(whole, chords=named("C", "F")), chords, (2 * BAR, 4 * BAR), G)
    assert names(bare, 2 * BAR) == ["G"]
    slashed = replace(whole, chords=named("C/E", "F"))
    assert names(with_symbols(slashed, chords, (2 * BAR, 4 * BAR), G), 2 * BAR) == ["G/B", "G"]


def test_the_chord_that_held_behind_is_named_again() -> None:
    whole = replace(tune("|".join(["G4:4"] * 4)), chords=named("G", "D7"))
    found = with_symbols(whole, [PlacedChord(0, 0)], (2 * BAR, 3 * BAR), G)
    assert found.chords == named("G", "D7", "C", "D7")
    # A chord that goes on is not named twice, and keeps the name that it had.
    same = with_symbols(whole, [PlacedChord(0, 2, "7")], (2 * BAR, 3 * BAR), G)
    assert same.chords == named("G", "D7")


def test_a_tune_without_symbols_gets_none(planned: Generator, plain: Generator) -> None:
    for model in (planned, plain):
        assert next(model.continuations(tune(LINE), seed=1)).score.chords == ()
        assert infill(tune(LINE), (2, 3), model=model, seed=1).score.chords == ()


# -- going on --------------------------------------------------------------------------


def test_the_plan_goes_on_from_the_symbols(planned: Generator) -> None:
    take = next(planned.continuations(lead(), seed=3, controls=Controls(bars=3)))
    there = symbols_on_grid(lead(), 12)
    assert take.header.chords[: len(there)] == there
    assert take.score.chords[:4] == named(*NAMES)
    # Basses are left out, as the tune has none.
    plan = [replace(one, bass=one.root) for one in take.header.chords if one.at >= 144]
    found = [replace(placed_symbol(one), at=one.tick) for one in take.score.chords[3:]]
    assert tuple(found) == only_changes(plan)
    *_, streamed = planned.stream(Controls(bars=3), tune=lead(), seed=3)
    assert streamed.chords == take.score.chords


def test_few_symbols_say_little_of_the_chords(planned: Generator) -> None:
    long = "|".join([LINE] * 5)
    sparse = replace(tune(long), chords=named("F#"))
    take = next(planned.continuations(sparse, seed=1, controls=Controls(bars=2)))
    assert take.header.chords[0].root != 6
    assert take.score.chords[:1] == sparse.chords
    assert len(take.score.chords) > 1


def test_chords_are_found_for_a_melody_where_the_tune_changes_them(plain: Generator) -> None:
    for seed in range(4):
        take = next(plain.continuations(lead(), seed=seed, controls=Controls(bars=4)))
        assert take.score.chords[:4] == named(*NAMES)
        new = take.score.chords[4:]
        assert all(chord.tick % BAR == 0 for chord in new)
        # Kinds and basses that the tune has, and plain ones.
        assert {placed_symbol(chord).quality for chord in new} <= {"", "m", "7"}
        *_, streamed = plain.stream(Controls(bars=4), tune=lead(), seed=seed)
        assert streamed.chords == take.score.chords


def test_symbols_over_bars_without_notes_stay(planned: Generator) -> None:
    ahead = replace(lead(), length=6 * BAR, chords=named(*NAMES, "Em", "A7"))
    take = next(planned.continuations(ahead, seed=1, controls=Controls(bars=4)))
    assert take.score.chords[:6] == named(*NAMES, "Em", "A7")
    steps = [chord for chord in take.header.chords if 192 <= chord.at < 288]
    assert [(one.at, one.root, one.quality) for one in steps] == [(192, 4, "m"), (240, 9, "7")]
    assert all(chord.tick >= 6 * BAR for chord in take.score.chords[6:])


def test_a_chart_takes_the_place_of_the_plan(planned: Generator) -> None:
    controls = Controls(bars=2, chords="| Am D7 |")
    take = next(planned.continuations(lead(), seed=1, controls=controls))
    assert names(take.score, 4 * BAR) == ["Am", "D7", "Am", "D7"]


# -- bars in the middle ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["planned", "plain"])
def test_symbols_are_the_plan_of_bars_that_are_written_anew(
    kind: str, request: pytest.FixtureRequest
) -> None:
    model: Generator = request.getfixturevalue(kind)
    assert infill(lead(), (2, 3), model=model, seed=1).score.chords == named(*NAMES)
    assert vary(lead(), model=model, seed=1).score.chords == named(*NAMES)
    late = replace(tune("|".join([LINE] * 4)), chords=named(*NAMES, at=8 * BAR))
    assert infill(late, (2, 3), model=model, seed=1).score.chords == late.chords
    # Far behind a symbol it tells no chords: they are drawn, named, and what held goes on behind them.
    long = replace(tune("|".join([LINE] * 5)), chords=named(*NAMES))
    for seed in range(4):
        found = infill(long, (14, 17), model=model, seed=seed).score.chords
        assert found[:4] == long.chords
        assert all(13 * BAR <= chord.tick <= 17 * BAR for chord in found[4:])
        assert placed_symbol(found[-1]).root == 7


def test_symbols_stay_where_other_parts_go_on_beneath(planned: Generator) -> None:
    many = replace(random_score(5, parts=3, bars=4), chords=())
    many = replace(many, chords=named(*NAMES, every=many.bars[0].length))
    assert infill(many, (2, 3), model=planned, seed=1, part=1).score.chords == many.chords


# -- formats ---------------------------------------------------------------------------


def text_midi(kind: str) -> bytes:
    """Return a MIDI file that names its chords in texts or markers alone."""
    file, track = mido.MidiFile(), mido.MidiTrack()
    file.tracks.append(track)
    for bar in range(4):
        track.append(mido.MetaMessage(kind, text=["G", "C", "D7", "G"][bar]))
        for pitch in (67, 71, 74, 71):
            track.append(mido.Message("note_on", note=pitch, velocity=80))
            track.append(mido.Message("note_off", note=pitch, velocity=0, time=480))
    path = Path("chords.mid")
    file.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["abc", "kern", "musicxml", "xf", "text", "marker"])
@pytest.mark.parametrize("suffix", [".mid", ".musicxml", ".abc"])
def test_every_format_holds_them(
    kind: str, suffix: str, plain: Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind in ("text", "marker"):
        before = load_score(text_midi(kind))
    elif kind == "kern":
        before = load_score(KERN.encode())
    else:
        written = tmp_path / f"in{'.mid' if kind == 'xf' else f'.{kind}'}"
        save_score(load_score(ABC.encode()), written)
        before = load_score(written)
    assert names(before) == NAMES
    after = next(plain.continuations(before, seed=2, controls=Controls(bars=4))).score
    assert len(after.chords) > 4
    out = tmp_path / f"out{suffix}"
    save_score(after, out)
    again = load_score(out)
    quarters = [(chord.tick / again.resolution, chord.name) for chord in again.chords]
    assert quarters == [(chord.tick / after.resolution, chord.name) for chord in after.chords]


TWO = """<score-partwise version="4.0"><part-list><score-part id="A"><part-name>a</part-name></score-part>
<score-part id="B"><part-name>b</part-name></score-part></part-list>
<part id="A">{a}</part><part id="B">{b}</part></score-partwise>"""
HARMONY = "<harmony><root><root-step>{}</root-step></root><kind>major</kind></harmony>"
NOTE = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>{}</duration></note>"


def two_parts() -> bytes:
    """Return a document whose second part has the chord symbols, two in a bar."""
    time = "<time><beats>4</beats><beat-type>4</beat-type></time>"
    attributes = f"<attributes><divisions>2</divisions>{time}</attributes>"
    bars: dict[str, list[str]] = {"a": [], "b": []}
    for number in range(1, 5):
        opening = f'<measure number="{number}">{attributes if number == 1 else ""}'
        bars["a"].append(f"{opening}{NOTE.format('G', 4)}{NOTE.format('A', 4)}</measure>")
        second = (
            f"{HARMONY.format('C')}{NOTE.format('E', 4)}{HARMONY.format('G')}{NOTE.format('D', 4)}"
        )
        bars["b"].append(f"{opening}{second}</measure>")
    return TWO.format(a="".join(bars["a"]), b="".join(bars["b"])).encode()


def test_symbols_stand_in_the_part_that_has_them(planned: Generator) -> None:
    before = load_score(two_parts())
    for seed in range(3):
        longer = next(planned.continuations(before, seed=seed, controls=Controls(bars=4))).score
        data = longer.to_bytes("musicxml")
        assert load_score(data).chords == longer.chords
        assert data.split(b'<part id="B">')[0].count(b"<harmony>") == 0


def test_a_document_whose_symbols_stay_keeps_every_byte() -> None:
    score = load_score(two_parts())
    assert score.to_bytes("musicxml") == two_parts()
    changed = replace(score, chords=(*score.chords[:2], ChordChange(score.bars[3].start, "F#m7")))
    data = changed.to_bytes("musicxml")
    assert load_score(data).chords == changed.chords
    assert data.split(b"<measure")[1] == two_parts().split(b"<measure")[1]
