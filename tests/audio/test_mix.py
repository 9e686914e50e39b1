"""Balance, room and fade: measured in sound files, and switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pieces import controls, notes, piece, program
from wavs import read_wav

from symgen.audio import open_soundfont, render
from symgen.audio.balance import RANGES
from symgen.audio.loudness import LoudnessMeter
from symgen.audio.performance import Performance, make_messages, note_messages
from symgen.audio.playback import file_messages
from symgen.audio.players import find_players
from symgen.audio.presets import choose_presets
from symgen.audio.rendering import _fading
from symgen.audio.rooms import BAND, CHAMBER, CHURCH, HALL, SOLO, Room, send_of
from symgen.audio.seats import find_mix
from symgen.audio.soundfonts import GENERAL_MIDI
from symgen.audio.synthesizer import import_fluidsynth
from symgen.music.roles import Role
from symgen.music.score import Note, Part, Score

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
RATE = 16000
PIANO, ORGAN, BASS, VIOLIN, STRINGS, CHOIR, FLUTE = 0, 16, 33, 40, 48, 52, 73
SLACK = 2.5
"""LU by which the measured loudness of a part may lie outside of the range that is expected of it."""


@pytest.fixture(autouse=True)
def _no_font_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)


def part(program: int, *chords: tuple[int, ...], name: str = "", length: int = 480) -> Part:
    played = tuple(
        Note(i * length, pitch, length) for i, chord in enumerate(chords) for pitch in chord
    )
    return Part(played, program, name=name)


TUNE = part(FLUTE, *[(pitch,) for pitch in (72, 74, 76, 77, 79, 77, 76, 74)], name="Melody")
CHORDS = part(
    PIANO, (60, 64, 67), (60, 65, 69), (59, 62, 67), (60, 64, 67), name="Chords", length=960
)
PAD = part(STRINGS, (60, 64, 67, 72), (59, 62, 67, 71), name="Pad", length=1920)
LOW = part(BASS, *[(pitch,) for pitch in (36, 43, 41, 36, 43, 38, 36, 36)], name="Bass")
KIT = Part(
    tuple(Note(i * 240, (36, 42, 38, 42)[i % 4], 120) for i in range(16)), is_drum=True, name="Drums"
)  # fmt: skip
SONG = Score((TUNE, CHORDS, PAD, LOW, KIT))
NAMES: tuple[Role, ...] = ("melody", "chords", "pad", "bass", "drums")


def measured(path: Path) -> float:
    wav = read_wav(path)
    meter, size = LoudnessMeter(wav.rate), round(0.4 * wav.rate)
    for start in range(0, len(wav.samples), size):
        meter.add(wav.samples[start : start + size].astype(np.float32) / 32767)
    return meter.loudness


def beside_the_tune(folder: Path, **options: object) -> dict[Role, float]:
    report = render(
        SONG, folder / "a.wav", rate=RATE, stems=True, feel=0, overwrite=True, **options
    )  # type: ignore[arg-type]
    loud = [measured(stem) for stem in report.stems]
    return {role: level - loud[0] for role, level in zip(NAMES, loud, strict=True)}


# -- balance -----------------------------------------------------------------------------


@needs_library
def test_the_tune_stands_out_as_stated(tmp_path: Path) -> None:
    plain = beside_the_tune(tmp_path, mix="plain")
    assert max(plain.values()) > 2, "where all velocities are equal something covers the tune"
    for role, level in beside_the_tune(tmp_path).items():
        low, high = RANGES[role]
        assert low - SLACK <= level <= high + SLACK, role


@needs_library
def test_a_mix_is_as_loud_as_ever_and_balanced_left_and_right(tmp_path: Path) -> None:
    report = render(SONG, tmp_path / "a.wav", rate=RATE, feel=0)
    samples = read_wav(tmp_path / "a.wav").samples / 32767
    assert measured(tmp_path / "a.wav") == pytest.approx(-16, abs=0.5)
    assert report.peak < 0.892
    left, right = np.mean(samples**2, axis=0)
    assert abs(10 * np.log10(left / right)) < 2
    assert np.mean(samples.mean(axis=1) ** 2) > 0.75 * (left + right) / 2


def test_expected_loudness_grows_with_velocities_and_notes_at_once() -> None:
    def expected(velocity: int, *pitches: int) -> float:
        played = Part(tuple(Note(0, pitch, 480, velocity) for pitch in pitches), STRINGS)
        (player,) = find_players(note_messages(Score((played,)), RATE), RATE, GENERAL_MIDI)
        return player.loudness

    assert expected(90, 60) == pytest.approx(-30)
    assert expected(45, 60) == pytest.approx(-30 - 40 * np.log10(2))
    assert expected(90, 60, 60 + 1, 60 - 1) == pytest.approx(-30 + 10 * np.log10(3), abs=0.05)
    assert expected(90, 70) == pytest.approx(-28.8)


# -- the room ----------------------------------------------------------------------------


def room_of(*parts: Part) -> Room | None:
    return find_mix(note_messages(Score(parts), RATE), RATE, GENERAL_MIDI).room


def test_rooms_suit_who_plays() -> None:
    line = ((60,), (62,), (64,))
    assert room_of(part(FLUTE, *line)) == SOLO
    assert room_of(part(PIANO, *line), part(PIANO, *line)) == SOLO, "two hands"
    assert room_of(*[part(VIOLIN, *line)] * 4) == CHAMBER
    assert room_of(*[part(VIOLIN, *line)] * 9) == HALL
    assert room_of(*[part(CHOIR, *line)] * 4) == CHURCH
    assert room_of(part(CHOIR, *line), part(FLUTE, *line)) == CHAMBER, "no more than half of it"
    assert room_of(*SONG.parts) == BAND


def test_bass_and_drums_of_a_band_stay_dry() -> None:
    players = find_players(note_messages(SONG, RATE), RATE, GENERAL_MIDI, NAMES)
    assert [send_of(player, BAND) for player in players] == [BAND.send] * 3 + [0, 0]
    assert {send_of(player, HALL) for player in players} == {HALL.send}


@needs_library
def test_a_large_room_sounds_longer(tmp_path: Path) -> None:
    def decay(*parts: Part) -> float:
        """Seconds from the last key up to the end of the sound."""
        score = Score(parts)
        report = render(score, tmp_path / "a.wav", rate=RATE, feel=0, overwrite=True)
        return report.seconds - score.seconds(score.music_end)

    line = ((60,), (64,), (67,))
    assert decay(*[part(CHOIR, *line)] * 4) > 1.5 * decay(part(CHOIR, *line), KIT)


def test_a_file_that_says_how_much_it_sends_has_no_room() -> None:
    for value, room in ((40, CHAMBER), (60, None)):
        told = file_messages(
            piece(
                [program(FLUTE), *controls(91, value), *notes(60)],
                [program(VIOLIN, channel=1), *notes(64, channel=1)],
            ),
            RATE,
        )
        mix = find_mix(told, RATE, GENERAL_MIDI)
        assert mix.room == room
        assert {seat.send for seat in mix.seats.values()} == {room and room.send}


# -- the switch, and the end -------------------------------------------------------------


@needs_library
def test_plain_is_what_the_synthesizer_plays_by_itself(tmp_path: Path) -> None:
    def rendered(**options: object) -> bytes:
        render(SONG, tmp_path / "a.wav", rate=8000, feel=0, overwrite=True, **options)  # type: ignore[arg-type]
        return (tmp_path / "a.wav").read_bytes()

    plain = rendered(mix="plain")
    assert plain == rendered(mix="plain", pan="off")
    assert len({plain, rendered(), rendered(pan="off")}) == 3
    samples = read_wav(tmp_path / "a.wav").samples
    assert np.corrcoef(samples.T)[0, 1] > 0.95, "off: balanced, but in the middle"


def test_without_pans_volumes_and_room_stay() -> None:
    font = open_soundfont()
    messages, _ = choose_presets(note_messages(SONG, RATE), font)
    mix, middle = (find_mix(messages, RATE, font, NAMES, pans=pans) for pans in (True, False))
    assert mix.room == middle.room
    for channel, seat in mix.seats.items():
        other = middle.seats[channel]
        assert (other.volume, other.send, other.pan) == (seat.volume, seat.send, None)


def test_what_still_sounds_at_the_end_is_faded_out() -> None:
    """The fade ends six seconds behind the last message, wherever blocks end."""

    def steady(sizes: list[int]) -> Iterator[np.ndarray]:
        for size in sizes:
            yield np.ones((size, 2), dtype=np.float32)

    performance = Performance(make_messages(1, frame=1000))
    for sizes in ([400] * 20, [7999, 1], [8000]):
        sound = np.concatenate(list(_fading(steady(sizes), performance, 1000)))
        assert (sound[: 7000 - 1500] == 1).all()
        assert sound[7000 - 750] == pytest.approx(0.5)
        assert (sound[7000:] == 0).all()
        assert (np.diff(sound[:, 0]) <= 0).all()
    assert (np.concatenate(list(_fading(steady([3000]), performance, 1000))) == 1).all()
