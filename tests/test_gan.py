"""The bar GAN as a library: train, load, write, go on, augment, measure."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import REAL_TUNES, corpus_tunes, random_score, tune, write_tunes

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.errors import CheckpointError, ControlError, ExistsError, FormatError
from symgen.files import seal_json, unseal_json
from symgen.gan import BarGan, Wish, augment_store, evaluate_gan, load_gan, read_tunes, train_gan, train_tutorial
from symgen.gan import training as gan_training
from symgen.gan.evaluating import save_evaluation
from symgen.gan.tunes import describe_corpus, wishes_like
from symgen.meter import Meter
from symgen.nets.gan_config import GanConfig
from symgen.nets.gan_files import GAN_CARD, GanModel, read_gan, save_gan
from symgen.sampling import Controls
from symgen.score import MeterChange, Note, Part, Score
from symgen.theory import Key
from symgen.tokens.steps import STEP_METERS, to_steps
from symgen.tokens.vocabulary import VELOCITY
from symgen.training import adversarial
from symgen.training.adversarial_options import GanOptions
from symgen.training.adversarial_tutorial import TutorialOptions

NET = GanConfig(width=8, critic_width=8, mapping=8, tune_latent=4, bar_latent=4)
C = Key.parse("C major")
NOTHING = np.zeros((0, 0), dtype=np.uint8)
SMALL = GanOptions(net=NET, minutes=3 / 60, batch=8, validations=2, device="cpu", precision="float32")


def quarters(score: Score) -> list[list[tuple[float, float, int, int]]]:
    """All notes of each part, whatever the resolution."""
    ticks = score.resolution
    return [[(n.onset / ticks, n.duration / ticks, n.pitch, n.velocity) for n in p.notes] for p in score.parts]


def full_bars(score: Score) -> int:
    return sum(bar.number > 0 for bar in score.bars)


def waltz(seed: int, meter: str = "3/4") -> Score:
    rng = np.random.default_rng(seed)
    names = np.array(["G4", "A4", "B4", "D5", "E5", "G5"])
    bars = [" ".join(f"{name}:.5" for name in rng.choice(names, size=6)) for _ in range(7)]
    return tune("|".join([*bars, "G4:3"]), meter=meter, resolution=480)


@pytest.fixture(scope="module")
def melodies(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of melodies in all metres, and of pieces that the GAN cannot read."""
    odd = [random_score(1, meter="5/4"), random_score(2, parts=2, chords=True)]
    scores = [*corpus_tunes(12), *(waltz(s, "6/8" if s % 2 else "3/4") for s in range(12)), *odd]
    folder = tmp_path_factory.mktemp("gan")
    options = CorpusOptions(workers=1, ratios=(0.5, 0.25, 0.25), near=1.0, kin=1.0, leak=1.0)
    build_corpus([write_tunes(folder / "music", scores)], folder / "store", options=options)
    return Store.open(folder / "store")


def random_weights(config: GanConfig, seed: int = 0) -> dict[str, Any]:
    import torch

    from symgen.nets.gan import BarGenerator

    torch.manual_seed(seed)
    net = BarGenerator(config)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.5).add_(0.3 * torch.randn_like(weight))
    return {name: value.detach().numpy() for name, value in net.state_dict().items()}


def make_model(store: Store, *, grid: int = 4, **more: Any) -> GanModel:
    config = replace(NET, grid=grid)
    info = {"name": "small", **describe_corpus(store, read_tunes(store, "train", grid=grid)), **more}
    return GanModel(config, random_weights(config), info)


