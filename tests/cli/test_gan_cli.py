"""`symgen gan`, in process."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import Command, files, refused
from small import REAL_TUNES, tune

from symgen.cli import main
from symgen.corpus import Store
from symgen.formats import load_score, save_score
from symgen.gan import load_gan, read_tunes, train_gan
from symgen.gan.checkpoint import GanConfig, GanModel, save_gan
from symgen.gan.options import GanOptions
from symgen.gan.tunes import describe_corpus
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.training import Callbacks

NET = GanConfig(width=8, critic_width=8, mapping=8, tune_latent=4, bar_latent=4)


@pytest.fixture(scope="module")
def gan_folder(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that has learned nothing."""
    import torch

    from symgen.gan.net import BarGenerator

    torch.manual_seed(0)
    net = BarGenerator(NET)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.5).add_(0.3 * torch.randn_like(weight))
    info = {"name": "small", **describe_corpus(store, read_tunes(store, "train"))}
    folder = tmp_path_factory.mktemp("models") / "small"
    save_gan(
        GanModel(NET, {name: value.numpy() for name, value in net.state_dict().items()}, info),
        folder,
    )
    return folder


@pytest.fixture
def gan(command: Command, gan_folder: Path) -> Command:
    """Run ``symgen gan JOB`` with this generator, beside ``tune.mid``."""
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    save_score(tune(text, meter=meter, pickup=pickup, resolution=480), Path("tune.mid"))
    return lambda job, *arguments: command("gan", job, *arguments, "--model", gan_folder)


def full_bars(score: Score) -> int:
    return sum(bar.number > 0 for bar in score.bars)


# -- sample ------------------------------------------------------------------------------


def test_a_tune_is_written(gan: Command) -> None:
    result = gan(
        "sample",
        "-n",
        1,
        "--seed",
        5,
        "--bars",
        4,
        "--key",
        "G",
        "--meter",
        "3/4",
        "-o",
        "out/x.mid",
    )
    assert (result.status, result.out) == (0, ["out/x.mid"])
    score = load_score("out/x.mid")
    assert (full_bars(score), str(score.bars[0].meter), score.keys[0].sharps) == (4, "3/4", 1)
    assert files() == ["out", "tune.mid"]


def test_a_seed_gives_the_same_bytes(gan: Command) -> None:
    asked = ("--bars", 3, "--key", "C")
    assert gan("sample", "-n", 3, "--seed", 5, *asked, "-o", "a.mid").out == [
        "a-1.mid",
        "a-2.mid",
        "a-3.mid",
    ]
    assert gan("sample", "-n", 1, "--seed", 6, *asked, "-o", "b.mid").out == ["b.mid"]
    assert gan("sample", "-n", 1, "--seed", 5, *asked).out == ["symgen-gan-5.mid"]
    assert (
        Path("b.mid").read_bytes() == Path("a-2.mid").read_bytes() != Path("a-1.mid").read_bytes()
    )
    assert Path("symgen-gan-5.mid").read_bytes() == Path("a-1.mid").read_bytes()


def test_a_seed_that_was_drawn_is_told(gan: Command) -> None:
    result = gan("sample", "-n", 1, "--bars", 2)
    (name,) = result.out
    seed = name.removeprefix("symgen-gan-").removesuffix(".mid")
    assert f"seed {seed}" in result.err
    gan("sample", "-n", 1, "--bars", 2, "--seed", seed, "-o", "again.mid")
    assert Path("again.mid").read_bytes() == Path(name).read_bytes()


def test_the_library_writes_the_same_notes(gan: Command, gan_folder: Path) -> None:
    gan("sample", "-n", 1, "--bars", 3, "--seed", 5, "-o", "x.mid", "--no-form")
    (score,) = load_gan(gan_folder, form=False).sample(Controls(bars=3), seed=5)
    assert load_score("x.mid").parts[0].notes == score.parts[0].notes


