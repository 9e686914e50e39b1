"""A disk that is full at any point: the old files stay as they are, nothing is left lying about, one line says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import corpus_tunes, random_model, tune
from tones import SCALE, melody, rows_of, write_sound

from symgen.cli import main
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.formats import save_score
from symgen.nets.checkpoint import LANGUAGE_MODEL, NetConfig, load_model_files, save_model_files
from symgen.nets.network import attach_file
from symgen.plots import plot_curves, plot_score
from symgen.system.errors import FormatError, SymgenError
from symgen.system.files import write_atomic, write_together
from symgen.transcriber.plots import Picture, plot_transcription

resource = pytest.importorskip("resource", reason="needs limits on the size of files")

POINTS = 8
CORPUS = CorpusOptions(workers=1, ratios=(0.7, 0.2, 0.1), near=1.0, kin=1.0, leak=1.0)
SCORES = corpus_tunes(20)
HEARD = [
    Picture(
        melody([(60 + version, 0.5)]),
        rows_of([(60 + version, 0.5)]),
        np.array([0.0, 0.5]),
        np.array([0.0]),
    )
    for version in range(3)
]
LONG = tune("|".join(["C4 E4 G4 E4"] * 60), resolution=480)

Writer = Callable[[Path, int], object]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as if the disk were full; the hard limit stays, so that it can be lifted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _corpus(folder: Path, version: int) -> None:
    build_corpus([folder / f"music{version}"], folder / "store", options=CORPUS, overwrite=True)


def _model(folder: Path, version: int) -> None:
    save_model_files(
        random_model(NetConfig(hidden=8 + 8 * version, head=8), seed=version), folder / "model"
    )


def _attached(folder: Path, version: int) -> None:
    attach_file(LANGUAGE_MODEL, folder / "shelf", "copies", bytes([version]) * 9_000)


def _text(folder: Path, version: int) -> None:
    write_atomic(folder / "a.json", f"{version}" * 3_000)


def _report(folder: Path, version: int) -> None:
    write_together(
        folder, {name: bytes([version]) * size for name, size in (("a.md", 900), ("b.csv", 5_000))}
    )


WRITERS: dict[str, Writer] = {
    "midi": lambda folder, version: save_score(replace(LONG, title=f"{version}"), folder / "a.mid", overwrite=True),
    "musicxml": lambda folder, version: save_score(replace(LONG, title=f"{version}"), folder / "a.xml", overwrite=True),
    "roll": lambda folder, version: plot_score(SCORES[version], folder / "a.png", overwrite=True),
    "listening": lambda folder, version: plot_transcription(HEARD[version], folder / "a.png", overwrite=True),
    "curves": lambda folder, version: plot_curves([{"step": i, "valid_bits_per_16th": version} for i in (1, 2)],
                                                  folder / "curves.png"),
    "text": _text,
    "report": _report,
    "model": _model,
    "attached": _attached,
    "store": _corpus,
}  # fmt: skip


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """What some writers need."""
    from small import write_tunes

    for version in (1, 2):
        write_tunes(tmp_path / f"music{version}", SCORES[version:])
    save_model_files(random_model(), tmp_path / "shelf")
    return tmp_path


@pytest.mark.parametrize("name", WRITERS)
def test_the_old_files_stay(name: str, prepared: Path) -> None:
    """A second version is written with ever more room; what is refused changes nothing."""
    write = WRITERS[name]
    write(prepared, 1)
    old = snapshot(prepared)
    write(prepared, 2)
    new = snapshot(prepared)
    changed = {path: data for path, data in new.items() if old.get(path) != data}
    assert changed
    write(prepared, 1)
    assert snapshot(prepared) == old
    for size in np.linspace(0, max(map(len, changed.values())) - 1, POINTS).astype(int).tolist():
        with (
            files_of_at_most(size),
            pytest.raises(FormatError, match="cannot be written") as caught,
        ):
            write(prepared, 2)
        assert "\n" not in str(caught.value)
        assert "File too large" in str(caught.value)
        assert snapshot(prepared) == old
    write(prepared, 2)
    assert snapshot(prepared) == new


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_appears_where_nothing_was(name: str, prepared: Path) -> None:
    before = sorted(prepared.rglob("*"))
    with files_of_at_most(0), pytest.raises(FormatError):
        WRITERS[name](prepared, 1)
    left = [
        path
        for path in prepared.rglob("*")
        if path not in before and not (path.is_dir() and name == "model")
    ]
    assert left == []


def test_training_keeps_its_last_checkpoint(store: Store, tmp_path: Path) -> None:
    from symgen.training import Callbacks, TrainOptions, train_store

    net = NetConfig(hidden=16, head=12, dropout=0.1)
    options = TrainOptions(
        net=net,
        epochs=2,
        batch=4,
        steps=64,
        device="cpu",
        precision="float32",
        save_every=1,
        validate_every=3,
    )
    whole = train_store(store, tmp_path / "whole", options=options)
    expected = load_model_files(whole.folder / "last").weights
    largest = max(path.stat().st_size for path in whole.folder.rglob("*") if path.is_file())
    folder = tmp_path / "run"
    train_store(store, folder, options=options, callbacks=Callbacks(should_stop=lambda: True))
    first = snapshot(folder)
    for size in np.linspace(0, largest - 1, POINTS).astype(int).tolist():
        with (
            files_of_at_most(size),
            pytest.raises(FormatError, match="cannot be written") as caught,
        ):
            train_store(store, folder, options=options, resume=True)
        assert "\n" not in str(caught.value)
        assert load_model_files(folder / "last")
        state = "last/state.json"
        assert snapshot(folder)[state] == first[state]
        assert not list(folder.rglob(".symgen-*"))
    resumed = load_model_files(
        train_store(store, folder, options=options, resume=True).folder / "last"
    ).weights
    assert all(np.array_equal(expected[key], resumed[key]) for key in expected)


COMMANDS: dict[str, tuple[list[str], int]] = {
    "generate": (["generate", "--bars", "4", "--seed", "1", "--overwrite", "-o", "a.mid"], 40),
    "generate --wav": (
        ["generate", "--bars", "4", "--seed", "1", "--wav", "--overwrite", "-o", "a.mid"],
        5_000,
    ),
    "render": (["render", "tune.mid", "--overwrite", "-o", "a.wav"], 50_000),
    "transcribe": (["transcribe", "hum.wav", "--overwrite", "-o", "a.mid"], 50),
    "transcribe --plot": (["transcribe", "hum.wav", "--plot", "--overwrite", "-o", "a.mid"], 3_000),
    "plot": (["plot", "tune.mid", "--overwrite", "-o", "a.png"], 500),
    "corpus": (["corpus", "music1", "--overwrite", "-o", "store"], 1_000),
    "train": (
        [
            "train",
            "store",
            "--overwrite",
            "--hidden",
            "8",
            "--head",
            "8",
            "--device",
            "cpu",
            "-o",
            "run",
        ],
        3_000,
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_say_it_in_one_line(
    name: str,
    prepared: Path,
    tiny_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments, size = COMMANDS[name]
    _corpus(prepared, 1)
    save_score(SCORES[0], prepared / "tune.mid")
    write_sound(prepared / "hum.wav", melody(SCALE))
    for file in ("a.wav", "a.png"):
        (prepared / file).write_bytes(b"an old file")
    model = ["--model", str(tiny_folder)] if name.startswith("generate") else []
    before = snapshot(prepared)
    monkeypatch.chdir(prepared)
    with files_of_at_most(size):
        status = main([*arguments, *model])
    err = capsys.readouterr().err
    lines = [line for line in err.splitlines() if line.startswith("symgen: ")]
    assert status == FormatError.exit_status, err
    assert len(lines) == 1
    assert "cannot be written (File too large)" in lines[0]
    after = snapshot(prepared)
    assert {name: after[name] for name in before} == before
    assert [name for name in after if ".symgen-" in name] == []


def test_errors_have_a_status_of_their_own() -> None:
    assert issubclass(FormatError, SymgenError)
    assert FormatError.exit_status == 3