@pytest.fixture(scope="module")
def gan_folder(melodies: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that has learned nothing."""
    folder = tmp_path_factory.mktemp("models") / "small"
    save_gan(make_model(melodies), folder)
    return folder


@pytest.fixture(scope="module")
def gan(gan_folder: Path) -> BarGan:
    return load_gan(gan_folder)


def stop_after(steps: int) -> Callable[[], bool]:
    count = itertools.count(1)
    return lambda: next(count) >= steps


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation over few bars, and a clock that goes on by a second whenever it is looked at."""
    ticks = itertools.count()
    monkeypatch.setattr(adversarial, "clock", lambda: float(next(ticks)))
    monkeypatch.setattr(gan_training, "_VALID_TUNES", 6)
    monkeypatch.setattr(gan_training, "_VALID_BARS", 4)


# -- what it learns from -----------------------------------------------------------------


def test_melodies_alone_are_read(melodies: Store) -> None:
    found = [tune for split in ("train", "valid", "test") for tune in read_tunes(melodies, split)]
    assert len(found) == 24 == len(melodies) - 2
    assert {tune.meter for tune in found} == set(STEP_METERS)
    assert {len(tune) for tune in found} == {8}
    assert len({tune.group for tune in found}) == 24
    assert all(read_tunes(melodies, split) for split in ("train", "valid", "test"))


def test_the_card_tells_of_the_corpus(melodies: Store) -> None:
    tunes = read_tunes(melodies, "train")
    facts = describe_corpus(melodies, tunes)
    assert facts["corpus"]["sha256"] == melodies.digest
    assert (facts["corpus"]["pieces"], facts["corpus"]["bars"]) == (len(tunes), 8 * len(tunes))
    assert sum(row[-1] for row in facts["usual"]) == len(tunes)
    assert len(facts["forms"]) == len(tunes)
    for one, form in zip(tunes, facts["forms"], strict=True):
        for bar, source in enumerate(form):
            earlier = [i for i in range(bar) if np.array_equal(one.bars[i], one.bars[bar])]
            assert source == (earlier[0] if earlier else -1)
    assert set(facts["bases"]) == {str(tune.key.tonic) for tune in tunes}
    assert all(base % 12 == int(tonic) for tonic, base in facts["bases"].items())
    json.dumps(facts)


def test_wishes_come_round(melodies: Store) -> None:
    tunes = read_tunes(melodies, "test")
    wishes = wishes_like(tunes, len(tunes) + 1, 5)
    assert [(wish.meter, wish.key) for wish in wishes[:-1]] == [(tune.meter, tune.key) for tune in tunes]
    assert (wishes[-1].meter, wishes[-1].bars, len(wishes[-1].before)) == (tunes[0].meter, 5, 0)


# -- training ----------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
def test_a_run_can_be_loaded_and_gone_on_with(melodies: Store, tmp_path: Path) -> None:
    stopped = train_gan(melodies, tmp_path / "run", options=SMALL, hooks=(None, stop_after(2)))
    assert stopped.stopped
    with pytest.raises(ExistsError, match="holds a run already; pass --resume to go on, or --overwrite"):
        train_gan(melodies, tmp_path / "run", options=SMALL)
    report = train_gan(melodies, tmp_path / "run", resume=True)
    assert not report.stopped
    assert [row["step"] for row in report.rows] == [2, 3]
    assert {"kl_interval", "unique_bars", "leaps", "in_scale", "score"} <= set(report.rows[0])
    assert (tmp_path / "run" / "training.png").read_bytes().startswith(b"\x89PNG")
    gan = load_gan(tmp_path / "run")
    assert (gan.name, gan.info["corpus"]["sha256"]) == ("run", melodies.digest)
    assert gan.info["training"]["batch"] == 8
    assert gan.parameters == sum(value.size for value in random_weights(NET).values())
    assert gan.sample(Controls(bars=2), seed=1)[0].note_count > 0


@pytest.mark.usefixtures("quick")
def test_a_run_can_be_begun_anew(melodies: Store, tmp_path: Path) -> None:
    once = train_gan(melodies, tmp_path / "run", options=SMALL)
    first = read_gan(tmp_path / "run" / "best")
    again = train_gan(melodies, tmp_path / "run", options=SMALL, overwrite=True)
    assert again.rows == once.rows
    second = read_gan(tmp_path / "run" / "best")
    assert all(np.array_equal(value, second.weights[name]) for name, value in first.weights.items())


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_trained_leaves_nothing(melodies: Store, tmp_path: Path) -> None:
    chords = write_tunes(tmp_path / "music", [random_score(s, parts=2, chords=True) for s in range(6)])
    build_corpus([chords], tmp_path / "store", options=CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0))
    with pytest.raises(ControlError, match=r"its part 'train' has no melody of one part .* --parts melody"):
        train_gan(Store.open(tmp_path / "store"), tmp_path / "run", options=SMALL)
    with pytest.raises(CheckpointError, match="nothing to resume"):
        train_gan(melodies, tmp_path / "run", resume=True)
    assert not (tmp_path / "run").exists()