def test_what_is_asked_for_lies_beside_it(gan: Command) -> None:
    more = ("--wav", "--report", "--xml", "--plot", "--instrument", "flute", "--tempo", 90)
    result = gan("sample", "-n", 1, "--bars", 2, "--seed", 1, "-o", "x.mid", *more)
    assert (result.status, result.out) == (0, ["x.mid", "x.wav", "x.musicxml", "x.png", "x.json"])
    assert Path("x.wav").read_bytes().startswith(b"RIFF")
    facts = json.loads(Path("x.json").read_text())
    expected = {"path": "x.mid", "seed": 1, "bars": 2, "new_bars": 2, "meter": "4/4", "tempo": 90, "model": "small",
                "instruments": ["Flute"], "copied": None, "bits_a_note": None}  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert facts["controls"]["bars"]["met"]
    assert facts["command"].startswith("symgen gan sample")


def test_json_says_what_was_written(gan: Command) -> None:
    result = gan("sample", "-n", 2, "--bars", 2, "--seed", 1, "-o", "x.mid", "--json")
    assert [json.loads(line)["path"] for line in result.out] == ["x-1.mid", "x-2.mid"]
    assert [json.loads(line)["seed"] for line in result.out] == [1, 2]


def help_of(job: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["gan", job, "--help"])
    assert ended.value.code == 0
    return " ".join(capsys.readouterr().out.split())


