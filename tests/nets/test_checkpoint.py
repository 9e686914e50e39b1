"""Models on disk: what was saved comes back, and nothing that does not agree is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import INFO, TINY, random_model, save_model

from symgen.errors import CheckpointError, ControlError, FormatError
from symgen.generator import load_model
from symgen.nets.checkpoint import CARD, WEIGHTS, load_model_files, save_model_files
from symgen.nets.config import SIZES, NetConfig
from symgen.tokens import Vocabulary


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(tmp_path / "model", random_model())


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
    ratio = (tmp_path / "half" / WEIGHTS).stat().st_size / (folder / WEIGHTS).stat().st_size
    assert 0.5 <= ratio < 0.55
    back = load_model_files(tmp_path / "half")
    for name, value in model.weights.items():
        assert back.weights[name].dtype == np.float32
        np.testing.assert_allclose(back.weights[name], value, rtol=1e-3, atol=1e-6)
        assert np.array_equal(back.weights[name], value.astype(np.float16).astype(np.float32))


def test_the_same_model_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    save_model(tmp_path / "again", random_model())
    for name in (CARD, WEIGHTS):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_card_names_the_checksum(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    assert card["files"] == {WEIGHTS: hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()}
    assert card["vocabulary_hash"] == Vocabulary().hash


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def edit(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / CARD).read_text())
    card.update(changes)
    (folder / CARD).write_text(json.dumps(card))


def replace_weights(folder: Path, data: bytes) -> None:
    """Damage the weights and forge the checksum."""
    (folder / WEIGHTS).write_bytes(data)
    edit(folder, files={WEIGHTS: hashlib.sha256(data).hexdigest()})


HARMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no card": (lambda p: (p / CARD).unlink(), "holds no model"),
    "no weights": (lambda p: (p / WEIGHTS).unlink(), "no such file"),
    "a flipped byte": (lambda p: flip(p / WEIGHTS, -1), "damaged .its checksum"),
    "a flipped byte in front": (lambda p: flip(p / WEIGHTS, 3), "damaged .its checksum"),
    "cut weights": (lambda p: (p / WEIGHTS).write_bytes(b""), "damaged .its checksum"),
    "no json": (lambda p: (p / CARD).write_text("{"), "cannot be read"),
    "no text": (lambda p: (p / CARD).write_bytes(b"\xff\xfe"), "cannot be read"),
    "a list": (lambda p: (p / CARD).write_text("[]"), "not a model of this version"),
    "other format": (lambda p: edit(p, format=2), "not a model of this version"),
    "no format": (lambda p: edit(p, format=None), "not a model of this version"),
    "other hash": (lambda p: edit(p, vocabulary_hash="0"), "vocabulary and hash disagree"),
    "other vocabulary": (lambda p: edit(p, vocabulary={"grid": 12}), "another version"),
    "no vocabulary": (lambda p: edit(p, vocabulary=None), "damaged"),
    "no configuration": (lambda p: edit(p, config={}), "does not fit this version"),
    "strange configuration": (lambda p: edit(p, config={**TINY.to_json(), "wings": 2}), "does not fit this version"),
    "strange kind": (lambda p: edit(p, config={**TINY.to_json(), "kind": "x"}), "does not fit this version"),
    "no width": (lambda p: edit(p, config={**TINY.to_json(), "hidden": 0}), "does not fit this version"),
    "no safetensors": (lambda p: replace_weights(p, b"nothing of the sort"), "damaged"),
    "no files": (lambda p: edit(p, files={}), "damaged .its checksum"),
    "strange files": (lambda p: edit(p, files=["a"]), "damaged .its checksum"),
    "other width": (lambda p: edit(p, config={**TINY.to_json(), "hidden": 32}), "do not fit its configuration"),
    "other vocabulary size": (
        lambda p: edit(p, vocabulary=Vocabulary(24).to_json(), vocabulary_hash=Vocabulary(24).hash),
        "do not fit its configuration",
    ),
}


@pytest.mark.parametrize(("harm", "message"), HARMS.values(), ids=list(HARMS))
def test_what_does_not_agree_is_refused(folder: Path, harm: Callable[[Path], object], message: str) -> None:
    load_model(folder)
    harm(folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_models_are_found_by_name_run_and_folder(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "best")
    assert load_model(tmp_path).name == load_model(str(tmp_path / "best")).name == "tiny"
    with pytest.raises(CheckpointError, match=r"model 'nosuch': unknown; those that come along"):
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


@pytest.mark.parametrize(
    "change",
    [{"kind": "lstm"}, {"hidden": 0}, {"layers": -1}, {"head": 0}, {"dropout": -0.1}, {"dropout": 1.0}],
    ids=str,
)
def test_bad_configurations_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match="network"):
        NetConfig(**change)