# -- loading -----------------------------------------------------------------------------


def test_files_there_and_back(melodies: Store, tmp_path: Path) -> None:
    model = make_model(melodies)
    path = save_gan(model, tmp_path)
    again = read_gan(tmp_path)
    assert (again.config, again.info) == (model.config, json.loads(json.dumps(model.info)))
    for name, value in model.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)
    half = save_gan(model, tmp_path, half=True)
    assert not path.exists()
    assert half.stat().st_size < 0.8 * sum(value.nbytes for value in model.weights.values())
    assert load_gan(tmp_path).sample(Controls(bars=1), seed=0)


@pytest.mark.parametrize("name", ["nosuch", "a/b", "", "x" * 500, "nul\0"])
def test_an_unknown_model_is_refused(name: str) -> None:
    with pytest.raises(CheckpointError, match="holds no GAN; name a folder"):
        load_gan(name)


def tamper(folder: Path, **changes: Any) -> None:
    """Change what a card says, and seal it again."""
    card = unseal_json((folder / GAN_CARD).read_bytes())
    (folder / GAN_CARD).write_text(seal_json({**card, **changes}))


DAMAGE: list[dict[str, Any]] = [
    {"forms": [[-1, 1]]}, {"forms": [[0]]}, {"forms": [[-2]]}, {"forms": 3}, {"forms": [["x"]]}, {"forms": [None]},
    {"bases": {"0": "x"}}, {"bases": {"0": None}}, {"bases": {"0": 49}}, {"bases": {"0": 120}}, {"bases": {"0": -12}},
    {"bases": [48]}, {"bases": {"0": math.inf}},
    {"usual": 3}, {"usual": [["4/4"]]}, {"usual": [["4/4", "", 3, 3]]}, {"usual": [["4/4", "", "C major", "many"]]},
    {"usual": [[4, "", "C major", 1]]}, {"usual": [None]}, {"usual": [["4/4", "", "C major", -1]]},
    {"config": {}}, {"config": None}, {"config": {**NET.to_json(), "width": 10}},
    {"config": {**NET.to_json(), "grid": 5}}, {"config": {**NET.to_json(), "grid": 12}}, {"format": 2}, {"files": {}},
    {"files": {"../x.safetensors": "0"}}, {"corpus": 3}, {"name": 3}, {"preset": ["tutorial"]}, {"preset": "tutorial"},
]  # fmt: skip


def write_some(folder: Path) -> None:
    for key in (None, "C"):
        load_gan(folder).sample(Controls(bars=1, key=key), seed=1)


@pytest.mark.parametrize("changes", DAMAGE, ids=str)
def test_a_damaged_card_is_refused(melodies: Store, tmp_path: Path, changes: dict[str, Any]) -> None:
    save_gan(make_model(melodies), tmp_path)
    tamper(tmp_path, **changes)
    with pytest.raises(CheckpointError):
        write_some(tmp_path)


def test_a_card_or_weights_whose_checksum_differs_are_refused(melodies: Store, tmp_path: Path) -> None:
    path = save_gan(make_model(melodies), tmp_path)
    data, card = path.read_bytes(), (tmp_path / GAN_CARD).read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="damaged"):
        load_gan(tmp_path)
    path.write_bytes(data)
    for changed in (card.replace(b'"width": 8', b'"width": 6'), card[:-9], b"[]", b"{}", b"\xff"):
        (tmp_path / GAN_CARD).write_bytes(changed)
        with pytest.raises(CheckpointError, match="no GAN, or damaged"):
            load_gan(tmp_path)
    (tmp_path / GAN_CARD).write_bytes(card)
    path.unlink()
    with pytest.raises(CheckpointError, match="no GAN, or damaged"):
        load_gan(tmp_path)


