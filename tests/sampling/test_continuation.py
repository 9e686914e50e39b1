"""Continuations: the prompt comes back note by note, and the new bars join it at the bar line."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, REAL_TUNES, faster, random_model, tune

from symgen.formats import load_score, save_score
from symgen.music.controls import Controls
from symgen.music.keys import infer_key
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.nets.inference import InferenceNet
from symgen.sampling.expression import Accents
from symgen.system.errors import ControlError, FormatError
from symgen.writing.generator import Take
from symgen.writing.model import Model

RESOLUTIONS = (12, 96, 220, 384, 480, 1000)
FOUR = "C4 E4 G4 E4|D4 F4 A4:2|G4:.5 F4:.5 E4 D4 B3|C4:4"


def before(score: Score, tick: int) -> list[tuple[Note, ...]]:
    """Notes of each part that begin before a tick."""
    return [tuple(note for note in part.notes if note.onset < tick) for part in score.parts]


def check(take: Take, prompt: Score, end: int, bars: int, meter: str) -> None:
    """Prompt kept, so many new bars, all that was drawn inside them."""
    score = take.score
    assert take.prompt is not None
    assert take.prompt.end == end
    assert score.resolution == prompt.resolution
    assert before(score, end) == before(prompt, end)
    step = Meter.parse(meter).bar_ticks(prompt.resolution)
    assert score.length == end + bars * step
    new = [bar for bar in score.bars if bar.start >= end]
    assert [(bar.meter, bar.length) for bar in new] == [(Meter.parse(meter), step)] * bars
    assert new[0].start == end
    drawn = [note for note in score.parts[take.prompt.part].notes if note.onset >= end]
    assert drawn
    assert drawn[-1].end > new[-1].start
    assert all(note.end <= score.length for note in drawn)
    for i, part in enumerate(score.parts):
        assert (part.program, part.is_drum, part.name) == (
            prompt.parts[i].program,
            prompt.parts[i].is_drum,
            prompt.parts[i].name,
        )
        if i != take.prompt.part:
            assert all(note.onset < end for note in part.notes)
    assert [change for change in score.tempos if change.tick < end] == [
        c for c in prompt.tempos if c.tick < end
    ]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("name", REAL_TUNES)
def test_traditional_tunes_go_on(tiny: Model, name: str, resolution: int) -> None:
    meter, pickup, _, text = REAL_TUNES[name]
    prompt = tune(text, meter=meter, pickup=pickup, resolution=resolution)
    check(
        next(tiny.continuations(prompt, seed=1, controls=Controls(bars=5))),
        prompt,
        prompt.length,
        5,
        meter,
    )


@given(
    st.sampled_from(RESOLUTIONS),
    st.sampled_from(["4/4", "6/8", "3/4", "5/4"]),
    st.integers(1, 9),
    st.data(),
)
def test_any_prompt_comes_back(
    tiny: Model, resolution: int, meter: str, bars: int, data: st.DataObject
) -> None:
    """Notes anywhere, off the grid too, in several parts, with tempo changes and a pickup."""
    bar = Meter.parse(meter).bar_ticks(resolution)
    row = st.builds(
        Note,
        st.integers(0, 4 * bar),
        st.integers(30, 90),
        st.integers(1, 2 * bar),
        st.integers(1, 127),
    )
    voices = data.draw(
        st.lists(st.lists(row, min_size=1, max_size=8, unique=True), min_size=1, max_size=3)
    )
    pickup = data.draw(st.booleans())
    first = resolution if pickup else 0
    meters = [MeterChange(0, Meter(1, 4))] if pickup else []
    tempos = data.draw(
        st.lists(st.tuples(st.integers(0, 4 * bar), st.integers(2 * 10**5, 10**6)), max_size=3)
    )
    prompt = Score(
        tuple(Part(tuple(notes), 20 + i, name=f"voice {i}") for i, notes in enumerate(voices)),
        resolution,
        tempos=tuple(TempoChange(*change) for change in tempos),
        meters=(*meters, MeterChange(first, Meter.parse(meter))),
    )
    part = data.draw(st.integers(1, len(voices)))
    kept = prompt.with_parts([prompt.parts[part - 1]])
    slack = resolution // 24
    lines = [first] * pickup + [first + i * bar for i in range(1, 8)]
    last = max(note.onset for note in kept.parts[0].notes)
    end = next(line for line in lines if line + slack >= kept.music_end and line > last)
    take = next(tiny.continuations(prompt, seed=3, controls=Controls(bars=bars), part=part))
    check(take, replace(kept, length=0), end, bars, meter)


def test_a_prompt_that_stops_inside_a_bar_goes_on_at_its_bar_line(tiny: Model) -> None:
    prompt = tune("C4 E4 G4 E4|D4", resolution=480)
    check(next(tiny.continuations(prompt, seed=1)), prompt, 3840, 8, "4/4")


@pytest.mark.parametrize(
    ("overhang", "bars"), [(0, 1), (1, 1), (19, 1), (20, 1), (21, 2), (480, 2)]
)
def test_an_overhang_of_less_than_half_a_step_does_not_count(
    tiny: Model, overhang: int, bars: int
) -> None:
    """A step has 40 ticks."""
    prompt = Score((Part((Note(0, 60, 1920 + overhang),)),))
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=2)))
    check(take, prompt, bars * 1920, 2, "4/4")


def test_the_tempo_map_of_the_prompt_is_kept(tiny: Model) -> None:
    prompt = faster(tune(FOUR, resolution=220), 500)
    score = tiny.continue_(prompt, bars=2, seed=1)
    assert score.tempos == prompt.tempos
    slower = tiny.continue_(prompt, seed=1, controls=Controls(bars=2, tempo=60))
    assert slower.tempos == (*prompt.tempos, TempoChange(4 * 880, 1_000_000))


def test_new_bars_may_have_another_meter(tiny: Model) -> None:
    prompt = tune(FOUR, resolution=480)
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=4, meter="6/8")))
    check(take, prompt, 7680, 4, "6/8")
    assert take.score.meters == (MeterChange(0), MeterChange(7680, Meter(6, 8)))
    assert [bar.meter for bar in take.new_bars().bars] == [Meter(6, 8)] * 4


def test_the_last_meter_of_the_prompt_goes_on(tiny: Model) -> None:
    prompt = replace(tune(FOUR), meters=(MeterChange(0), MeterChange(96, Meter(3, 4))))
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=3)))
    check(take, prompt, 96 + 3 * 36, 3, "3/4")


def test_a_prompt_that_is_a_pickup_goes_on_in_the_meter_that_follows(tiny: Model) -> None:
    prompt = replace(
        tune("G4|C4", pickup="1/4", meter="3/4"), parts=(Part((Note(0, 67, 12),)),), length=12
    )
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=3)))
    check(take, prompt, 12, 3, "3/4")
    assert take.score.has_pickup
    assert [bar.number for bar in take.score.bars] == [0, 1, 2, 3]


# -- new bars alone ----------------------------------------------------------------------


def test_new_bars_begin_at_0(tiny: Model) -> None:
    prompt = faster(tune(FOUR, resolution=384), 1000)
    take = next(tiny.continuations(prompt, seed=2, controls=Controls(bars=3)))
    new = take.new_bars()
    end = take.prompt.end if take.prompt else -1
    assert end == 4 * 4 * 384
    assert new.length == 3 * 4 * 384
    assert len(new.bars) == 3
    assert [n.onset + end for n in new.parts[0].notes] == [
        n.onset for n in take.score.parts[0].notes if n.onset >= end
    ]
    assert new.tempos == (TempoChange(0, prompt.tempos[-1].microseconds),)


def test_new_bars_are_of_the_continued_part_alone(tiny: Model) -> None:
    melody, bass = tune(FOUR).parts[0], Part((Note(0, 40, 192),), 32)
    take = next(tiny.continuations(tune(FOUR).with_parts([bass, melody]), seed=2))
    assert len(take.score.parts) == 2
    (part,) = take.new_bars().parts
    assert part.program == melody.program


def test_a_longer_accompaniment_belongs_to_the_prompt(tiny: Model) -> None:
    """The prompt reaches to the last bar line that any of its parts reaches."""
    melody, pedal = tune(FOUR).parts[0], Part((Note(0, 36, 6 * 48 + 1),), 32)
    prompt = tune(FOUR).with_parts([melody, pedal])
    check(
        next(tiny.continuations(prompt, seed=2, controls=Controls(bars=3))),
        prompt,
        7 * 48,
        3,
        "4/4",
    )


def test_a_meter_that_begins_where_the_music_ends_holds_from_there(tiny: Model) -> None:
    meters = (MeterChange(0), MeterChange(72, Meter(3, 4)))
    prompt = Score((Part(tuple(Note(12 * i, 60 + i, 12) for i in range(6))),), 12, meters=meters)
    check(next(tiny.continuations(prompt, seed=2, controls=Controls(bars=3))), prompt, 72, 3, "3/4")


@pytest.mark.parametrize("resolution", [1, 2, 5, 11])
def test_few_ticks_a_quarter_are_enough(tiny: Model, resolution: int) -> None:
    """The score gets more ticks; the music of the prompt stays."""
    prompt = Score(
        (Part(tuple(Note(i * resolution, 60 + i, resolution) for i in range(8))),), resolution
    )
    for seed in range(4):
        made = tiny.continue_(prompt, bars=2, seed=seed)
        assert (
            made.slice_bars(1, 2).parts[0].notes
            == prompt.with_resolution(made.resolution).parts[0].notes
        )
        assert sum(bar.number > 0 for bar in made.bars) == 4


# -- parts -------------------------------------------------------------------------------


def test_a_part_is_kept_and_continued_alone(tiny: Model) -> None:
    high, low = tune(FOUR).parts[0], tune(FOUR).transposed(-24).parts[0]
    score = tiny.continue_(Score((high, low), 12), bars=2, seed=1, part=2)
    assert len(score.parts) == 1
    assert score.parts[0].notes[: len(low.notes)] == low.notes


@pytest.mark.parametrize("part", [0, 3, -1])
def test_a_part_that_is_not_there_is_refused(tiny: Model, part: int) -> None:
    score = Score((tune(FOUR).parts[0], Part(())), 12)
    with pytest.raises(ControlError, match=rf"part {part}: the tune has parts 1\.\.2"):
        tiny.continue_(score, part=part)


def test_drums_go_on_behind_a_note_that_is_struck_a_hair_before_the_join(tiny: Model) -> None:
    melody = Part((*tuple(Note(480 * beat, 60, 470) for beat in range(15)), Note(7679, 62, 1)))
    drums = Part(tuple(Note(480 * beat, 36 + beat % 4, 60) for beat in range(16)), is_drum=True)
    score = tiny.continue_(Score((melody, drums), 480, length=7680), bars=4, seed=1)
    assert {note.onset % 480 for note in score.parts[1].notes} == {0}
    assert len(score.parts[1].notes) == 32


def test_drums_alone_go_on_and_no_notes_are_refused(tiny: Model, tmp_path: Path) -> None:
    drums = Part((Note(0, 36, 12),), is_drum=True)
    alone = tiny.continue_(Score((drums,), 12), bars=2, seed=1)
    assert [part.is_drum for part in alone.parts] == [True]
    assert len(alone.bars) == 3
    assert tiny.continue_(
        Score((tune(FOUR).parts[0], drums), 12), part=2, bars=2, seed=1
    ).parts == (alone.parts)
    with pytest.raises(FormatError, match="holds no notes"):
        tiny.continue_(Score((tune(FOUR).parts[0], Part()), 12), part=2)
    save_score(Score((Part(),), 480), tmp_path / "empty.mid")
    with pytest.raises(FormatError, match=r"empty\.mid"):
        tiny.continue_(tmp_path / "empty.mid")


# -- key, seeds, sources -----------------------------------------------------------------


@pytest.mark.parametrize("name", REAL_TUNES)
def test_keys_are_inferred(name: str) -> None:
    meter, pickup, key, text = REAL_TUNES[name]
    score = tune(text, meter=meter, pickup=pickup)
    assert str(infer_key(score)) == key
    assert str(infer_key(score.transposed(2).with_parts([*score.transposed(2).parts]))) != key


def test_a_key_signature_is_believed_only_where_the_notes_agree() -> None:
    dorian = tune("D4 E4 F4 A4|B4 A4 G4 E4|D4 E4 F4 A4|G4 E4 D4:2")
    assert str(infer_key(replace(dorian, keys=(KeyChange(0, 0),)))) == "D dorian"
    assert infer_key(replace(dorian, keys=(KeyChange(0, 6),))) == infer_key(dorian)


def test_a_strict_key_holds_for_the_new_notes(tiny: Model) -> None:
    prompt = tune("C4 C#4 D4 D#4|E4 F4 F#4 G4")
    take = next(
        tiny.continuations(
            prompt, seed=1, controls=Controls(bars=8, key="E major", strict_key=True)
        )
    )
    check(take, prompt, 96, 8, "4/4")
    scale = take.prompt.key.scale if take.prompt else frozenset()
    assert (
        {note.pitch % 12 for note in take.score.parts[0].notes if note.onset >= 96}
        <= scale
        == {1, 3, 4, 6, 8, 9, 11}
    )


def test_seeds_and_counts(tiny: Model) -> None:
    prompt = tune(FOUR)
    three = tiny.continue_(prompt, bars=4, count=3, seed=9)
    assert tiny.continue_(prompt, bars=4, seed=9) == three[0]
    assert tiny.continue_(prompt, bars=4, seed=11) == three[2]
    assert len(set(three)) == 3
    assert tiny.continue_(prompt, seed=9).length == (4 + 8) * 48


def test_a_tune_may_come_as_a_file_as_bytes_and_as_an_object(tiny: Model, tmp_path: Path) -> None:
    import mido
    import pretty_midi

    prompt = tune(FOUR, resolution=480)
    save_score(prompt, tmp_path / "x.mid")
    data = (tmp_path / "x.mid").read_bytes()
    sources: list[Any] = [
        tmp_path / "x.mid",
        str(tmp_path / "x.mid"),
        data,
        mido.MidiFile(file=io.BytesIO(data)),
        pretty_midi.PrettyMIDI(str(tmp_path / "x.mid")),
    ]
    for source in sources:
        score = tiny.continue_(source, bars=2, seed=4)
        assert before(score, 7680) == [prompt.parts[0].notes]
        assert score.length == 6 * 1920


def test_what_was_continued_can_be_written_and_read(tiny: Model, tmp_path: Path) -> None:
    prompt = tune(REAL_TUNES["Amazing Grace"][3], meter="3/4", pickup="1/4", resolution=220)
    score = tiny.continue_(faster(prompt, 700), bars=7, seed=5)
    save_score(score, tmp_path / "x.mid")
    assert load_score(tmp_path / "x.mid") == score


# -- velocities --------------------------------------------------------------------------


def test_new_notes_are_as_loud_as_the_prompt_at_the_same_place(tiny: Model) -> None:
    loud = {0: 110, 12: 70, 24: 70, 36: 70}
    notes = tuple(Note(48 * bar + t, 60 + t, 6, loud[t]) for bar in range(2) for t in loud)
    off = tuple(Note(48 * bar + t + 6, 60, 6, 40) for bar in range(2) for t in loud)
    prompt = Score((Part((*notes, *off)),), 12)
    score = tiny.continue_(prompt, bars=16, seed=1)
    new = [note for note in score.parts[0].notes if note.onset >= 96]
    assert {note.velocity for note in new} <= {110, 70, 40}
    for note in new:
        assert note.velocity == (
            110 if note.onset % 48 == 0 else 70 if note.onset % 12 == 0 else 40
        )


def test_accents_without_a_prompt() -> None:
    score = tune("C4:.5 C4:.5 C4|C4:2", meter="2/4")
    made = Accents.of([], score.bars, 12).apply(score.parts[0].notes, score.bars, 12)
    assert [note.velocity for note in made] == [92, 78, 84, 92]


def test_a_network_that_draws_velocities_is_left_alone() -> None:
    from small import TINY

    model = Model(InferenceNet(random_model(replace(TINY, fixed=()))), INFO)
    score = model.continue_(tune(FOUR), bars=8, seed=1)
    assert len({note.velocity for note in score.parts[0].notes if note.onset >= 192}) > 3
