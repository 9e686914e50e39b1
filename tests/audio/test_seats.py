"""Where parts sit and how loud they are: by the rules, and in the samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pieces import case, controls, notes, piece, program
from wavs import read_wav

from symgen.audio import open_soundfont, render
from symgen.audio.performance import CONTROLLER, RESET, Messages, note_messages
from symgen.audio.playback import file_messages
from symgen.audio.presets import choose_presets
from symgen.audio.rooms import CHAMBER
from symgen.audio.seats import Seat, find_mix, mixed
from symgen.audio.soundfonts import GENERAL_MIDI
from symgen.audio.synthesizer import import_fluidsynth
from symgen.music.score import Note, Part, Score

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
PIANO, BASS, VIOLIN, CELLO, CONTRABASS, TROMBONE, CLARINET, FLUTE = 0, 33, 40, 42, 43, 57, 71, 73


@pytest.fixture(autouse=True)
def _no_font_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)


def tune(program: int, *pitches: int, is_drum: bool = False, velocity: int = 80) -> Part:
    notes = tuple(
        Note(i * 480, pitch, 480, velocity) for i, pitch in enumerate(pitches or (60, 64, 67))
    )
    return Part(notes, program, is_drum)


def pans(*parts: Part) -> list[float | None]:
    return [
        seat.pan
        for seat in find_mix(note_messages(Score(parts), 8000), 8000, GENERAL_MIDI).seats.values()
    ]


def volumes(*parts: Part) -> list[int | None]:
    font = open_soundfont()
    messages, _ = choose_presets(note_messages(Score(parts), 8000), font)
    return [seat.volume for seat in find_mix(messages, 8000, font).seats.values()]


# -- the rules ---------------------------------------------------------------------------


def test_one_part_sits_in_the_middle() -> None:
    assert pans(tune(FLUTE)) == [0]
    assert pans(tune(FLUTE), tune(0, 36, 38, is_drum=True)) == [0, 0]


def test_two_parts_sit_left_and_right() -> None:
    assert pans(tune(FLUTE), tune(CLARINET)) == [-0.5, 0.5]


def test_four_parts_are_spread() -> None:
    assert pans(*[tune(VIOLIN)] * 4) == [-0.7, 0.7, -0.4, 0.4]


def test_each_part_sits_where_less_sounds() -> None:
    # The third has as much as the first two, so that all others go to the other side.
    loud = tune(PIANO, velocity=127)
    assert pans(
        tune(FLUTE, velocity=50), tune(FLUTE, velocity=50), loud, tune(FLUTE), tune(FLUTE)
    ) == pytest.approx([-0.7, 0.7, -0.4, 0.55, 0.4])


def test_bass_and_drums_sit_near_the_middle() -> None:
    found = pans(tune(FLUTE), tune(CLARINET, velocity=70), tune(BASS), tune(0, 36, is_drum=True))
    assert found == [-0.5, 0.5, 0.3, -0.1]
    assert pans(tune(VIOLIN), tune(CONTRABASS)) == [-0.5, 0.3]


def test_the_tune_before_a_band_sits_in_the_middle() -> None:
    band = [tune(0, 36, 38, is_drum=True), tune(BASS), tune(PIANO), tune(VIOLIN)]
    assert pans(tune(FLUTE), *band)[0] == 0
    assert pans(tune(FLUTE), *band[1:])[0] != 0, "without drums it is no band"
    assert pans(*band, tune(FLUTE))[-1] != 0, "the tune comes first"


def test_a_pan_of_its_own_is_kept_and_a_part_that_is_muted_has_no_seat() -> None:
    messages = file_messages(
        piece(
            [program(FLUTE), *controls(10, 20), *notes(60)],
            [program(FLUTE, channel=1), *notes(64, channel=1)],
            [program(FLUTE, channel=2), *controls(7, 0, channel=2), *notes(67, channel=2)],
        ),
        8000,
    )
    mix = find_mix(messages, 8000, GENERAL_MIDI)
    assert mix.room == CHAMBER
    assert mix.seats == {0: Seat(send=CHAMBER.send), 1: Seat(-0.5, send=CHAMBER.send)}


def test_volumes_bring_presets_together() -> None:
    # The piano (-34) and the trombone (-24) are 5 dB off their median, 4 are allowed.
    low, high = round(100 * 10 ** (-1 / 40)), round(100 * 10 ** (1 / 40))
    assert volumes(tune(PIANO), tune(TROMBONE)) == [high, low]
    assert volumes(tune(PIANO), tune(VIOLIN)) == [None, None]
    assert volumes(tune(TROMBONE)) == [None]


def test_where_a_file_has_volumes_they_stay() -> None:
    font = open_soundfont()
    score = piece(
        [program(PIANO), *controls(11, 99), *notes(60)],
        [program(TROMBONE, channel=1), *notes(60, channel=1)],
    )
    messages, _ = choose_presets(file_messages(score, 8000), font)
    assert [seat.volume for seat in find_mix(messages, 8000, font).seats.values()] == [None, None]


def test_what_programs_write_by_default_is_no_seat() -> None:
    def panned(other: int) -> list[float | None]:
        tracks = [[program(FLUTE, channel=c), *controls(10, (64, other)[c], channel=c), *notes(60, channel=c)]
                  for c in (0, 1)]  # fmt: skip
        return [
            seat.pan
            for seat in find_mix(
                file_messages(piece(*tracks), 8000), 8000, GENERAL_MIDI
            ).seats.values()
        ]

    assert panned(64) == [-0.5, 0.5]
    assert panned(70) == [None, None]


def test_seats_are_told_first_and_after_each_reset() -> None:
    told = file_messages(case("everything.mid"), 8000)
    messages = mixed(told, find_mix(told, 8000, GENERAL_MIDI).seats)
    kinds = [(int(row["kind"]), int(row["first"])) for row in messages]
    assert kinds[0] == (CONTROLLER, 91)
    reset = kinds.index((RESET, 0))
    assert (CONTROLLER, 10) in kinds[1:reset]
    assert kinds[reset + 1] == (CONTROLLER, 91)
    assert kinds[:reset] == kinds[reset + 1 : 2 * reset + 1]


def test_nothing_is_told_where_everything_is() -> None:
    score = piece([program(FLUTE), *controls(10, 20), *controls(91, 60), *notes(60)])
    messages: Messages = file_messages(score, 8000)
    assert mixed(messages, find_mix(messages, 8000, GENERAL_MIDI).seats) is messages


# -- in the samples ----------------------------------------------------------------------


def sound(score: Score, folder: Path, **options: object) -> np.ndarray:
    render(score, folder / "a.wav", rate=16000, overwrite=True, **options)  # type: ignore[arg-type]
    return read_wav(folder / "a.wav").samples / 32767


def correlation(samples: np.ndarray) -> float:
    return float(np.corrcoef(samples.T)[0, 1])


def mono_loss(samples: np.ndarray) -> float:
    return float(-10 * np.log10(np.mean(samples.mean(axis=1) ** 2) / np.mean(samples**2)))


@needs_library
def test_an_ensemble_is_wide_and_a_solo_is_not(tmp_path: Path) -> None:
    quartet = Score(
        (
            tune(VIOLIN, 76, 74, 72),
            tune(VIOLIN, 69, 67, 64),
            tune(41, 60, 59, 60),
            tune(CELLO, 45, 43, 48),
        )
    )
    wide = sound(quartet, tmp_path)
    assert correlation(wide) < 0.9
    assert mono_loss(wide) < 1.25
    left, right = np.mean(wide**2, axis=0)
    assert abs(10 * np.log10(left / right)) < 2
    assert correlation(sound(quartet, tmp_path, pan="off")) > 0.97
    assert correlation(sound(Score((tune(VIOLIN),)), tmp_path)) > 0.97


@needs_library
def test_a_band_is_wide(tmp_path: Path) -> None:
    band = Score(
        (tune(80, 76, 79), tune(4, 60, 64), tune(BASS, 36, 43), tune(0, 36, 38, is_drum=True))
    )
    assert correlation(sound(band, tmp_path)) < 0.9


@needs_library
@pytest.mark.parametrize("number", sorted(open_soundfont().programs | set(range(80, 96))))
def test_no_program_vanishes_in_mono(number: int, tmp_path: Path) -> None:
    assert mono_loss(sound(Score((tune(number, 48, 60, 67, 76),)), tmp_path)) < 1


@needs_library
def test_chorus_is_there_for_who_asks(tmp_path: Path) -> None:
    pad = Score((tune(88, 48, 60, 67),))
    assert mono_loss(sound(pad, tmp_path, chorus=True)) > 6
    wet, dry = sound(pad, tmp_path), sound(pad, tmp_path, reverb=False)
    assert np.abs(wet[: len(dry)] - dry[: len(wet)]).max() > 0.01