def test_weights_that_are_no_numbers_are_refused(melodies: Store, tmp_path: Path) -> None:
    model = make_model(melodies)
    broken = {**model.weights, "out.bias": np.full_like(model.weights["out.bias"], np.nan)}
    save_gan(replace(model, weights=broken), tmp_path)
    with pytest.raises(CheckpointError, match="no numbers"):
        load_gan(tmp_path)


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
    gan_folder: Path, bars: int, key: str, meter: str, tempo: float, instrument: str | int, form: bool
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
    assert all(check.met for check in take.checks(asked) if check.name != "key")  # it has learned no scale


def test_what_is_left_out_is_drawn_as_the_corpus_has_it(gan: BarGan) -> None:
    kinds = {(row[0], row[2]) for row in gan.info["usual"]}
    for meter in STEP_METERS:
        takes = list(gan.takes(Controls(meter=meter), count=10, seed=0))
        assert {(str(take.header.meter), str(take.header.key)) for take in takes} <= kinds
        assert {take.header.bars for take in takes} == {8}
    assert {take.header.key for take in gan.takes(Controls(meter="6/8"), count=3, seed=0)} == {Key.parse("G")}
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
    wishes = [Wish("4/4", C, 6, NOTHING), Wish("6/8", Key.parse("D minor"), 6, NOTHING)]
    returned = fresh = 0
    for found in load_gan(tmp_path, surer=0.0).write(wishes * 8, seed=0):
        for bar, source in enumerate(form):
            if source >= 0:
                again, last = np.array_equal(found.bars[bar], found.bars[source]), struck(found.bars[:bar])
                far = bool(last) and abs(struck(found.bars[source])[0] - last[-1]) > 12
                assert again != far  # it returns, unless the way to its first note were too far
                returned += again
        fresh += len({found.bars[i].tobytes() for i in (0, 1, 4)})
    assert returned > 16
    assert fresh > 40  # of 48: the others are bars of their own
    for found in load_gan(tmp_path, form=False).write(wishes, seed=0):
        assert len({row.tobytes() for row in found.bars}) == 6
    (longer,) = load_gan(tmp_path).write([Wish("4/4", C, 7, NOTHING)], seed=0)  # no form is as long
    assert len({row.tobytes() for row in longer.bars}) == 7
    (shorter,) = load_gan(tmp_path).write([Wish("4/4", C, 4, NOTHING)], seed=0)
    assert shorter.bars.shape == (4, 16)


def test_a_batch_may_be_mixed(gan: BarGan) -> None:
    """Metres, lengths, and tunes to go on from, side by side; each comes back in its place."""
    before = to_steps(tune("C4 D4 E4 F4|G4:4|A4 G4 F4 E4"), C).bars
    wishes = [
        Wish("3/4", C, 2, NOTHING), Wish("4/4", C, 5, before), Wish("6/8", Key.parse("A minor"), 3, NOTHING),
        Wish("4/4", Key.parse("G"), 1, NOTHING),
    ]  # fmt: skip
    found = gan.write(wishes, seed=4)
    assert [(one.meter, one.bars.shape, one.key) for one in found] == [
        ("3/4", (2, 12), C), ("4/4", (5, 16), C), ("6/8", (3, 12), Key.parse("A minor")),
        ("4/4", (1, 16), Key.parse("G")),
    ]  # fmt: skip
    other = gan.write([replace(wish, before=NOTHING) for wish in wishes], seed=4)
    assert np.array_equal(other[0].bars, found[0].bars)
    assert not np.array_equal(other[1].bars, found[1].bars)
    assert gan.write([], seed=0) == []
    alike = gan.write([wishes[0]] * 3, seed=4)
    assert len({one.bars.tobytes() for one in alike}) == 3


