"""Four voices around a line close on the tonic wherever the line lets them, whatever the network draws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import INFO, TINY, random_model, tune

from symgen.music.constraints import PitchRange
from symgen.music.controls import Controls
from symgen.music.theory import Key
from symgen.nets.inference import InferenceNet
from symgen.system.errors import ControlError
from symgen.writing.harmonizing import harmonize
from symgen.writing.model import Model
from symgen.writing.rewritten import Rewritten

VOICES = Model(
    InferenceNet(random_model(replace(TINY, voices=4, goals=True, fixed=(("velocity", 80),)))),
    {**INFO, "monophonic": False, "monophonic_parts": True, "program": 52},
)
C = Key(0, "major")
BEFORE = "C4 E4 G4 E4|D4 B4 A4 G4|"
END = Controls(end=True, key=C)


def closes(done: Rewritten, controls: Controls) -> bool:
    """Whether a setting holds the tonic to its end, as a reader of the file finds it."""
    return all(check.met for check in done.checks(controls) if check.name in ("end", "kept"))


@pytest.mark.parametrize("last", ["C5:4", "C5:3 -", "C5 -:3", "E5:2 D5 C5", "G4:3 E4", "-:3 C5"])
@pytest.mark.parametrize("most", [None, 4, 3])
def test_voices_close_on_the_tonic(last: str, most: int | None) -> None:
    controls = replace(END, max_polyphony=most)
    for seed in range(3):
        done = harmonize(
            tune(BEFORE + last), model=VOICES, controls=controls, seed=seed, particles=1
        )
        assert closes(done, controls)
        assert done.notices == ()


def test_a_tune_that_is_tied_into_the_last_bar_closes() -> None:
    line = tune("C4 E4 G4 E4|D4 B4 C5:2|").parts[0]
    held = line.with_notes([*line.notes[:-1], replace(line.notes[-1], duration=60)])
    whole = tune("C4 E4 G4 E4|D4 B4 C5:2|C5:4").with_parts([held])
    assert closes(harmonize(whole, model=VOICES, controls=END, seed=1, particles=2), END)


def test_a_last_note_outside_of_the_chord_is_told() -> None:
    done = harmonize(tune(BEFORE + "F4:4"), model=VOICES, controls=END, seed=1, particles=2)
    assert closes(done, END)
    assert done.notices == ("the tune ends on F, which is no tone of the chord of C major",)


@pytest.mark.parametrize("last", ["C3:4", "C3:3 -", "G2:2 C3:2"])
def test_above_a_bass_the_others_close_on_its_tonic(last: str) -> None:
    low = tune("C3 E3 G2 E3|D3 B2 A2 G2|" + last)
    done = harmonize(low, model=VOICES, controls=END, seed=2, particles=2, voice="bass")
    assert closes(done, END)


def test_lines_that_leave_no_room_for_the_tonic_are_refused() -> None:
    low = tune("C3 E3 G2 E3|D3 B2 A2 G2:1|F2:4")
    with pytest.raises(ControlError, match="end closes on C, but the tune is the bass and ends"):
        harmonize(low, model=VOICES, controls=END, seed=2, voice="bass")
    narrow = replace(END, range=PitchRange(61, 84))
    with pytest.raises(ControlError, match="range C#4-C6 has none below G4"):
        harmonize(tune(BEFORE + "G4:4"), model=VOICES, controls=narrow, seed=2)
