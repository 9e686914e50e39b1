"""The style examples that come along: sections, roles, who can play them, and what makes a style that style."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

import symgen
from symgen.formats import load_score
from symgen.midi.events import MARKER, MidiFile
from symgen.midi.text import decode_text
from symgen.music.chord_symbols import ChordChange, names_chord
from symgen.music.harmony import PlacedChord, placed_symbol
from symgen.music.instruments import program_name
from symgen.music.players import player_of
from symgen.music.score import Note, Part, Score
from symgen.music.theory import MODES

FOLDER = Path(symgen.__file__).parent / "accompanying" / "data" / "styles"
STYLES = (
    "blues-shuffle", "bossa", "country", "disco", "film", "funk", "lo-fi", "pop-ballad", "reggae", "rock", "swing",
    "waltz",
)  # fmt: skip
SECTIONS = {"Intro": (2, 4), "Main A": (4, 4), "Main B": (4, 4), "Fill": (1, 1), "Ending": (2, 4)}
"""In their order, with the fewest and the most bars."""

MAINS = ("Main A", "Main B")
STEP = 40
"""Ticks of a step of the grid of 12 a quarter."""

ROLE = re.compile(r"Drums|Bass|(Chords|Pad|Riff)( [2-9])?")
KICK, SIDE_STICK, SNARE, CLAP, HAT, OPEN_HAT, RIDE = 36, 37, 38, 39, 42, 46, 51
SWUNG = {"swing": {0, 4, 8}, "blues-shuffle": {0, 4, 8}, "lo-fi": {0, 4, 6, 10}}
"""Steps of a quarter that are struck; without swing they are sixteenths."""


@lru_cache
def score_of(style: str) -> Score:
    return load_score(FOLDER / f"{style}.mid")


def markers(score: Score) -> list[tuple[int, str]]:
    assert isinstance(score.source, MidiFile)
    return [(tick, decode_text(text)) for _, _, tick, text in score.source.metas(MARKER)]


@lru_cache
def sections(style: str) -> dict[str, Score]:
    """Return each section from its tick 0 on."""
    score = score_of(style)
    opened = [(tick, text) for tick, text in markers(score) if not text.startswith("Chord: ")]
    ends = [tick for tick, _ in opened[1:]] + [score.length]
    return {
        name: score.slice_ticks(start, end) for (start, name), end in zip(opened, ends, strict=True)
    }


def part(section: Score, name: str) -> Part:
    return next(part for part in section.parts if part.name == name)


def drum_steps(section: Score, *keys: int, bar: int = 0) -> set[int]:
    """Return at which steps of a bar drums are struck."""
    length = section.bars[0].length
    return {
        (note.onset - bar * length) // STEP
        for note in part(section, "Drums").notes
        if note.pitch in keys and note.onset // length == bar
    }


def quarters(*beats: int) -> set[int]:
    """Return the steps of beats that are counted from 1."""
    return {12 * (beat - 1) for beat in beats}


def chord_at(style: str, tick: int) -> PlacedChord:
    """Return over which chord an example sounds: C from the beginning of a section on."""
    found = PlacedChord(0, 0)
    for at, text in markers(score_of(style)):
        if at <= tick:
            name = text.removeprefix("Chord: ")
            found = PlacedChord(at, 0) if name == text else placed_symbol(ChordChange(at, name))
    return found


def test_there_are_twelve() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.iterdir())) == STYLES


@pytest.mark.parametrize("style", STYLES)
def test_sections_are_whole_bars_and_named_as_arrangers_name_them(style: str) -> None:
    assert list(sections(style)) == list(SECTIONS)
    for name, section in sections(style).items():
        fewest, most = SECTIONS[name]
        assert fewest <= len(section.bars) <= most
        assert len({bar.length for bar in section.bars}) == 1
    chords = [text[7:] for _, text in markers(score_of(style)) if text.startswith("Chord: ")]
    assert all(map(names_chord, chords))


@pytest.mark.parametrize("style", STYLES)
def test_parts_are_named_by_their_roles(style: str) -> None:
    parts = score_of(style).parts
    names = [part.name for part in parts]
    assert all(map(ROLE.fullmatch, names))
    assert len(set(names)) == len(names) >= 4
    assert [part.name for part in parts if part.is_drum] == ["Drums"]
    for name, section in sections(style).items():
        for role in ("Drums", "Bass", "Chords"):
            assert part(section, role).note_count, f"{role} in {name}"


@pytest.mark.parametrize("style", STYLES)
def test_notes_lie_on_the_grid_and_in_their_bars(style: str) -> None:
    allowed = SWUNG.get(style, {0, 3, 6, 9})
    for name, section in sections(style).items():
        for one in section.parts:
            assert all(note.onset % STEP == 0 == note.duration % STEP for note in one.notes)
            places = {note.onset // STEP % 12 for note in one.notes}
            assert places <= allowed | ({0, 4, 8} if name in ("Fill", "Intro") else set()), one.name
    cuts = {0}
    for section in sections(style).values():
        cuts.add(max(cuts) + section.length)
    for one in score_of(style).parts:
        for note in one.notes:
            assert not any(note.onset < cut < note.end for cut in cuts), (one.name, note)
    assert max(cuts) == score_of(style).length


@pytest.mark.parametrize("style", STYLES)
def test_each_player_can_play_it(style: str) -> None:
    for one in score_of(style).parts:
        if one.is_drum:
            assert all(35 <= note.pitch <= 81 for note in one.notes)
            continue
        player = player_of(one.program)
        for note in one.notes:
            assert player.easy_low <= note.pitch <= player.easy_high, (one.name, note)
            together = [n.pitch for n in one.notes if n.onset <= note.onset < n.end]
            assert len(set(together)) == len(together), (one.name, note)
            assert player.plays_together(together), (one.name, together)


@pytest.mark.parametrize("style", STYLES)
def test_the_bass_is_low_alone_and_on_the_chord(style: str) -> None:
    score = score_of(style)
    bass = part(score, "Bass")
    assert all(28 <= note.pitch <= 53 for note in bass.notes)
    assert all(before.end <= after.onset for before, after in pairwise(bass.notes))
    beat = score.resolution
    half = 2 * beat if score.bars[0].length == 4 * beat else 3 * beat
    for note in bass.notes:
        chord = chord_at(style, note.onset)
        if note.onset % half == 0:
            assert note.pitch % 12 in chord.pitch_classes, note
    for name, section in sections(style).items():
        lowest = min(n.pitch for one in section.parts if one.name == "Chords" for n in one.notes)
        mean = sum(n.pitch for n in part(section, "Bass").notes) / part(section, "Bass").note_count
        assert mean < lowest, name


@pytest.mark.parametrize("style", STYLES)
def test_mains_sound_over_c(style: str) -> None:
    for name in MAINS:
        for one in sections(style)[name].parts:
            classes = {note.pitch % 12 for note in one.notes if not one.is_drum}
            assert classes <= {*MODES["major"], *MODES["mixolydian"]}, (name, one.name)


@pytest.mark.parametrize("style", STYLES)
def test_the_second_variation_is_fuller(style: str) -> None:
    lighter, fuller = (sections(style)[name] for name in MAINS)
    assert _sound(fuller) > 1.1 * _sound(lighter)
    drums = [part(section, "Drums").notes for section in (lighter, fuller)]
    assert len(drums[1]) > len(drums[0])
    sounding = [sum(bool(one.note_count) for one in each.parts) for each in (lighter, fuller)]
    assert sounding[1] > sounding[0] or style == "rock"
    assert {note.pitch for note in drums[0]} != {note.pitch for note in drums[1]}


def _sound(section: Score) -> int:
    """Return how much sounds: velocities times durations, a stroke of a drum as an eighth."""
    return sum(
        note.velocity * (6 * STEP if one.is_drum else note.duration)
        for one in section.parts
        for note in one.notes
    )


@pytest.mark.parametrize("style", STYLES)
def test_the_ending_closes_on_the_tonic(style: str) -> None:
    ending = sections(style)["Ending"]
    last = [
        (one, note)
        for one in ending.parts
        for note in one.notes
        if note.end > ending.bars[-1].start
    ]
    tonic = chord_at(style, score_of(style).length - 1)
    assert tonic.root == 0
    assert [note.pitch % 12 for one, note in last if one.name == "Bass"][-1] == 0
    colors = (
        {2, 9}
        if markers(score_of(style))[-1][1] in ("Chord: C69", "Chord: C9", "Chord: Cmaj9")
        else set()
    )
    assert {note.pitch % 12 for one, note in last if not one.is_drum} <= {
        *tonic.pitch_classes,
        *colors,
    }
    others = {one.name for one, _ in last}
    assert others >= {"Bass", "Chords"}


@pytest.mark.parametrize("style", STYLES)
def test_the_fill_ends_otherwise_than_the_bar_it_stands_for(style: str) -> None:
    """Its second half leaves the time that is kept, and what it strikes there grows louder."""
    fill, main = sections(style)["Fill"], sections(style)["Main A"]
    middle = fill.bars[0].length // 2
    struck = [
        {(n.onset, n.pitch) for n in part(each, "Drums").notes if middle <= n.onset < 2 * middle}
        for each in (fill, main)
    ]
    assert struck[0] != struck[1]
    drums = [n for n in part(fill, "Drums").notes if n.pitch in (38, 41, 43, 45, 47, 50, 65, 66)]
    late = [n for n in drums if n.onset >= middle]
    assert len(late) >= 3
    assert (
        max(n.velocity for n in late)
        >= max((n.velocity for n in drums if n not in late), default=0) - 14
    )


def test_the_page_has_their_tempos_meters_and_parts() -> None:
    page = (Path(symgen.__file__).parents[1] / "docs" / "playing-styles.md").read_text("utf-8")
    for style in STYLES:
        score = score_of(style)
        parts = ", ".join(
            one.name if one.is_drum else f"{one.name}: {program_name(one.program)}"
            for one in score.parts
        )
        tempo, meter = round(score.tempos[0].bpm), score.meters[0].meter
        assert f"| {style} | {tempo} | {meter} | {parts} |\n" in page


# -- what makes a style that style -------------------------------------------------------------


@pytest.mark.parametrize(
    "style", ["rock", "disco", "funk", "blues-shuffle", "pop-ballad", "lo-fi", "country"]
)
def test_two_and_four_are_accented(style: str) -> None:
    for name in MAINS:
        section = sections(style)[name]
        for bar in range(4):
            backbeat = drum_steps(section, SNARE, SIDE_STICK, bar=bar)
            assert quarters(2, 4) <= backbeat, (name, bar)
        accents = [
            note.onset // STEP % 48
            for note in part(section, "Drums").notes
            if note.pitch in (SNARE, SIDE_STICK) and note.velocity >= 84
            if note.onset < 3 * 48 * STEP  # the last one may lead on
        ]
        assert set(accents) == quarters(2, 4)


@pytest.mark.parametrize("style", ["funk", "blues-shuffle", "rock", "lo-fi", "swing", "waltz"])
def test_ghost_notes_are_soft(style: str) -> None:
    notes = part(score_of(style), "Drums").notes
    assert sum(note.pitch == SNARE and note.velocity <= 42 for note in notes) >= 3


def test_rock_is_straight_eighths() -> None:
    light, full = (sections("rock")[name] for name in MAINS)
    assert drum_steps(light, HAT) == set(range(0, 48, 6))
    assert drum_steps(full, OPEN_HAT, bar=1) == set(range(0, 48, 6))
    assert {note.onset // STEP % 6 for note in part(light, "Bass").notes} == {0}


def test_disco_has_four_on_the_floor_and_an_open_hat_between() -> None:
    for name in MAINS:
        for bar in range(4):
            section = sections("disco")[name]
            assert drum_steps(section, KICK, bar=bar) == quarters(1, 2, 3, 4)
            assert drum_steps(section, OPEN_HAT, bar=bar) == {6, 18, 30, 42}
    bass = part(sections("disco")["Main A"], "Bass").notes[:8]
    assert [note.pitch for note in bass] == [36, 48] * 4


def test_funk_leaves_the_beat_and_has_ninths() -> None:
    for name in MAINS:
        section = sections("funk")[name]
        kick = drum_steps(section, KICK)
        assert 0 in kick
        assert sum(step % 12 != 0 for step in kick) > len(kick) / 2
        classes = {note.pitch % 12 for note in part(section, "Chords").notes}
        assert classes == {2, 4, 7, 10}


def test_reggae_drops_the_first_beat_and_chops_between_beats() -> None:
    light, full = (sections("reggae")[name] for name in MAINS)
    for bar in range(4):
        assert drum_steps(light, KICK, bar=bar) == quarters(2, 4)
        assert drum_steps(full, KICK, bar=bar) == quarters(1, 2, 3, 4)
    assert {note.onset // STEP % 12 for note in part(light, "Chords").notes} == {6}


def test_bossa_has_its_clave_and_a_bass_of_root_and_fifth() -> None:
    for name in MAINS:
        section = sections("bossa")[name]
        for bar in (0, 2):
            assert drum_steps(section, SIDE_STICK, bar=bar) == {0, 18, 36}
            assert drum_steps(section, SIDE_STICK, bar=bar + 1) == {12, 30}
        bass = part(section, "Bass").notes[:4]
        assert [(note.onset // STEP, note.pitch % 12) for note in bass] == [
            (0, 0),
            (18, 7),
            (24, 7),
            (42, 0),
        ]


def test_swing_rides_in_triplets_and_walks() -> None:
    light, full = (sections("swing")[name] for name in MAINS)
    assert drum_steps(light, RIDE) == {0, 12, 20, 24, 36, 44}
    assert drum_steps(full, 44) == quarters(2, 4)
    assert {
        note.duration // STEP for note in part(light, "Bass").notes if note.onset % (96 * STEP) == 0
    } == {24}
    walk = part(full, "Bass").notes
    assert [note.onset // STEP for note in walk] == list(range(0, 4 * 48, 12))
    assert all(0 < abs(before.pitch - after.pitch) <= 7 for before, after in pairwise(walk))


def test_a_shuffle_is_long_and_short_on_every_beat() -> None:
    for name in MAINS:
        section = sections("blues-shuffle")[name]
        cymbals = drum_steps(section, HAT, OPEN_HAT, RIDE, bar=1)
        assert cymbals == {0, 8, 12, 20, 24, 32, 36, 44}
        boogie = {note.pitch for note in part(section, "Riff").notes}
        assert boogie >= {48, 55, 57}


def test_country_goes_from_root_to_fifth_and_strums_between() -> None:
    light, full = (sections("country")[name] for name in MAINS)
    bass = part(light, "Bass").notes[:4]
    assert [(note.onset // STEP % 48, note.pitch % 12) for note in bass] == [(0, 0), (24, 7)] * 2
    assert {note.onset // STEP % 24 for note in part(light, "Chords").notes} == {12, 18}
    assert drum_steps(full, SNARE) == set(range(0, 48, 3))


def test_a_waltz_has_its_bass_on_one_and_chords_on_two_and_three() -> None:
    for name in MAINS:
        section = sections("waltz")[name]
        assert {note.onset // STEP % 36 for note in part(section, "Chords").notes} == {12, 24}
        ones = [
            note.pitch % 12 for note in part(section, "Bass").notes if note.onset // STEP % 36 == 0
        ]
        assert ones == [0, 7, 0, 7]


def test_lo_fi_swings_its_sixteenths() -> None:
    hats = drum_steps(sections("lo-fi")["Main B"], HAT)
    assert {step % 12 for step in hats} == {0, 4, 6, 10}


def test_film_pulses_in_threes_and_twos() -> None:
    riff = part(sections("film")["Main A"], "Riff").notes
    accents = [
        note.onset // STEP for note in riff if note.onset < 48 * STEP and note.velocity >= 84
    ]
    assert accents == [0, 18, 36]
    drums = part(score_of("film"), "Drums").notes
    assert HAT not in {note.pitch for note in drums}


def test_notes_of_chords_are_struck_together() -> None:
    """A hand comes down at once; what is broken lies in parts whose rows begin apart."""
    for style in ("rock", "disco", "funk", "reggae", "bossa", "swing"):
        notes: dict[int, list[Note]] = {}
        for note in part(sections(style)["Main A"], "Chords").notes:
            notes.setdefault(note.onset, []).append(note)
        assert all(len(each) >= 2 for each in notes.values())