def test_the_finer_grid_can_be_written(melodies: Store, tmp_path: Path) -> None:
    save_gan(make_model(melodies, grid=12), tmp_path)
    gan = load_gan(tmp_path)
    (score,) = gan.sample(Controls(bars=3, meter="3/4", key="C"), seed=0)
    assert full_bars(score) == 3
    third = 1 / 3
    more = gan.continue_score(tune(f"C4:{third} D4:{third} E4:{third} F4:3"), Controls(bars=2), seed=0)[0]
    assert quarters(more)[0][:4] == quarters(tune(f"C4:{third} D4:{third} E4:{third} F4:3"))[0]


@pytest.mark.parametrize(("controls", "words"), [
    ({"style": "reel"}, "style: the GAN follows bars, key, meter, tempo, instrument alone"),
    ({"density": "4-8"}, "density: the GAN follows"), ({"strict_key": True, "key": "C"}, "strict-key"),
    ({"temperature": 0.5}, "temperature"), ({"form": "AABA"}, "form"), ({"chords": "C G"}, "chords"),
    ({"end": True, "key": "C"}, "end: "), ({"max_copy": 20}, "max-copy"), ({"range": "C4-C6"}, "range"),
    ({"instruments": "violin,cello"}, "instruments"),
    ({"meter": "5/4"}, "meter 5/4: the GAN writes in 4/4, 3/4, 6/8; give one of them"),
    ({"meter": "2/2"}, "meter 2/2"), ({"meter": "2x4/4,2x3/4"}, "the GAN writes in one metre"),
])  # fmt: skip
def test_controls_that_it_does_not_follow_are_refused(gan: BarGan, controls: dict[str, Any], words: str) -> None:
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
    made["velocities"] = made["odd ticks"].with_parts([replace(plain.with_notes(louder), program=73, name="flute")])
    bass = Part(tuple(Note(n.onset, n.pitch - 24, n.duration, 33) for n in plain.notes[:9]), 32, name="bass")
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
    assert sum(len(after) > len(before) for before, after in zip(old, new, strict=True)) <= 1


def test_new_bars_follow_what_they_see(gan: BarGan) -> None:
    """The last eight bars count, and what lies before them does not."""
    head, tail = "C4 E4 G4 E4", "|".join(["D4 F4 A4 F4", "G4:2 E4:2"] * 4)
    controls = Controls(bars=3, key="C")

    def new(text: str) -> list[tuple[float, float, int]]:
        prompt = tune(text)
        notes = quarters(gan.continue_score(prompt, controls, seed=1)[0])[0][prompt.note_count :]
        return [(onset - prompt.length / prompt.resolution, length, pitch) for onset, length, pitch, _ in notes]

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


def test_another_metre_after_a_prompt_is_told(gan: BarGan) -> None:
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


# -- more to train on --------------------------------------------------------------------


def contents(store: Store) -> list[tuple[Any, bytes]]:
    return [
        (replace(record, offset=0), store.events(record).fields.tobytes())
        for record in store.pieces()
    ]  # fmt: skip


