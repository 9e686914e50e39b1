"""The bar GAN as a library: new tunes, and going on from one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import REAL_TUNES, tune
from small_gan import NOTHING, C, full_bars, make_model, quarters

from symgen.corpus import Store
from symgen.gan import BarGan, Request, load_gan
from symgen.gan.checkpoint import save_gan
from symgen.gan.steps import STEP_METERS, to_steps
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

# -- new tunes ---------------------------------------------------------------------------


def test_a_seed_gives_the_same_tune_wherever_it_stands(gan: BarGan) -> None:
    three = gan.sample(Controls(bars=4), count=3, seed=5)
    for number, score in enumerate(three):
        assert gan.sample(Controls(bars=4), seed=5 + number) == [score]
    assert len({score.parts[0].notes for score in three}) == 3
    assert [score.title for score in three] == [f"symgen small seed {seed}" for seed in (5, 6, 7)]


@pytest.mark.parametrize("form", [True, False])
@pytest.mark.parametrize(("bars", "key", "meter", "tempo", "instrument"), [
    (1, "G", "3/4", 90, "flute"), (8, "D dorian", "6/8", 72.5, 40), (20, "Bb minor", "4/4", 200, "violin"),
    (70, "F# mixolydian", "4/4", 120, 0),
])  # fmt: skip
def test_a_tune_is_what_was_asked_for(
    gan_folder: Path,
    bars: int,
    key: str,
    meter: str,
    tempo: float,
    instrument: str | int,
    form: bool,
) -> None:
    gan = load_gan(gan_folder, form=form)
    asked = Controls(bars=bars, key=key, meter=meter, tempo=tempo, instrument=instrument)
    (take,) = gan.takes(asked, seed=2)
    score, wanted = take.score, Key.parse(key)
    assert full_bars(score) == len(score.bars) == bars
    assert {str(bar.meter) for bar in score.bars} == {meter}
    assert score.length == bars * Meter.parse(meter).bar_ticks(score.resolution)
    assert (score.keys[0].sharps, score.keys[0].minor) == (wanted.sharps, wanted.minor)
    assert score.tempos[0].bpm == pytest.approx(tempo, rel=1e-4)
    assert score.parts[0].program == {"flute": 73, "violin": 40}.get(str(instrument), instrument)
    assert (take.header.bars, take.header.key, str(take.header.meter)) == (bars, wanted, meter)
    assert all(note.end <= score.length for note in score.parts[0].notes)
    assert all(
        check.met for check in take.checks(asked) if check.name != "key"
    )  # it has learned no scale


def test_what_is_left_out_is_drawn_as_the_corpus_has_it(gan: BarGan) -> None:
    kinds = {(row[0], row[2]) for row in gan.info["usual"]}
    for meter in STEP_METERS:
        takes = list(gan.takes(Controls(meter=meter), count=10, seed=0))
        assert {(str(take.header.meter), str(take.header.key)) for take in takes} <= kinds
        assert {take.header.bars for take in takes} == {8}
    assert {take.header.key for take in gan.takes(Controls(meter="6/8"), count=3, seed=0)} == {
        Key.parse("G")
    }
    (plain,) = gan.takes(seed=0)
    assert (str(plain.header.meter), str(plain.header.key)) in kinds


def widest_leap(score: Score) -> int:
    pitches = [note.pitch for note in score.parts[0].notes]
    return max((abs(a - b) for a, b in itertools.pairwise(pitches)), default=0)


@pytest.mark.parametrize("form", [True, False])
def test_no_leap_is_wider_than_an_octave(gan_folder: Path, form: bool) -> None:
    gan = load_gan(gan_folder, form=form)
    scores = gan.sample(Controls(bars=24 if not form else 8), count=30, seed=3)
    widest = [widest_leap(score) for score in scores]
    assert max(widest) <= 12
    assert max(widest) > 9  # else nothing was held back


def struck(bars: Any) -> list[int]:
    """Pitches that begin, in order."""
    return [int(symbol) for symbol in bars.reshape(-1) if symbol < 36]


def test_bars_return_as_the_form_says(melodies: Store, tmp_path: Path) -> None:
    form = [-1, -1, 0, 1, -1, 1]
    save_gan(make_model(melodies, forms=[form, [-1] * 5]), tmp_path)
    requests = [Request("4/4", C, 6, NOTHING), Request("6/8", Key.parse("D minor"), 6, NOTHING)]
    returned = fresh = 0
    for found in load_gan(tmp_path, confident_share=0.0).write(requests * 8, seed=0):
        for bar, source in enumerate(form):
            if source >= 0:
                again, last = (
                    np.array_equal(found.bars[bar], found.bars[source]),
                    struck(found.bars[:bar]),
                )
                far = bool(last) and abs(struck(found.bars[source])[0] - last[-1]) > 12
                assert again != far  # it returns, unless the way to its first note were too far
                returned += again
        fresh += len({found.bars[i].tobytes() for i in (0, 1, 4)})
    assert returned > 16
    assert fresh > 40  # of 48: the others are bars of their own
    for found in load_gan(tmp_path, form=False).write(requests, seed=0):
        assert len({row.tobytes() for row in found.bars}) == 6
    (longer,) = load_gan(tmp_path).write(
        [Request("4/4", C, 7, NOTHING)], seed=0
    )  # no form is as long
    assert len({row.tobytes() for row in longer.bars}) == 7
    (shorter,) = load_gan(tmp_path).write([Request("4/4", C, 4, NOTHING)], seed=0)
    assert shorter.bars.shape == (4, 16)


def test_a_form_of_just_that_length_goes_before_the_beginning_of_a_longer_one(
    melodies: Store, tmp_path: Path
) -> None:
    save_gan(make_model(melodies, forms=[[-1] * 5, [-1, -1, -1, 0], [-1] * 6]), tmp_path)
    for found in load_gan(tmp_path, confident_share=0.0).write(
        [Request("4/4", C, 4, NOTHING)] * 16, seed=0
    ):
        again, last = np.array_equal(found.bars[3], found.bars[0]), struck(found.bars[:3])
        far = bool(last) and abs(struck(found.bars[0])[0] - last[-1]) > 12
        assert again != far


def test_a_batch_may_be_mixed(gan: BarGan) -> None:
    """Meters, lengths, and tunes to go on from, side by side; each comes back in its place."""
    before = to_steps(tune("C4 D4 E4 F4|G4:4|A4 G4 F4 E4"), C).bars
    requests = [
        Request("3/4", C, 2, NOTHING), Request("4/4", C, 5, before), Request("6/8", Key.parse("A minor"), 3, NOTHING),
        Request("4/4", Key.parse("G"), 1, NOTHING),
    ]  # fmt: skip
    found = gan.write(requests, seed=4)
    assert [(one.meter, one.bars.shape, one.key) for one in found] == [
        ("3/4", (2, 12), C), ("4/4", (5, 16), C), ("6/8", (3, 12), Key.parse("A minor")),
        ("4/4", (1, 16), Key.parse("G")),
    ]  # fmt: skip
    other = gan.write([replace(request, before=NOTHING) for request in requests], seed=4)
    assert np.array_equal(other[0].bars, found[0].bars)
    assert not np.array_equal(other[1].bars, found[1].bars)
    assert gan.write([], seed=0) == []
    alike = gan.write([requests[0]] * 3, seed=4)
    assert len({one.bars.tobytes() for one in alike}) == 3


def test_the_finer_grid_can_be_written(melodies: Store, tmp_path: Path) -> None:
    save_gan(make_model(melodies, grid=12), tmp_path)
    gan = load_gan(tmp_path)
    (score,) = gan.sample(Controls(bars=3, meter="3/4", key="C"), seed=0)
    assert full_bars(score) == 3
    third = 1 / 3
    more = gan.continue_score(
        tune(f"C4:{third} D4:{third} E4:{third} F4:3"), Controls(bars=2), seed=0
    )[0]
    assert quarters(more)[0][:4] == quarters(tune(f"C4:{third} D4:{third} E4:{third} F4:3"))[0]


@pytest.mark.parametrize(("controls", "words"), [
    ({"style": "reel"}, "style: the GAN follows bars, key, meter, tempo, instrument alone"),
    ({"density": "4-8"}, "density: the GAN follows"), ({"strict_key": True, "key": "C"}, "strict-key"),
    ({"temperature": 0.5}, "temperature"), ({"form": "AABA"}, "form"), ({"chords": "C G"}, "chords"),
    ({"end": True, "key": "C"}, "end: "), ({"max_copy": 20}, "max-copy"), ({"range": "C4-C6"}, "range"),
    ({"instruments": "violin,cello"}, "instruments"),
    ({"meter": "5/4"}, "meter 5/4: the GAN writes in 4/4, 3/4, 6/8; give one of them"),
    ({"meter": "2/2"}, "meter 2/2"), ({"meter": "2x4/4,2x3/4"}, "the GAN writes in one meter"),
])  # fmt: skip
def test_controls_that_it_does_not_follow_are_refused(
    gan: BarGan, controls: dict[str, Any], words: str
) -> None:
    with pytest.raises(ControlError, match=words):
        gan.sample(Controls(**controls), seed=0)
    with pytest.raises(ControlError, match=words):
        gan.continue_score(tune("C4 D4 E4 F4"), Controls(**controls), seed=0)


@pytest.mark.parametrize(("count", "seed"), [(0, 1), (1, -1), (1, 2**63)])
def test_senseless_counts_and_seeds_are_refused(gan: BarGan, count: int, seed: int) -> None:
    with pytest.raises(ControlError, match=r"count 0|seed"):
        gan.sample(count=count, seed=seed)


# -- going on ----------------------------------------------------------------------------


def prompts() -> dict[str, Score]:
    grace, jig, jacques = ((meter, pickup, text) for meter, pickup, _, text in REAL_TUNES.values())
    made = {
        "jig": tune(grace[2], meter=grace[0], pickup=grace[1], resolution=480),
        "pickup": tune(jig[2], meter=jig[0], pickup=jig[1]),
        "few ticks": tune("C4 D4 E4 F4|G4:2 E4:2", resolution=1),
        "odd ticks": tune(jacques[2], meter=jacques[0], resolution=100),
        "cut time": tune("C4:2 E4:2|G4:4", meter="2/2"),
        "short": tune("- - G4:1 -", meter="4/4"),
        "in the pickup": tune("G4|G4:3", meter="3/4", pickup="1/4"),
    }
    plain = made["odd ticks"].parts[0]
    louder = [replace(note, velocity=20 + 3 * i) for i, note in enumerate(plain.notes)]
    made["velocities"] = made["odd ticks"].with_parts(
        [replace(plain.with_notes(louder), program=73, name="flute")]
    )
    bass = Part(
        tuple(Note(n.onset, n.pitch - 24, n.duration, 33) for n in plain.notes[:9]), 32, name="bass"
    )
    drums = Part((Note(0, 36, 5, 100), Note(200, 38, 5, 99)), 0, is_drum=True)
    made["several parts"] = made["velocities"].with_parts([bass, *made["velocities"].parts, drums])
    return made


@pytest.mark.parametrize("bars", [1, 5, 11])
@pytest.mark.parametrize("name", prompts())
def test_the_notes_of_a_prompt_stay(gan: BarGan, name: str, bars: int) -> None:
    prompt = prompts()[name]
    (score,) = gan.continue_score(prompt, Controls(bars=bars), seed=1)
    assert full_bars(score) == full_bars(prompt) + bars
    assert score.length / score.resolution == (
        prompt.length / prompt.resolution + bars * float(prompt.bars[-1].meter.quarters)
    )
    old, new = quarters(prompt), quarters(score)
    end = prompt.length / prompt.resolution
    assert len(new) == len(old)
    for before, after in zip(old, new, strict=True):
        assert after[: len(before)] == before
        assert all(onset >= end for onset, *_ in after[len(before) :])
    assert [(p.program, p.name, p.is_drum) for p in score.parts] == [
        (p.program, p.name, p.is_drum) for p in prompt.parts
    ]
    longer = [len(after) > len(before) for before, after in zip(old, new, strict=True)]
    assert (
        sum(more for more, part in zip(longer, score.parts, strict=True) if not part.is_drum) <= 1
    )


def test_new_bars_follow_what_they_see(gan: BarGan) -> None:
    """The last eight bars count, and what lies before them does not."""
    head, tail = "C4 E4 G4 E4", "|".join(["D4 F4 A4 F4", "G4:2 E4:2"] * 4)
    controls = Controls(bars=3, key="C")

    def new(text: str) -> list[tuple[float, float, int]]:
        prompt = tune(text)
        notes = quarters(gan.continue_score(prompt, controls, seed=1)[0])[0][prompt.note_count :]
        return [
            (onset - prompt.length / prompt.resolution, length, pitch)
            for onset, length, pitch, _ in notes
        ]

    same = new("|".join([head, head.replace("C4", "A4"), tail]))
    assert same == new("|".join([head.replace("G4", "F4"), head, tail]))
    assert same != new("|".join([head, head, tail.replace("A4", "B4")]))
    assert len(same) > 0


def test_a_continuation_may_be_in_another_tempo(gan: BarGan) -> None:
    prompt = prompts()["jig"]
    (score,) = gan.continue_score(prompt, Controls(bars=2, tempo=200), seed=1)
    assert score.tempos[0].bpm == pytest.approx(120)
    assert score.tempos[-1].bpm == pytest.approx(200, rel=1e-3)
    assert score.tempos[-1].tick == prompt.length


@pytest.mark.parametrize("text", ["C8 D8 E8 G8", "C-1 D-1 E-1 G-1"])
def test_new_bars_stay_within_midi(gan: BarGan, text: str) -> None:
    """At the ends of the range a tune goes on too."""
    scores = gan.continue_score(tune(text), Controls(bars=4, key="C"), count=10, seed=0)
    assert all(score.note_count > 4 for score in scores)


def test_takes_of_a_continuation_differ_and_come_back(gan: BarGan) -> None:
    one, two = gan.continue_score(prompts()["jig"], Controls(bars=4), count=2, seed=7)
    assert one.parts != two.parts
    assert gan.continue_score(prompts()["jig"], Controls(bars=4), seed=8) == [two]


def five() -> Score:
    return tune("C4 D4 E4 F4 G4|C4:5", meter="5/4")


@pytest.mark.parametrize(("prompt", "words"), [
    (five(), "is in 5/4; only tunes in one of 4/4, 3/4, 6/8 fit"),
    (tune("C4:.3333 D4:.3333 E4:.3334 F4:3"), "between the 4 steps of a quarter"),
    (tune("C2 D4 E4 F7"), "lies at 36..101"),
    (Score((Part((Note(0, 60, 12), Note(0, 64, 12), Note(12, 60, 36))),), 12), "several notes at once"),
    (Score((Part((Note(0, 60, 48), Note(96, 62, 36))),), 12, meters=(MeterChange(0, Meter(4, 4)),
     MeterChange(96, Meter(3, 4)))), "is in 3/4, 4/4"),
])  # fmt: skip
def test_a_prompt_that_does_not_fit_is_told(gan: BarGan, prompt: Score, words: str) -> None:
    with pytest.raises(FormatError, match=words) as told:
        gan.continue_score(prompt, seed=0)
    assert str(told.value).startswith("the tune: ")
    assert "\n" not in str(told.value)


def test_another_meter_after_a_prompt_is_told(gan: BarGan) -> None:
    with pytest.raises(ControlError, match="meter 3/4: the tune is in 4/4"):
        gan.continue_score(tune("C4 D4 E4 F4|G4:4"), Controls(meter="3/4"), seed=0)
    gan.continue_score(tune("C4 D4 E4 F4|G4:4"), Controls(meter="4/4"), seed=0)


def test_a_prompt_that_cannot_be_read_is_told(gan: BarGan, tmp_path: Path) -> None:
    (tmp_path / "x.mid").write_bytes(b"MThd")
    for path in (tmp_path / "x.mid", tmp_path / "gone.mid"):
        with pytest.raises(FormatError, match=path.name):
            gan.continue_score(path, seed=0)
    with pytest.raises(ControlError, match=r"part 2: .* has parts 1\.\.1"):
        list(gan.continuations(tune("C4 D4 E4 F4"), part=2))