def test_the_help_tells_how_many_are_written(
    gan: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    written = gan("sample", "--bars", 1, "--seed", 1).out
    assert f"pieces to write (default {len(written)})" in help_of("sample", capsys)


def test_a_tune_is_gone_on_with(gan: Command) -> None:
    result = gan("sample", "-n", 1, "--prime", "tune.mid", "--bars", 5, "--seed", 2)
    assert (result.status, result.out) == (0, ["tune-gan.mid"])
    assert result.err[0].startswith("continuing part 1 of 1: ")
    before, after = load_score("tune.mid"), load_score("tune-gan.mid")
    assert after.parts[0].notes[: before.note_count] == before.parts[0].notes
    assert after.note_count > before.note_count
    again = gan(
        "sample",
        "-n",
        2,
        "--prime",
        "tune.mid",
        "--bars",
        5,
        "--seed",
        1,
        "-o",
        "y.mid",
        "--part",
        1,
    )
    assert again.out == ["y-1.mid", "y-2.mid"]
    assert Path("y-2.mid").read_bytes() == Path("tune-gan.mid").read_bytes()


@pytest.mark.parametrize(("options", "status", "word"), [
    (["--bars", "0"], 2, "bars 0"), (["--meter", "5/4"], 2, "meter 5/4: the GAN writes in 4/4, 3/4, 6/8"),
    (["--meter", "x"], 2, "'x'"), (["--meter", "2x4/4,2x3/4"], 2, "one meter"), (["--key", "H"], 2, "'H'"),
    (["--tempo", "0"], 2, "tempo 0"), (["--instrument", "kazoophone"], 2, "kazoophone"),
    (["--style", "reel"], 2, "--style"),
    (["--bars", "many"], 2, "--bars"), (["--count", "0"], 2, "count 0"), (["--seed", "-1"], 2, "seed -1"),
    (["-o", "x.ogg"], 2, ".mid"), (["-o", "tune.mid"], 2, "tune.mid: exists already"),
    (["--soundfont", "x.sf2"], 2, "--wav"), (["--part", "1"], 2, "part: is for --prime"),
    (["--prime", "gone.mid"], 3, "gone.mid: no such file"), (["--prime", "text.mid"], 3, "text.mid"),
    (["--prime", "five.mid"], 3, "five.mid: is in 5/4; only tunes in one of 4/4, 3/4, 6/8 fit"),
    (["--prime", "thirds.mid"], 3, "thirds.mid: has notes between the 4 steps of a quarter"),
    (["--prime", "tune.mid", "--part", "3"], 2, "part 3: tune.mid has parts 1..1"),
    (["--prime", "tune.mid", "--meter", "4/4"], 2, "meter 4/4: tune.mid is in 3/4"),
    (["--prime", "tune.mid", "--limit", "notes=3"], 3, "tune.mid"),
])  # fmt: skip
def test_what_cannot_be_done(gan: Command, options: list[str], status: int, word: str) -> None:
    save_score(tune("C4 D4 E4 F4 G4|C4:5", meter="5/4", resolution=480), Path("five.mid"))
    third = 1 / 3
    save_score(tune(f"C4:{third} D4:{third} E4:{third} F4:3", resolution=480), Path("thirds.mid"))
    Path("text.mid").write_text("la la la")
    before = files()
    refused(gan("sample", "-n", 1, *options), status, word)
    assert files() == before


def test_models_that_are_none(command: Command, store_folder: Path, tiny_folder: Path) -> None:
    for model in ("nosuch", tiny_folder, store_folder):
        refused(
            command("gan", "sample", "--model", model, "-o", "x.mid"), 4, f"{model}: holds no GAN"
        )
        refused(
            command("gan", "augment", store_folder, "--model", model, "-o", "more"),
            4,
            "holds no GAN",
        )
        refused(
            command("gan", "evaluate", store_folder, "--model", model, "-o", "out"),
            4,
            "holds no GAN",
        )
    assert files() == []


def test_files_are_replaced_when_asked(gan: Command) -> None:
    asked = ("sample", "-n", 2, "--bars", 1, "--seed", 1, "-o", "x.mid")
    Path("x-2.mid").write_text("mine")
    refused(gan(*asked), 2, "x-2.mid", "exists already")
    assert files() == ["tune.mid", "x-2.mid"]
    assert Path("x-2.mid").read_text() == "mine"
    assert gan(*asked, "--overwrite").out == ["x-1.mid", "x-2.mid"]
    refused(gan("sample", "-n", 1, "--prime", "tune.mid", "-o", "tune.mid"), 2, "exists already")


@pytest.mark.parametrize(
    "arguments", [[], ["nosuch"], ["sample", "more"], ["train"], ["augment", "store"], ["evaluate"]]
)
def test_commands_that_are_not_whole(command: Command, arguments: list[str]) -> None:
    refused(command("gan", *arguments), 2)


@pytest.mark.parametrize("job", ["train", "sample", "augment", "evaluate"])
def test_help_names_it_as_it_is_called(job: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(job, capsys)
    assert f"symgen gan {job}" in text
    assert " a gan" not in text


def test_writing_loads_no_torch(command: Command, gan_folder: Path) -> None:
    code = (
        "import sys; from symgen.cli import main\n"
        f"model = ['--model', {str(gan_folder)!r}, '-n', '1', '--seed', '1', '--bars', '2']\n"
        "main(['gan', 'sample', *model, '-o', 'x.mid'])\n"
        "main(['gan', 'sample', *model, '--prime', 'x.mid', '-o', 'y.mid'])\n"
        "print(sorted({'soundfile', 'soxr', 'torch', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["x.mid", "y.mid", "[]"]


# -- train -------------------------------------------------------------------------------


class Clock:
    """A clock that goes on by a second at each look, and presses Ctrl-C when it shows so much."""

    def __init__(self) -> None:
        self._ticks, self.interrupts_at = itertools.count(), -1

    def __call__(self) -> float:
        now = next(self._ticks)
        if now == self.interrupts_at:
            signal.raise_signal(signal.SIGINT)
        return float(now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def train(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Command:
    """Train a small network by that clock."""

    def train_small(*arguments: Any, options: GanOptions, callbacks: Callbacks, **how: Any) -> Any:
        how["options"] = replace(options, net=replace(NET, grid=options.net.grid))
        how["callbacks"] = replace(callbacks, clock=clock)
        return train_gan(*arguments, valid_size=(4, 2), **how)

    monkeypatch.setattr("symgen.gan.training.train_gan", train_small)
    usual = ("--minutes", 4 / 60, "--validations", 2, "--batch", 8, "--device", "cpu")
    return lambda *arguments: command("gan", "train", store_folder, "-o", "run", *usual, *arguments)


def test_a_run(train: Command) -> None:
    result = train()
    assert (result.status, result.out) == (0, ["run"])
    assert [line.partition(":")[0] for line in result.err] == ["step 2", "step 4", "best"]
    assert result.err[0].startswith("step 2: bits from real bars: intervals ")
    assert files() == ["run"]
    assert sorted(path.name for path in Path("run").iterdir()) == [
        "best",
        "last",
        "metrics.csv",
        "training.png",
    ]
    assert load_gan("run").config == NET
    refused(train(), 2, "run: holds a run already", "--resume", "--overwrite")
    assert train("--overwrite", "--seed", 3, "--loss", "hinge-r1").status == 0
    training = load_gan("run").info["training"]
    assert (training["seed"], training["loss"], training["batch"]) == (3, "hinge-r1", 8)


def test_a_run_that_was_stopped_is_gone_on_with(
    train: Command, command: Command, store_folder: Path, clock: Clock
) -> None:
    clock.interrupts_at = 5
    stopped = train("--noise", 0.5, "--own-share", 0.25)
    assert (stopped.status, stopped.out) == (130, [])
    assert (
        stopped.err[-1] == f"stopped; go on with: symgen gan train {store_folder} -o run --resume"
    )
    assert (Path("run") / "last" / "state.json").exists()
    refused(command("gan", "train", store_folder, "-o", "run"), 2, "holds a run already")
    done = command("gan", "train", store_folder, "-o", "run", "--resume", "--device", "cpu")
    assert (done.status, done.out) == (0, ["run"])
    training = load_gan("run").info["training"]
    assert (training["batch"], training["noise"], training["own_share"]) == (8, 0.5, 0.25)
    assert load_gan("run").info["metrics"]["step"] <= 4


@pytest.mark.parametrize(("options", "word"), [
    (["--resume", "--overwrite"], "one of them"), (["--preset", "x"], "preset 'x': use bars"),
    (["--loss", "mse"], "loss 'mse'"), (["--batch", "7"], "batch 7"), (["--minutes", "0"], "minutes 0"),
    (["--grid", "5"], "grid 5"), (["--rate", "nan"], "rate nan"), (["--device", "tpu"], "device 'tpu'"),
    (["--own-share", "2"], "own-share"), (["--seed", "x"], "--seed"), (["--seed", "-1"], "seed -1"),
    (["--preset", "tutorial"], "python -m lab train-gan-tutorial"),
])  # fmt: skip
def test_training_that_cannot_begin(
    command: Command, store_folder: Path, options: list[str], word: str
) -> None:
    refused(command("gan", "train", store_folder, "-o", "run", *options), 2, word)
    assert files() == []


def test_training_without_a_store_or_a_run(command: Command, store_folder: Path) -> None:
    refused(command("gan", "train", "nosuch", "-o", "run"), 4, "nosuch")
    refused(
        command("gan", "train", store_folder, "-o", "run", "--resume"), 4, "run: nothing to resume"
    )
    assert files() == []
    Path("file").write_text("mine")
    refused(command("gan", "train", store_folder, "-o", "file"), 3, "file")
    assert Path("file").read_text() == "mine"


def test_a_run_on_another_grid_is_refused(train: Command) -> None:
    assert train().status == 0
    refused(train("--resume", "--grid", 12), 2, "grid 12: the run has 4 steps a quarter")


def test_the_finer_grid(train: Command) -> None:
    assert train("--grid", 12).status == 0
    assert load_gan("run").grid == 12


# -- augment and evaluate ----------------------------------------------------------------


def test_a_store_grows(gan: Command, store_folder: Path) -> None:
    result = gan("augment", store_folder, "-n", 3, "--bars", 2, "--seed", 4, "-o", "more")
    assert (result.status, result.out) == (0, ["more"])
    old, new = Store.open(store_folder), Store.open("more")
    assert result.err == [f"{len(new)} pieces, 3 of them by small"]
    assert len(new.pieces("train")) == len(old.pieces("train")) + 3
    refused(
        gan("augment", store_folder, "-n", 3, "-o", "more"),
        2,
        "more: exists already",
        "--overwrite",
    )
    assert (
        gan("augment", store_folder, "-n", 4, "--bars", 1, "-o", "more", "--overwrite").status == 0
    )
    refused(gan("augment", "more", "-o", "more", "--overwrite"), 2, "is the store itself")
    assert len(Store.open("more")) == len(old) + 4


@pytest.mark.parametrize(("options", "status", "word"), [
    (["-n", "0"], 2, "n 0"), (["--bars", "0"], 2, "bars 0"), (["--bars", "600"], 2, "bars 600"),
    (["-o", "tune.mid"], 2, "tune.mid: exists and is no corpus store"), (["--seed", "-1"], 2, "seed -1"),
])  # fmt: skip
def test_augmenting_that_cannot_be_done(
    gan: Command, store_folder: Path, options: list[str], status: int, word: str
) -> None:
    refused(gan("augment", store_folder, "-o", "more", *options), status, word)
    assert files() == ["tune.mid"]


def test_a_table(gan: Command, store_folder: Path) -> None:
    result = gan("evaluate", store_folder, "-n", 4, "--bars", 2, "-o", "out")
    assert result.status == 0
    assert result.err == ["out/report.md", "out/report.json", "out/distributions.png"]
    assert result.out[0].startswith("# 4 tunes by small beside")
    assert Path("out/report.md").read_text().splitlines() == result.out
    (line,) = gan("evaluate", store_folder, "-n", 4, "--bars", 2, "--json").out
    assert json.loads(line) == json.loads(Path("out/report.json").read_text())
    refused(gan("evaluate", store_folder, "-n", 4, "--bars", 2, "-o", "out"), 2, "exists already")
    assert (
        gan("evaluate", store_folder, "-n", 4, "--bars", 1, "-o", "out", "--overwrite").status == 0
    )
    assert "by small" in Path("out/report.md").read_text()


@pytest.mark.parametrize(("options", "status", "word"), [
    (["-n", "0"], 2, "n 0"), (["--split", "all"], 2, "split 'all'"), (["--seed", "-1"], 2, "seed -1"),
    (["--language-model", "nosuch", "-n", "1"], 4, "nosuch"),
])  # fmt: skip
def test_evaluation_that_cannot_be_done(
    gan: Command, store_folder: Path, options: list[str], status: int, word: str
) -> None:
    refused(gan("evaluate", store_folder, *options), status, word)
    assert files() == ["tune.mid"]


def test_a_language_model_is_asked(gan: Command, store_folder: Path, tiny_folder: Path) -> None:
    asked: tuple[Any, ...] = ("-n", 2, "--bars", 2, "--language-model", tiny_folder, "--json")
    table = json.loads(gan("evaluate", store_folder, *asked).out[0])["table"]
    assert table["bits_per_16th"]["generated"] > 0


# -- how far it is -----------------------------------------------------------------------


def test_long_work_tells_how_far_it_is(
    gan: Command, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tunes are one plan: it goes up to its end, and no further."""
    looks: list[tuple[float, float]] = []
    monkeypatch.setattr(
        "symgen.cli.progress.Bar.show",
        lambda _, done, total, text="": looks.append((done, total)),
    )
    gan("sample", "-n", 3, "--bars", 2, "--seed", 1)
    assert looks == [(done, 6) for done in range(1, 7)]
    looks.clear()
    gan("augment", store.path, "-o", "more", "-n", 2, "--bars", 3, "--seed", 1)
    assert looks
    assert looks == [(done, looks[0][1]) for done in range(1, len(looks) + 1)]