def test_a_store_grows_by_training_pieces(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    before = melodies.path.joinpath("index.json").read_bytes()
    made = augment_store(melodies, tmp_path / "more", gan, count=7, bars=5, seed=3)
    assert (made.folder, made.pieces, made.made) == (tmp_path / "more", len(melodies) + 7, 7)
    store = Store.open(tmp_path / "more")
    assert contents(store)[: len(melodies)] == contents(melodies)
    assert {record.split for record in store.pieces()[len(melodies) :]} == {"train"}
    new = read_tunes(store, "train")[-7:]
    assert [len(tune) for tune in new] == [5] * 7
    assert len({record.group for record in store.pieces()[-7:]}) == 7
    kinds = {(tune.meter, tune.key) for tune in read_tunes(melodies, "train")}
    assert {(tune.meter, tune.key) for tune in new} <= kinds
    assert melodies.path.joinpath("index.json").read_bytes() == before
    report = store.index["report"]
    assert (report["kept"], report["splits"]["train"]) == (len(store), len(melodies.pieces("train")) + 7)
    assert report["notes"] > melodies.index["report"]["notes"]
    assert store.events(store.pieces()[-1]).fields[:, VELOCITY].max() == 80


def test_added_pieces_are_fixed_by_the_seed(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        augment_store(melodies, tmp_path / name, gan, count=4, bars=3, seed=seed)
    one, two, other = (Store.open(tmp_path / name) for name in ("one", "two", "other"))
    assert (tmp_path / "one" / "index.json").read_bytes() == (tmp_path / "two" / "index.json").read_bytes()
    assert one.digest == two.digest != other.digest


def test_a_store_that_was_augmented_can_be_augmented(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    augment_store(melodies, tmp_path / "one", gan, count=2, bars=2)
    augment_store(Store.open(tmp_path / "one"), tmp_path / "two", gan, count=3, bars=2, seed=1)
    store = Store.open(tmp_path / "two")
    assert len(store) == len(melodies) + 5
    assert store.index["report"]["kept"] == len(store)


def test_nothing_is_replaced_unasked(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    own = contents(melodies)
    (tmp_path / "link").symlink_to(melodies.path)
    for folder in (melodies.path, tmp_path / "link", melodies.path / ".." / melodies.path.name):
        for overwrite in (True, False):
            with pytest.raises(ExistsError, match="is the store itself"):
                augment_store(melodies, folder, gan, count=1, bars=1, overwrite=overwrite)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    for name in ("mine", "file"):
        with pytest.raises(ExistsError, match="exists and is no corpus store; choose another name"):
            augment_store(melodies, tmp_path / name, gan, count=1, bars=1, overwrite=True)
    augment_store(melodies, tmp_path / "more", gan, count=1, bars=1)
    before = contents(Store.open(tmp_path / "more"))
    with pytest.raises(ExistsError, match="exists already; choose another name or pass --overwrite"):
        augment_store(melodies, tmp_path / "more", gan, count=2, bars=1)
    assert contents(Store.open(tmp_path / "more")) == before
    assert augment_store(melodies, tmp_path / "more", gan, count=2, bars=1, overwrite=True).made == 2
    assert len(Store.open(tmp_path / "more")) == len(melodies) + 2
    assert sorted(p.name for p in (tmp_path / "mine").iterdir()) == ["letter.txt"]
    assert contents(Store.open(melodies.path)) == own


@pytest.mark.parametrize(("count", "bars"), [(0, 4), (4, 0), (100_001, 4), (4, 513)])
def test_senseless_numbers_of_tunes_are_refused(
    melodies: Store, gan: BarGan, tmp_path: Path, count: int, bars: int
) -> None:
    with pytest.raises(ControlError, match=f"n {count}, bars {bars}: use"):
        augment_store(melodies, tmp_path / "more", gan, count=count, bars=bars)
    with pytest.raises(ControlError, match=f"n {count}, bars {bars}: use"):
        evaluate_gan(gan, melodies, tunes=count, bars=bars)
    assert list(tmp_path.iterdir()) == []


# -- measuring ---------------------------------------------------------------------------

FIGURES = {
    "empty", "pitch_classes", "notes", "eighths", "in_scale", "leaps", "kl_pitch_class", "kl_duration", "kl_place",
    "kl_interval", "unique_bars", "copied_bars", "other_latent",
}  # fmt: skip


def test_an_evaluation_tells_all(melodies: Store, gan: BarGan, tiny_folder: Path) -> None:
    found = evaluate_gan(gan, melodies, tunes=6, bars=4, seed=1, language_model=tiny_folder)
    assert set(found.table) == {*FIGURES, "bits_per_16th"}
    assert found.table["other_latent"]["generated"] > 0.9
    for name in ("empty", "notes", "in_scale", "unique_bars", "bits_per_16th"):
        assert {"real", "floor", "generated"} <= set(found.table[name])
    for name in ("kl_pitch_class", "kl_interval"):
        assert found.table[name]["kl"] >= 0
        assert found.table[name]["floor"] >= 0
    assert found.table["bits_per_16th"]["generated"] > 0
    text = found.to_markdown()
    assert sum(line.startswith("| ") for line in text.splitlines()) == 1 + len(found.table)
    assert "6 tunes by small beside" in text
    facts = json.loads(json.dumps(found.to_json()))
    assert (facts["generated_tunes"], facts["bars"], facts["seed"], facts["split"]) == (6, 4, 1, "test")
    assert (len(found.made), facts["real_tunes"]) == (6, len(read_tunes(melodies, "test")))
    again = evaluate_gan(gan, melodies, tunes=6, bars=4, seed=1)
    assert again.table == {name: row for name, row in found.table.items() if name != "bits_per_16th"}
    assert evaluate_gan(gan, melodies, tunes=6, bars=4, seed=2).table != again.table


def test_real_tunes_are_nearer_to_real_ones_than_noise_is(melodies: Store, gan: BarGan) -> None:
    table = evaluate_gan(gan, melodies, tunes=20, bars=8, split="valid").table
    assert table["kl_pitch_class"]["kl"] > table["kl_pitch_class"]["floor"]
    assert table["in_scale"]["generated"] < table["in_scale"]["real"]


def test_an_evaluation_can_be_kept(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    found = evaluate_gan(gan, melodies, tunes=3, bars=2)
    written = save_evaluation(found, tmp_path / "out")
    names = sorted(path.name for path in written)
    assert names == sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["distributions.png", "report.json", "report.md"]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == json.loads(json.dumps(found.to_json()))
    assert (tmp_path / "out" / "report.md").read_text() == found.to_markdown() + "\n"
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("mine")
        with pytest.raises(ExistsError, match=name):
            save_evaluation(found, tmp_path / name)
        assert [p.name for p in (tmp_path / name).iterdir()] == [name]
        assert (tmp_path / name / name).read_text() == "mine"
    save_evaluation(found, tmp_path / "out", overwrite=True)


def test_what_cannot_be_measured_is_told(melodies: Store, gan: BarGan) -> None:
    with pytest.raises(ControlError, match="split 'all': use train, valid or test"):
        evaluate_gan(gan, melodies, split="all")
    with pytest.raises(CheckpointError):
        evaluate_gan(gan, melodies, tunes=1, bars=1, language_model="nosuch")


# -- the tutorial's ----------------------------------------------------------------------


def test_the_network_of_the_tutorial(melodies: Store, tmp_path: Path) -> None:
    how = TutorialOptions(batch=4, device="cpu")
    folder = train_tutorial(melodies, tmp_path / "run", options=how, stop=stop_after(3))
    assert sorted(path.name for path in folder.iterdir()) == ["best", "training.png"]
    gan = load_gan(folder)
    assert gan.info["preset"] == "tutorial"
    two = gan.sample(Controls(bars=13, key="G", meter="3/4"), count=2, seed=1)
    assert [full_bars(score) for score in two] == [13, 13]
    assert gan.sample(Controls(bars=13, key="G", meter="3/4"), seed=2) == two[1:]
    assert two[0].keys[0].sharps == 1
    with pytest.raises(ControlError, match="prime: the generator of the tutorial sees no bars before its own"):
        gan.continue_score(tune("C4 D4 E4 F4"), seed=0)
    assert augment_store(melodies, tmp_path / "more", gan, count=2, bars=2).pieces >= len(melodies)
    assert set(evaluate_gan(gan, melodies, tunes=2, bars=6).table) == FIGURES
    with pytest.raises(ExistsError, match="holds a run already"):
        train_tutorial(melodies, tmp_path / "run", options=how, stop=stop_after(1))
    train_tutorial(melodies, tmp_path / "run", options=how, overwrite=True, stop=stop_after(1))
