"""Models on disk: what was saved comes back, and nothing that does not agree is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import INFO, TINY, random_model, save_model

from symgen.nets.checkpoint import (
    CARD,
    LANGUAGE_MODEL,
    SIZES,
    NetConfig,
    load_model_files,
    read_config,
    save_model_files,
)
from symgen.nets.network import (
    NetworkKind,
    attach_file,
    attached_path,
    content_name,
    find_network,
    network_folder,
    read_attached,
    read_network,
)
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.system.files import seal_json, unseal_json
from symgen.tokens import Vocabulary
from symgen.writing.model import load_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(tmp_path / "model", random_model())


def weights(folder: Path) -> Path:
    """The only file of weights in a folder."""
    (path,) = folder.glob("*.safetensors")
    return path


def test_what_was_saved_comes_back(folder: Path) -> None:
    model, back = random_model(), load_model_files(folder)
    assert (back.config, back.vocabulary, back.info) == (TINY, Vocabulary(), INFO)
    assert back.weights.keys() == model.weights.keys()
    for name, value in model.weights.items():
        assert back.weights[name].dtype == np.float32
        assert np.array_equal(back.weights[name], value)


def test_half_precision_is_half_the_size_and_about_the_same(folder: Path, tmp_path: Path) -> None:
    model = random_model()
    save_model_files(model, tmp_path / "half", half=True)
    ratio = weights(tmp_path / "half").stat().st_size / weights(folder).stat().st_size
    assert 0.5 <= ratio < 0.55
    back = load_model_files(tmp_path / "half")
    for name, value in model.weights.items():
        assert back.weights[name].dtype == np.float32
        np.testing.assert_allclose(back.weights[name], value, rtol=1e-3, atol=1e-6)
        assert np.array_equal(back.weights[name], value.astype(np.float16).astype(np.float32))


def test_the_same_model_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    save_model(tmp_path / "again", random_model())
    for name in (CARD, weights(folder).name):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_card_names_the_checksum(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    digest = hashlib.sha256(weights(folder).read_bytes()).hexdigest()
    assert (
        card["files"]
        == {f"model-{digest[:12]}.safetensors": digest}
        == {weights(folder).name: digest}
    )
    assert card["vocabulary_hash"] == Vocabulary().hash
    assert read_config(folder) == TINY


def test_weights_under_a_plain_name_are_read(folder: Path) -> None:
    digest = hashlib.sha256(weights(folder).read_bytes()).hexdigest()
    weights(folder).rename(folder / "model.safetensors")
    edit(folder, files={"model.safetensors": digest})
    assert load_model_files(folder).config == TINY
    save_model(folder, random_model(seed=1))
    assert len(list(folder.glob("model-*.safetensors"))) == 1
    assert (
        folder / "model.safetensors"
    ).exists()  # called as somebody else's file, so that it stays


def test_files_of_others_stay(folder: Path) -> None:
    for name in (
        "model_mine.safetensors",
        "model-mine.safetensors",
        "model-0123456789abc.safetensors",
        "copies-x.safetensors",
    ):
        (folder / name).write_bytes(b"precious")
    save_model(folder, random_model(seed=1))
    attach_file(LANGUAGE_MODEL, folder, "copies", b"x")
    attach_file(LANGUAGE_MODEL, folder, "copies", b"y")
    assert len([path for path in folder.iterdir() if path.read_bytes() == b"precious"]) == 4
    assert len(list(folder.glob("*.safetensors"))) == 6


def test_attached_files_have_names_of_their_content(folder: Path) -> None:
    own = weights(folder).name
    assert read_attached(LANGUAGE_MODEL, folder, "copies") is None
    assert attached_path(LANGUAGE_MODEL, folder, "copies") is None
    digest = hashlib.sha256(b"x").hexdigest()
    assert content_name("copies", b"x") == (f"copies-{digest[:12]}.safetensors", digest)
    attach_file(LANGUAGE_MODEL, folder, "copies", b"old")
    other = attach_file(LANGUAGE_MODEL, folder, "continuations", b"z")
    name = attach_file(LANGUAGE_MODEL, folder, "copies", b"x")
    assert name == f"copies-{digest[:12]}.safetensors"
    assert read_attached(LANGUAGE_MODEL, folder, "copies") == b"x"
    assert read_attached(LANGUAGE_MODEL, folder, "continuations") == b"z"
    assert attached_path(LANGUAGE_MODEL, folder, "copies") == folder / name
    files = json.loads((folder / CARD).read_text())["files"]
    assert sorted(files) == sorted([name, other, own])
    assert load_model_files(folder).config == TINY
    (folder / name).write_bytes(b"y")
    with pytest.raises(CheckpointError, match="its checksum differs from"):
        read_attached(LANGUAGE_MODEL, folder, "copies")
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_attached(LANGUAGE_MODEL, folder, "copies")


def test_old_weights_stay_if_they_are_wanted(folder: Path) -> None:
    old = weights(folder).name
    files = save_model_files(random_model(seed=1), folder, keep_old=True)
    assert {path.name for path in folder.glob("model-*")} == {old, *files}
    back, card = read_network(LANGUAGE_MODEL, folder), json.loads((folder / CARD).read_text())
    assert card["files"] == files
    assert not {"format", "files"} & back[0].keys()
    digest = old.removeprefix("model-").removesuffix(".safetensors")
    whole = hashlib.sha256((folder / old).read_bytes()).hexdigest()
    assert whole.startswith(digest)
    earlier = read_network(LANGUAGE_MODEL, folder, files={old: whole})[1]
    name = next(iter(earlier))
    assert np.array_equal(earlier[name], random_model().weights[name])
    assert not np.array_equal(back[1][name], earlier[name])


def test_a_writer_that_is_killed_anywhere_leaves_a_whole_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symgen.system import files

    before, new, real = load_model_files(folder), random_model(seed=1), files.write_atomic
    name = next(iter(before.weights))
    for stop in range(3):
        left = [stop]

        def write(path: Path, data: bytes | str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            real(path, data)

        monkeypatch.setattr(files, "write_atomic", write)
        if stop < 2:
            with pytest.raises(KeyboardInterrupt):
                save_model(folder, new)
            assert np.array_equal(load_model_files(folder).weights[name], before.weights[name])
        else:
            save_model(folder, new)
            assert np.array_equal(load_model_files(folder).weights[name], new.weights[name])
            assert weights(folder)


def test_a_model_that_is_replaced_while_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symgen.nets import network

    new, real = random_model(seed=1), network._weights_of

    def replaced(kind: Any, place: Path, card: Any) -> tuple[str, str]:
        found = real(kind, place, card)
        save_model(folder, new)
        return found

    monkeypatch.setattr(network, "_weights_of", replaced)
    name = next(iter(new.weights))
    assert np.array_equal(load_model_files(folder).weights[name], new.weights[name])


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def edit(folder: Path, **changes: Any) -> None:
    card = unseal_json((folder / CARD).read_bytes())
    card.update(changes)
    (folder / CARD).write_text(seal_json(card))


def replace_weights(folder: Path, data: bytes) -> None:
    """Damage the weights and forge the checksum."""
    path = weights(folder)
    path.write_bytes(data)
    edit(folder, files={path.name: hashlib.sha256(data).hexdigest()})


HARMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no card": (lambda p: (p / CARD).unlink(), "holds no model"),
    "no weights": (lambda p: weights(p).unlink(), "no such file"),
    "a flipped byte": (lambda p: flip(weights(p), -1), "damaged .its checksum"),
    "a flipped byte in front": (lambda p: flip(weights(p), 3), "damaged .its checksum"),
    "cut weights": (lambda p: weights(p).write_bytes(b""), "damaged .its checksum"),
    "no json": (lambda p: (p / CARD).write_text("{"), "cannot be read"),
    "no text": (lambda p: (p / CARD).write_bytes(b"\xff\xfe"), "cannot be read"),
    "a list": (lambda p: (p / CARD).write_text("[]"), "checksum is missing"),
    "another card": (lambda p: (p / CARD).write_text("{}"), "checksum is missing"),
    "a changed card": (lambda p: flip(p / CARD, -9), "checksum does not fit"),
    "other format": (lambda p: edit(p, format=2), "not a model of this version"),
    "no format": (lambda p: edit(p, format=None), "not a model of this version"),
    "other hash": (lambda p: edit(p, vocabulary_hash="0"), "vocabulary and hash disagree"),
    "other vocabulary": (lambda p: edit(p, vocabulary={"grid": 12}), "another version"),
    "no vocabulary": (lambda p: edit(p, vocabulary=None), "damaged"),
    "no configuration": (lambda p: edit(p, config={}), "does not fit this version"),
    "strange configuration": (
        lambda p: edit(p, config={**TINY.to_json(), "wings": 2}),
        "does not fit this version",
    ),
    "strange kind": (
        lambda p: edit(p, config={**TINY.to_json(), "kind": "x"}),
        "does not fit this version",
    ),
    "no width": (
        lambda p: edit(p, config={**TINY.to_json(), "hidden": 0}),
        "does not fit this version",
    ),
    "no safetensors": (lambda p: replace_weights(p, b"nothing of the sort"), "damaged"),
    "no files": (lambda p: edit(p, files={}), "names no weights"),
    "strange files": (lambda p: edit(p, files=["a"]), "names no weights"),
    "weights elsewhere": (
        lambda p: edit(p, files={"../model.safetensors": "0"}),
        "names no weights",
    ),
    "other width": (
        lambda p: edit(p, config={**TINY.to_json(), "hidden": 32}),
        "do not fit its configuration",
    ),
    "other vocabulary size": (
        lambda p: edit(p, vocabulary=Vocabulary(24).to_json(), vocabulary_hash=Vocabulary(24).hash),
        "do not fit its configuration",
    ),
}


@pytest.mark.parametrize(("harm", "message"), HARMS.values(), ids=list(HARMS))
def test_what_does_not_agree_is_refused(
    folder: Path, harm: Callable[[Path], object], message: str
) -> None:
    load_model(folder)
    harm(folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_models_are_found_by_name_run_and_folder(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "best")
    assert load_model(tmp_path).name == load_model(str(tmp_path / "best")).name == "tiny"
    with pytest.raises(CheckpointError, match=r"model 'nosuch': unknown; those that are installed"):
        load_model("nosuch")
    with pytest.raises(CheckpointError, match="holds no model"):
        load_model(tmp_path.parent)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(FormatError, match="cannot be made a folder"):
        save_model_files(random_model(), tmp_path / "x")


# -- configurations ----------------------------------------------------------------------


@pytest.mark.parametrize("config", [*SIZES.values(), TINY], ids=lambda c: str(c.hidden))
def test_configurations_go_through_json(config: NetConfig) -> None:
    assert NetConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_cards_of_earlier_versions_lack_what_came_later() -> None:
    old = {name: value for name, value in TINY.to_json().items() if name not in NetConfig.LATER}
    assert NetConfig.from_json(old) == replace(
        TINY, periods=(), voices=0, timing=False, goals=False
    )
    for name in old:
        with pytest.raises(CheckpointError, match=f"{name}: missing or unknown"):
            NetConfig.from_json({key: value for key, value in old.items() if key != name})


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": "16"}, {"hidden": 16.0}, {"features": 1}, {"styles": "jig"}, {"styles": [3]}, {"dropout": "0"},
        {"fixed": [["part"]]}, {"fixed": [["part", "0"]]}, {"fixed": [[0, 0]]}, {"fixed": {"part": 0}},
        {"layers": True},
    ],
    ids=str,
)  # fmt: skip
def test_values_of_a_wrong_kind_are_refused(change: dict[str, Any]) -> None:
    assert NetConfig.from_json(TINY.to_json() | {"dropout": 0}).dropout == 0
    with pytest.raises(CheckpointError, match="does not fit this version"):
        NetConfig.from_json(TINY.to_json() | change)


def test_kinds_of_networks_are_not_taken_for_one_another(folder: Path) -> None:
    other = NetworkKind("engine", "engine.json", "model", "make engine")
    assert network_folder(LANGUAGE_MODEL, folder) == folder
    assert network_folder(other, folder) is None
    with pytest.raises(CheckpointError, match="holds no engine; name a folder that `make engine`"):
        find_network(other, folder)
    with pytest.raises(CheckpointError, match=r"engine\.json is missing"):
        read_network(other, folder)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "lstm"},
        {"hidden": 0},
        {"layers": -1},
        {"head": 0},
        {"dropout": -0.1},
        {"dropout": 1.0},
    ],
    ids=str,
)
def test_bad_configurations_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="network"):
        NetConfig(**change)
