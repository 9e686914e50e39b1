"""Models, checkpoints and stores that were changed, by chance or on purpose: all refused, no code run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import random
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from small import TINY, random_model, save_model

from symgen.copies.index import CopyIndex
from symgen.corpus import Store
from symgen.nets.checkpoint import CARD, LANGUAGE_MODEL, load_model_files, read_config
from symgen.nets.network import attach_file, read_attached
from symgen.system.errors import CheckpointError, SymgenError
from symgen.system.files import seal_json, unseal_json
from symgen.training import Callbacks, TrainOptions, run_options, train_store
from symgen.writing.model import load_model

OPTIONS = TrainOptions(net=TINY, epochs=1, batch=4, steps=64, device="cpu", precision="float32")


@pytest.fixture(scope="module")
def shelf(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a file beside it, a store and a run."""
    folder = tmp_path_factory.mktemp("shelf")
    save_model(folder / "model", random_model())
    attach_file(LANGUAGE_MODEL, folder / "model", "copies", save({"a": np.arange(500)}))
    shutil.copytree(store_folder, folder / "store")
    train_store(
        Store.open(folder / "store"),
        folder / "run",
        options=OPTIONS,
        callbacks=Callbacks(should_stop=lambda: True),
    )
    return folder


def resume(folder: Path) -> None:
    train_store(
        Store.open(folder / "store"),
        folder / "run",
        options=run_options(folder / "run"),
        resume=True,
    )


TARGETS: dict[str, tuple[str, Callable[[Path], object], int]] = {
    "weights": ("model/model-*.safetensors", lambda p: load_model(p / "model"), 80),
    "card": ("model/model.json", lambda p: load_model(p / "model"), 80),
    "configuration": ("model/model.json", lambda p: read_config(p / "model"), 20),
    "attached": (
        "model/copies-*.safetensors",
        lambda p: read_attached(LANGUAGE_MODEL, p / "model", "copies"),
        40,
    ),
    "index": ("store/index.json", lambda p: Store.open(p / "store"), 60),
    "events": ("store/events-*.npy", lambda p: Store.open(p / "store"), 60),
    "state": ("run/last/state.json", resume, 30),
    "tensors": ("run/last/state-*.safetensors", resume, 20),
    "last weights": ("run/last/model-*.safetensors", resume, 10),
}


def change(data: bytes, draw: random.Random) -> bytes:
    """Flip one bit, or do worse."""
    at, kind = draw.randrange(len(data)), draw.random()
    changed = bytearray(data)
    if kind < 0.7:
        changed[at] ^= 1 << draw.randrange(8)
    elif kind < 0.8:
        del changed[at : at + draw.choice((1, 8, 1000))]
    elif kind < 0.9:
        changed[at:at] = draw.randbytes(draw.choice((1, 8, 1000)))
    else:
        changed += draw.choice((b"\0", b"\n", b" ", b"}"))
    return bytes(changed)


def test_there_are_400() -> None:
    assert sum(count for _, _, count in TARGETS.values()) == 400


@pytest.mark.parametrize("name", TARGETS)
def test_every_change_is_noticed(name: str, shelf: Path) -> None:
    pattern, read, count = TARGETS[name]
    (path,) = shelf.glob(pattern)
    data = path.read_bytes()
    try:
        for number in range(count):
            path.write_bytes(change(data, random.Random(f"{name} {number}")))  # noqa: S311
            with pytest.raises(CheckpointError) as caught:
                read(shelf)
            assert "\n" not in str(caught.value)
            assert "; " in str(caught.value)  # what to do
    finally:
        path.write_bytes(data)
    if name not in ("state", "tensors", "last weights"):
        read(shelf)


# -- on purpose: with checksums that fit -----------------------------------------------------


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def forge(folder: Path, data: bytes) -> None:
    """Put other weights into a model and sign them."""
    (old,) = folder.glob("model-*.safetensors")
    digest = hashlib.sha256(data).hexdigest()
    card = unseal_json((folder / CARD).read_bytes())
    card["files"] = {f"model-{digest[:12]}.safetensors": digest}
    old.unlink()
    (folder / f"model-{digest[:12]}.safetensors").write_bytes(data)
    (folder / CARD).write_text(seal_json(card))


def header(size: int, text: str) -> bytes:
    return struct.pack("<Q", size) + text.encode()


def numpy_file(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.array(value), allow_pickle=True)
    return file.getvalue()


def test_pickles_are_no_models(tmp_path: Path) -> None:
    trap = Trap(tmp_path / "sprung")
    pickle.loads(pickle.dumps(trap))  # noqa: S301 - the trap works
    assert trap.path.exists()
    trap.path.unlink()
    for number, data in enumerate((pickle.dumps(trap), numpy_file([trap]))):
        folder = save_model(tmp_path / f"model{number}", random_model())
        forge(folder, data)
        with pytest.raises(CheckpointError, match="damaged"):
            load_model(folder)
    assert not trap.path.exists()


