"""The rules of sound: what is read, what stands in for what, who sits where, what is rendered."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgen.audio.balance import RANGES, _gains_together, balanced_volumes
from symgen.audio.decoding import PlainWav, _short, _sound_bytes, find_plain_wav
from symgen.audio.performance import (
    NOTE_OFF,
    NOTE_ON,
    Performance,
    Playing,
    alone,
    note_messages,
)
from symgen.audio.players import Player, find_players
from symgen.audio.presets import choose_presets, note_presets, preset_pitches
from symgen.audio.reading import _CLIPPED, _check, _on_plateaus, _to_floats, read_samples
from symgen.audio.rendering import RenderOptions, _check_length, _loop_frames, stem_paths
from symgen.audio.seats import Seat, _pans
from symgen.audio.soundfonts import GENERAL_MIDI, Soundfont, nearest_program
from symgen.music.meter import Meter
from symgen.music.roles import Role
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError, FormatError, RenderError

RATE = 8000


# -- reading -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("floating", "width", "data", "values"),
    [
        (False, 1, b"\x00\x80\xc0\xff", [-1, 0, 0.5, 127 / 128]),
        (False, 2, struct.pack("<2h", -(2**15), 2**14), [-1, 0.5]),
        (False, 3, b"\x00\x00\x80\x00\x00\x40", [-1, 0.5]),
        (False, 4, struct.pack("<2i", -(2**31), 2**30), [-1, 0.5]),
        (True, 4, struct.pack("<2f", 0.25, -2.0), [0.25, -2]),
        (True, 8, struct.pack("<2d", 0.25, -2.0), [0.25, -2]),
    ],
)
def test_samples_of_every_width(
    floating: bool, width: int, data: bytes, values: list[float]
) -> None:
    wav = PlainWav(RATE, 1, floating, width, 3, len(values))
    (block,) = wav.blocks(io.BytesIO(b"xxx" + data))
    assert block[:, 0].tolist() == values
    stereo = PlainWav(RATE, 2, floating, width, 0, len(values) // 2)
    assert [b.shape for b in stereo.blocks(io.BytesIO(data))] == [(len(values) // 2, 2)]


def wave(tag: int, channels: int, align: int, bits: int, more: bytes = b"", size: int = 8) -> bytes:
    layout = struct.pack("<HHIIHH", tag, channels, RATE, RATE * align, align, bits) + more
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout
    chunks += b"odd " + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks) + 8) + b"WAVE" + chunks + bytes(8)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (wave(1, 2, 4, 16), (2, False, 2, 2)),
        (wave(3, 1, 4, 32), (1, True, 4, 2)),
        (wave(0xFFFE, 1, 2, 16, bytes(8) + b"\1\0" + bytes(14)), (1, False, 2, 4)),
        (wave(2, 1, 2, 16), None),
        (wave(3, 1, 2, 16), None),
        (wave(1, 2, 2, 16), "damaged"),
        (wave(1, 0, 0, 16), "damaged"),
        (wave(1, 2, 4, 16, size=9), (2, False, 2, 2)),
        (wave(1, 2, 4, 16, size=10), "breaks off, 80%"),
        (b"RIFX" + bytes(20), None),
    ],
)
def test_heads_of_wav_files(data: bytes, found: Any) -> None:
    if isinstance(found, str):
        with pytest.raises(FormatError, match=found):
            find_plain_wav(io.BytesIO(data), "x")
        return
    wav = find_plain_wav(io.BytesIO(data), "x")
    facts = wav and (wav.channels, wav.floating, wav.width, wav.frames)
    assert facts == found
    assert wav is None or (wav.rate, wav.start) == (RATE, len(data) - 8)


@pytest.mark.parametrize(
    ("stated", "there", "riff", "found"),
    [
        (100, 100, 136, 100),
        (100, 200, 136, 100),
        (101, 100, 136, 100),
        # a size that was never filled in, if the whole file says so too
        (0, 100, 0, 100),
        (0xFFFFFFFF, 100, 0xFFFFFFFF, 100),
        (0x7FFFFFFF, 100, 100, 100),
        (0, 100, 36, 0),
        (0, 0, 0, 0),
    ],
)
def test_bytes_of_sound(stated: int, there: int, riff: int, found: int) -> None:
    assert _sound_bytes("x", stated, there, riff) == found
    with pytest.raises(FormatError, match="breaks off, 0% of its sound"):
        _sound_bytes("x", 0xFFFFFFFF, 0, 36)


def test_what_a_library_says_is_made_short() -> None:
    opening = "Error opening <_io.BufferedReader name=0>: "
    assert _short(f"{opening}File is bad.") == "File is bad."
    assert _short("Format not recognised.") == "is no recording of a kind that is read"
    assert len(_short("x" * 300)) == 200


@pytest.mark.parametrize(
    ("rate", "channels", "frames", "words"),
    [
        (4000, 1, 1, ""),
        (3999, 1, 1, "samples a second"),
        (384_000, 1, 1, ""),
        (384_001, 1, 1, "samples a second"),
        (8000, 32, 1, ""),
        (8000, 33, 1, "33 channels"),
        (8000, 1, 80_000, ""),
        (8000, 1, 80_001, "0:10 minutes"),
        (8000, 1, 8000 * 125, "2:05 minutes or more, up to 0:10 minutes"),
    ],
)
def test_limits_of_a_recording(rate: int, channels: int, frames: int, words: str) -> None:
    if words:
        with pytest.raises(FormatError, match=words):
            _check("x", rate, channels, frames, 10.0)
    else:
        _check("x", rate, channels, frames, 10.0)


def test_a_recording_of_too_many_samples() -> None:
    _check("x", 384_000, 32, 2**26, 1e9)
    with pytest.raises(FormatError, match="export one channel"):
        _check("x", 384_000, 32, 2**26 + 1, 1e9)


def test_whole_numbers_have_a_full_scale() -> None:
    for kind, row, values in (
        ("u1", [0, 128, 255], [-1, 0, 127 / 128]),
        ("i1", [-128, 64], [-1, 0.5]),
        ("u2", [0, 49152], [-1, 0.5]),
        ("i4", [-(2**31), 2**30], [-1, 0.5]),
    ):
        assert _to_floats(np.array(row, dtype=kind)).tolist() == values


def test_plateaus() -> None:
    """Samples that are equal to both neighbors, above 0.98 of full scale."""
    for row, count in (
        ([1, 1, 1], 1),
        ([1, 1, 1, 1], 2),
        ([1, 1], 0),
        ([-1, -1, -1], 1),
        ([0.98, 0.98, 0.98], 0),
        ([0.981] * 3, 1),
        ([1, 1, 0.99], 0),
    ):
        assert _on_plateaus(np.array(row, dtype=np.float32)[:, None]) == count
    assert _CLIPPED == 0.002


def test_one_of_several_channels_is_taken_where_they_cancel() -> None:
    """With 0.65 of the other, turned round, the mix keeps 0.03 of the power, less than a tenth of 1.42 / 4."""
    time = np.arange(16000) / 16000
    left = np.sin(2 * np.pi * 100 * time) * 0.5
    for share, taken in ((-0.9, True), (-0.65, True), (-0.6, False), (0.0, False)):
        found = read_samples(np.stack([share * left, left], axis=1), 16000)
        assert any("channel 2 alone" in notice for notice in found.notices) == taken
        expected = left if taken else (1 + share) / 2 * left
        assert np.abs(found.samples - expected).max() < 1e-5
    assert (found.rate, found.seconds, found.name) == (16000, 1.0, "the audio")
    bad = left.copy()
    bad[:160] = np.nan
    assert read_samples(bad, 16000).notices == (
        "160 samples are no numbers; they were taken for silence",
    )
    bad[:161] = np.nan
    with pytest.raises(FormatError, match="161 of its samples are no numbers"):
        read_samples(bad, 16000)
    for rate in (3999, 384_001, True, "x"):
        with pytest.raises(ControlError, match="rate"):
            read_samples(left, rate)  # type: ignore[arg-type]
    assert read_samples(np.zeros((10, 32)), 16000).samples.shape == (10,)
    with pytest.raises(ControlError, match=r"pass audio\.T"):
        read_samples(np.zeros((10, 33)), 16000)


# -- presets and seats -------------------------------------------------------------------


def font(*presets: tuple[int, int]) -> Soundfont:
    return Soundfont(Path("x.sf2"), dict.fromkeys(presets, "name"))


@pytest.mark.parametrize(
    ("program", "present", "found"),
    [
        (5, (5, 6), 5),
        (5, (4, 6), 6),
        (5, (3, 6), 6),
        (5, (4, 7), 4),
        (105, (25, 0), 25),
        (105, (26, 3), 3),
        (5, (129, 40), 40),
        (5, (), None),
    ],
)
def test_the_nearest_program(program: int, present: tuple[int, ...], found: int | None) -> None:
    assert nearest_program(program, frozenset(present)) == found


def test_presets_that_are_missing_are_replaced() -> None:
    parts = (
        Part((Note(0, 60, 480),), 5),
        Part((Note(0, 61, 480),), 6),
        Part((Note(0, 36, 480),), 9, is_drum=True),
        Part((), 100),
    )
    messages = note_messages(Score(parts), RATE)
    made, notices = choose_presets(messages, font((0, 5), (128, 3), (128, 8)))
    assert [preset for preset, _ in note_presets(made)] == [(0, 5), (0, 5), (128, 3)]
    assert len(notices) == 1
    assert notices[0].startswith("x.sf2 holds no ")
    assert notices[0].endswith(" (5) plays instead")
    made, notices = choose_presets(messages, font((0, 5)))
    assert notices[-1] == "x.sf2 holds no drum kit: the drums are left out"
    assert len(note_messages(Score(parts), RATE)) - len(made) == 2
    made, notices = choose_presets(messages, font((128, 9)))
    assert [preset for preset, _ in note_presets(made)] == [(128, 9)]
    assert all(notice.endswith("is left out") for notice in notices)
    bank = messages.copy()
    bank["first"][0] = 3
    _, notices = choose_presets(bank, font((0, 5), (0, 6), (128, 9)))
    assert notices[0].endswith("of bank 3: that of bank 0 plays instead")


def test_pitches_of_presets_the_most_usual_first() -> None:
    notes = [Note(480 * i, 60 + i, 480) for i in range(10)]
    notes += [Note(480 * (10 + i), 69, 480) for i in range(2)]
    found = preset_pitches(note_messages(Score((Part(tuple(notes), 7),)), RATE))
    assert found == {(0, 7): [69, 60, 61, 62, 63, 64, 65, 66]}


def player(channel: int, power: float, program: int = 40, bank: int = 0) -> Player:
    return Player(channel, (bank, program), power, -30.0)


@pytest.mark.parametrize(
    ("players", "pans"),
    [
        ([player(0, 1)], {0: 0}),
        ([player(0, 1), player(9, 1, 0, 128)], {0: 0, 9: 0}),
        ([player(0, 1), player(1, 1)], {0: -0.5, 1: 0.5}),
        # the first is louder than the next two, which both go to the other side
        ([player(0, 3), player(1, 1), player(2, 1)], {0: -0.5, 1: 0.7, 2: 0.4}),
        ([player(0, 1), player(1, 2), player(2, 1)], {0: -0.7, 1: 0.5, 2: -0.4}),
        # bass and drums lean to the softer side, the drums after the bass
        ([player(0, 2), player(1, 1), player(2, 1, 33)], {0: -0.5, 1: 0.5, 2: 0.3}),
        ([player(0, 1), player(1, 2), player(2, 1, 58)], {0: -0.5, 1: 0.5, 2: -0.3}),
        ([player(0, 1), player(1, 1), player(9, 1, 0, 128)], {0: -0.5, 1: 0.5, 9: -0.1}),
        (
            [player(0, 2), player(1, 1), player(2, 9, 43), player(9, 1, 0, 128)],
            {0: -0.5, 1: 0.5, 2: 0.3, 9: -0.1},
        ),
    ],
)
def test_pans(players: list[Player], pans: dict[int, float]) -> None:
    assert _pans(players, set()) == pytest.approx(pans)


def test_pans_that_are_told_are_left_alone() -> None:
    assert _pans([player(0, 1), player(1, 1)], {0}) == {1: -0.5}


def together(*levels: float) -> list[float]:
    return _gains_together([Player(i, (0, 40), 1.0, level) for i, level in enumerate(levels)])


def test_without_a_tune_levels_come_near_their_median() -> None:
    """4 dB either way stay."""
    assert together(-30, -30) == [0, 0]
    assert together(-34, -30, -26) == [0, 0, 0]
    assert together(-30, -30, -24) == [0, 0, -2]
    assert together(-36, -30, -30) == [2, 0, 0]
    assert together() == []


def voice(role: Role, loudness: float) -> Player:
    return Player(0, (0, 40), 1.0, -30.0, loudness, role)


def test_parts_are_brought_into_the_range_of_their_role() -> None:
    low, high = RANGES["chords"]
    tune = voice("melody", -30)
    for loudness, gain in ((-30 + high, 0), (-30, high), (-30 + low, 0), (-30 + low - 2, 2)):
        volumes = balanced_volumes([tune, voice("chords", loudness)])
        expected = None if not gain else round(100 * 10 ** (gain / 40))
        assert volumes == [None, expected]
    # A controller of 127 is 4.15 dB above 100, and what needs more lowers all the others.
    loud, soft = balanced_volumes([tune, voice("chords", -30 + low - 10)])
    assert (loud, soft) == (round(100 * 10 ** (-(10 - 4.152) / 40)), 127)
    assert balanced_volumes([]) == []


def test_a_part_without_a_known_role_counts_as_chords() -> None:
    parts = [voice("melody", -30), replace(voice("chords", -20), role=None)]
    assert balanced_volumes(parts) == balanced_volumes([parts[0], voice("chords", -20)])


def test_seats_as_controllers() -> None:
    assert list(Seat(-1.0, 90).controllers()) == [(10, 1), (7, 90)]
    assert list(Seat(0.0).controllers()) == [(10, 64)]
    assert list(Seat(0.5, None).controllers()) == [(10, 96)]
    assert list(Seat().controllers()) == []


def test_the_power_of_a_part() -> None:
    """Frames that keys are held times the fourth power of the velocity, at a usual level of -30 LUFS."""
    loud = Part((Note(0, 60, 480, 127), Note(480, 62, 480, 127)))
    soft = Part((Note(0, 60, 480, 64),), 5)
    messages = note_messages(Score((loud, soft)), 64_000)
    one, other = find_players(messages, 64_000, GENERAL_MIDI)
    assert (one.channel, one.preset, one.level) == (0, (0, 0), -30)
    assert one.power == pytest.approx(64_000 * 1e-3)
    assert other.power == pytest.approx(32_000 * (64 / 127) ** 4 * 1e-3)


# -- what is rendered --------------------------------------------------------------------


def test_one_part_alone_lets_go_what_others_strike() -> None:
    """All messages stay; a key that another part strikes goes up."""
    parts = (Part((Note(0, 60, 480),)), Part((Note(0, 62, 480),)))
    messages = note_messages(Score(parts), RATE)
    mine = alone(messages, 1)
    assert len(mine) == len(messages)
    struck = mine[mine["kind"] == NOTE_ON]
    assert struck["first"].tolist() == [62]
    assert (mine["kind"] == NOTE_OFF).sum() == 3
    performance = Performance(messages)
    assert (performance.parts, performance.keys_up, performance.end) == ((0, 1), 3968, 3968)
    assert Playing(rate=RATE).length(performance) == 3968 + 6 * RATE
    assert Playing(rate=RATE, frames=5).length(performance) == 5


def test_loops_end_with_a_bar() -> None:
    """Bars of 3/4 at 120: 1.5 s; the music ends in the second bar, or with it."""
    for end, seconds in ((1441, 3.0), (2880, 3.0), (2881, 4.5), (1440, 1.5)):
        score = Score((Part((Note(0, 60, end),)),), meters=(MeterChange(0, Meter(3, 4)),))
        assert _loop_frames(score, RATE) == seconds * RATE


def test_names_of_the_files_of_parts() -> None:
    parts = (
        Part((Note(0, 60, 1),), 73, name="My / Flute!"),
        Part((), 0),
        Part((Note(0, 36, 1),), is_drum=True),
        Part((Note(0, 60, 1),), 40),
        Part((Note(0, 60, 1),), 0, name="x" * 50),
    )
    names = {i: path.name for i, path in stem_paths(Score(parts), "a/b.flac").items()}
    assert names == {
        0: "b-1-my-flute.flac",
        2: "b-3-drums.flac",
        3: "b-4-violin.flac",
        4: f"b-5-{'x' * 40}.flac",
    }


def test_bounds_of_rendering() -> None:
    for rate in (8000, 96000):
        assert RenderOptions(rate=rate).rate == rate
    for rate in (7999, 96001):
        with pytest.raises(ControlError, match=r"8000\.\.96000"):
            RenderOptions(rate=rate)
    with pytest.raises(FormatError, match="holds no notes"):
        _check_length(Score(), Path("x"), RATE)
    # 134,217.7 s less 12 s of tails: at 60 a minute as many quarters.
    for quarters, fits in ((134_205, True), (134_206, False)):
        score = Score((Part((Note(0, 60, 10 * quarters),)),), 10, (TempoChange.of_bpm(0, 60),))
        if fits:
            _check_length(score, Path("x"), RATE)
        else:
            with pytest.raises(RenderError, match=r"lasts 37\.3 hours"):
                _check_length(score, Path("x"), RATE)
