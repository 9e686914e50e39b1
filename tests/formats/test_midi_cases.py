"""MIDI files as people bring them: each stands for a kind of fault or of content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import pretty_midi
import pytest
from small import INFO, TINY, random_model

from symgen.formats import load_score, load_tune, save_score
from symgen.music.score import Score
from symgen.nets.inference import InferenceNet
from symgen.writing.infilling import infill
from symgen.writing.model import Model
from symgen.writing.varying import vary

CASES = Path(__file__).parent / "data" / "cases"
BAND = Model(
    InferenceNet(
        random_model(replace(TINY, fixed=(("velocity", 80),), voices=4, goals=True), scale=0.6)
    ),
    {**INFO, "monophonic": False},
)


def spans(score: Score) -> list[tuple[int, int, int]]:
    return sorted((n.onset, n.pitch, n.end) for part in score.parts for n in part.notes)


@pytest.mark.parametrize(
    ("name", "longest"),
    [("double_on", 1), ("organ_chain", 0.5), ("organ_double", 1), ("double_late_eot", 1)],
)
def test_what_is_struck_twice_makes_no_drone(name: str, longest: float) -> None:
    path = CASES / f"{name}.mid"
    score = load_score(path)
    other = pretty_midi.PrettyMIDI(str(path))
    tick = other.time_to_tick
    theirs = sorted(
        (tick(n.start), n.pitch, tick(n.end)) for i in other.instruments for n in i.notes
    )
    assert spans(score) == theirs
    assert max(end - onset for onset, _, end in spans(score)) <= longest * score.resolution


def test_a_note_that_hangs_is_no_music() -> None:
    tune = load_tune(CASES / "double_late_eot.mid")
    assert (tune.score.music_end, tune.score.length) == (3830, 30720)
    assert tune.problems == ("1 notes sound twice at once: the same key at the same time",)
    (take,) = BAND.continuations(tune, seed=1)
    assert take.prompt is not None
    assert take.prompt.end == 8 * 480


def test_all_notes_off() -> None:
    assert spans(load_score(CASES / "allnotesoff.mid")) == [
        (0, 60, 480),
        (960, 62, 1440),
        (9600, 67, 10080),
    ]


@pytest.mark.parametrize(
    ("name", "programs", "drums"),
    [("prog_change", [73], [False]), ("pizz", [45], [False]), ("gs_drum", [0, 0], [True, False])],
)
def test_who_plays(name: str, programs: list[int], drums: list[bool]) -> None:
    score = load_score(CASES / f"{name}.mid")
    assert [part.is_drum for part in score.parts] == drums
    assert [part.program for part in score.parts if not part.is_drum] == programs[
        -drums.count(False) :
    ]


@pytest.mark.parametrize(
    ("name", "title", "names"),
    [("nulname", "Song", ["Piano"]), ("sjis", "春の歌", ["ピアノ"]),
     ("fmt0", "Title", ["Violin", "Acoustic Grand Piano", "Drums"])],
)  # fmt: skip
def test_names(name: str, title: str, names: list[str], tmp_path: Path) -> None:
    score = load_score(CASES / f"{name}.mid")
    assert (score.title, [part.name for part in score.parts]) == (title, names)
    save_score(score, tmp_path / "x.musicxml")
    assert title in (tmp_path / "x.musicxml").read_text(encoding="utf-8")


# -- what goes through the verbs -------------------------------------------------------------


def tracks(path: Path) -> tuple[int, int, list[Counter[tuple[int, str]]]]:
    """Format, division, and of each track its events with their ticks, read with mido."""
    file = mido.MidiFile(path, charset="latin1")
    found = []
    for track in file.tracks:
        tick, events = 0, Counter[tuple[int, str]]()
        for message in track:
            tick += message.time
            if message.type != "end_of_track":
                events[tick, str(message.copy(time=0))] += 1
        found.append(events)
    return file.type, file.ticks_per_beat, found


def is_note(event: tuple[int, str]) -> bool:
    return event[1].startswith(("note_on", "note_off"))


def going_on(score: Score) -> tuple[Score, tuple[float, float]]:
    return BAND.continue_(score, bars=2, seed=3), (0, -1)


def infilled(score: Score) -> tuple[Score, tuple[float, float]]:
    done = infill(score, (2, 3), model=BAND, seed=3, particles=2).score
    return done, (score.bars[1].start, score.bars[2].end)


def varied(score: Score) -> tuple[Score, tuple[float, float]]:
    return vary(score, 0.2, model=BAND, seed=3, particles=2).score, (0, score.length)


@pytest.mark.parametrize("verb", [going_on, infilled, varied])
@pytest.mark.parametrize(
    "name", ["everything", "prompt_lyrics", "prompt_daw", "fmt0", "pizz", "gs_drum", "rit"]
)
def test_every_event_of_a_prompt_is_where_it_was(
    name: str, verb: Callable[[Score], tuple[Score, tuple[float, float]]], tmp_path: Path
) -> None:
    made, (start, end) = verb(load_score(CASES / f"{name}.mid"))
    save_score(made, tmp_path / "made.mid")
    before, after = tracks(CASES / f"{name}.mid"), tracks(tmp_path / "made.mid")
    assert before[:2] == after[:2]
    assert len(before[2]) == len(after[2])
    for old, new in zip(before[2], after[2], strict=True):
        lost = old - new
        assert all(is_note(event) and start <= event[0] <= end for event in lost)
    assert load_score(tmp_path / "made.mid") == made


def added(name: str, tmp_path: Path, **how: Any) -> list[tuple[int, str]]:
    """What stands in a continuation beside the prompt and the new notes."""
    target = tmp_path / f"{name}.mid"
    save_score(BAND.continue_(load_score(CASES / f"{name}.mid"), bars=2, seed=3, **how), target)
    before, after = tracks(CASES / f"{name}.mid"), tracks(target)
    found = [event for old, new in zip(before[2], after[2], strict=True) for event in (new - old)]
    return [event for event in found if not is_note(event)]


SIGNED = "MetaMessage('text', text='symgen small seed 3', time=0)"


def test_new_bars_go_on_as_the_prompt_went(tmp_path: Path) -> None:
    signature = SIGNED.replace("small", BAND.name)
    assert added("prog_change", tmp_path) == [(7680, signature)]
    assert added("rit", tmp_path) == [
        (7680, signature),
        (7680, "MetaMessage('set_tempo', tempo=500000, time=0)"),
    ]
    pedal = "control_change channel=0 control=64 value={} time=0".format
    said, *moves = added("everything", tmp_path)
    assert said == (15360, signature)
    # The pedal that is down at the join comes up, and moves in two new bars as it did in the tune.
    at = {0: 127, 1800: 0, 1920: 127, 3840: 0}
    assert moves == [
        (15360, pedal(0)),
        *((15360 + tick, pedal(value)) for tick, value in at.items()),
    ]


def test_one_part_of_a_file(tmp_path: Path) -> None:
    save_score(
        BAND.continue_(load_score(CASES / "everything.mid"), bars=2, seed=3, part=3),
        tmp_path / "x.mid",
    )
    before, after = tracks(CASES / "everything.mid")[2], tracks(tmp_path / "x.mid")[2]
    assert before[0] <= after[0]
    assert list(after[1]) == [
        (600, "MetaMessage('cue_marker', text='cue', time=0)")
    ]  # it concerns the whole piece
    assert before[3] <= after[2]
    assert len(after) == 3