def test_pickles_are_no_stores(store_folder: Path, tmp_path: Path) -> None:
    trap, folder = Trap(tmp_path / "sprung"), tmp_path / "store"
    shutil.copytree(store_folder, folder)
    index = unseal_json((folder / "index.json").read_bytes())
    data = numpy_file([trap])
    (folder / index["events_file"]).write_bytes(data)
    index["events_sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "index.json").write_text(seal_json(index))
    with pytest.raises(CheckpointError, match="damaged"):
        Store.open(folder)
    assert not trap.path.exists()


@pytest.mark.parametrize(
    "data",
    [
        header(2**63, "{}"),
        header(2, "{}"),
        header(100, '{"a": {"dtype": "F32", "shape": [99999999, 99999999], "data_offsets": [0, 8]}}' + " " * 30),
        header(10**9, "{" * 1000),
        b"",
        b"\0" * 8,
    ],
)  # fmt: skip
def test_signed_weights_that_make_no_sense(data: bytes, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", random_model())
    forge(folder, data)
    with pytest.raises(CheckpointError):
        load_model(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_signed_weights_that_are_no_numbers(value: float, tmp_path: Path) -> None:
    model = random_model()
    weights = {name: np.array(array) for name, array in model.weights.items()}
    next(iter(weights.values())).flat[3] = value
    folder = save_model(tmp_path / "model", model)
    forge(folder, save(weights))
    with pytest.raises(CheckpointError, match="holds weights that are no numbers"):
        load_model_files(folder)


CHANGES = [
    {"hidden": 10**9}, {"hidden": -1}, {"hidden": 1e999}, {"hidden": "16"}, {"layers": 10**6}, {"head": 10**9},
    {"voices": 10**9}, {"styles": "jig"}, {"styles": [["jig"]]}, {"fixed": [["part", -1]]}, {"fixed": {"part": 0}},
    {"timing": True}, {"voices": 1.5},
    {"dropout": None},
]  # fmt: skip


@pytest.mark.parametrize("config", CHANGES, ids=str)
def test_signed_configurations_that_make_no_sense(
    config: dict[str, object], tmp_path: Path
) -> None:
    folder = save_model(tmp_path / "model", random_model())
    card = unseal_json((folder / CARD).read_bytes())
    card["config"] = {**card["config"], **config}
    (folder / CARD).write_text(seal_json(card))
    with pytest.raises(SymgenError) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [("norms", None), ("norms", {"": {"mean": 1}}), ("program", "x"), ("program", -1e300), ("usual", [[1]]),
     ("usual", "x"), ("variation", []), ("variation", None), ("ensembles", 3), ("metrics", [])],
)  # fmt: skip
def test_signed_cards_that_make_no_sense(field: str, value: object, tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", random_model())
    card = unseal_json((folder / CARD).read_bytes())
    (folder / CARD).write_text(seal_json({**card, field: value}))
    with pytest.raises(CheckpointError, match=rf"makes no sense \({field}\)"):
        load_model(folder)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 100_000])
def test_cards_and_indexes_of_nested_brackets(text: str, tmp_path: Path) -> None:
    for name, read in ((CARD, load_model), ("index.json", Store.open)):
        (tmp_path / name).write_text(text)
        with pytest.raises(CheckpointError, match="nested too deeply"):
            read(tmp_path)
        (tmp_path / name).unlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_no_store(store_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(store_folder, tmp_path / "store")
    (events,) = (tmp_path / "store").glob("events-*.npy")
    events.unlink()
    os.mkfifo(events)
    with pytest.raises(CheckpointError, match="no regular file"):
        Store.open(tmp_path / "store")


HEADERS = [
    {"bars": []}, {"bars": [[10**9, "4/4", 48]]}, {"bars": [[0, "4/4", 48]]}, {"bars": [[1, "4/4", -48]]},
    {"bars": [[1e400, "4/4", 48]]},
    {"bars": [[1, "0/4", 48]]}, {"programs": [[1]]}, {"names": [None]}, {"tempos": [[0, 1e400]]}, {"key": "H blues"},
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_signed_stores_with_headers_that_make_no_sense(
    header: dict[str, object], store_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    shutil.copytree(store_folder, folder)
    index = unseal_json((folder / "index.json").read_bytes())
    index["pieces"][0]["header"] |= header
    (folder / "index.json").write_text(seal_json(index))
    with pytest.raises(CheckpointError) as caught:
        Store.open(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "record",
    [{"offset": "0"}, {"offset": 0.5}, {"length": None}, {"offset": -1}, {"title": 3}],
    ids=str,
)
def test_signed_stores_with_records_that_make_no_sense(
    record: dict[str, object], store_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    shutil.copytree(store_folder, folder)
    index = unseal_json((folder / "index.json").read_bytes())
    index["pieces"][0] |= record
    (folder / "index.json").write_text(seal_json(index))
    with pytest.raises(CheckpointError, match="damaged corpus store"):
        Store.open(folder)


def head_of(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize("data", [
    b"", b"PK\x03\x04", head_of("((((" * 2000), head_of("-" * 9000 + "1"),
    head_of("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 40 + ", 6), }"),
    head_of("{'descr': '|O', 'fortran_order': False, 'shape': (1, 6), }") + b"0" * 48,
], ids=lambda data: str(data[10:30]))  # fmt: skip
def test_signed_events_that_make_no_sense(data: bytes, store_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(store_folder, folder)
    index = unseal_json((folder / "index.json").read_bytes())
    (folder / index["events_file"]).write_bytes(data)
    index["events_sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "index.json").write_text(seal_json(index))
    with pytest.raises(CheckpointError, match="damaged corpus store"):
        Store.open(folder)


def test_a_checksum_covers_every_byte() -> None:
    sealed = seal_json({"a": [1e-5, "é\n"], "b": {"checksum": "x"}}, indent=1).encode()
    assert unseal_json(sealed) == {"a": [1e-5, "é\n"], "b": {"checksum": "x"}} | {}
    assert json.loads(sealed)["b"] == {"checksum": "x"}
    for at in range(len(sealed)):
        for bit in range(8):
            changed = bytearray(sealed)
            changed[at] ^= 1 << bit
            with pytest.raises(ValueError, match=r".*"):
                unseal_json(bytes(changed))


def test_a_copy_index_is_data_only(shelf: Path) -> None:
    with pytest.raises(CheckpointError):
        CopyIndex.load(shelf / "model")
