"""The bar GAN as a library: what it learns from, training, loading."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import random_score, ticking, write_tunes
from small_gan import NET, SMALL, make_model, random_weights, stop_after

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.gan import load_gan, read_tunes, train_gan
from symgen.gan.checkpoint import GAN, read_gan, save_gan
from symgen.gan.steps import STEP_METERS
from symgen.gan.tunes import describe_corpus, requests_like
from symgen.music.controls import Controls
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.system.files import seal_json, unseal_json
from symgen.training import TrainReport

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


def test_requests_come_round(melodies: Store) -> None:
    tunes = read_tunes(melodies, "test")
    requests = requests_like(tunes, len(tunes) + 1, 5)
    assert [(request.meter, request.key) for request in requests[:-1]] == [
        (tune.meter, tune.key) for tune in tunes
    ]
    assert (requests[-1].meter, requests[-1].bars, len(requests[-1].before)) == (
        tunes[0].meter,
        5,
        0,
    )


# -- training ----------------------------------------------------------------------------


def train(store: Store, folder: Path, **how: Any) -> TrainReport:
    """Train by a clock that goes on by a second at each look, with validations over few bars."""
    return train_gan(store, folder, valid_size=(6, 4), **{"callbacks": ticking(), **how})


def test_a_run_can_be_loaded_and_gone_on_with(melodies: Store, tmp_path: Path) -> None:
    stopped = train(
        melodies, tmp_path / "run", options=SMALL, callbacks=ticking(None, stop_after(2))
    )
    assert stopped.stopped
    with pytest.raises(
        ExistsError, match="holds a run already; pass --resume to go on, or --overwrite"
    ):
        train(melodies, tmp_path / "run", options=SMALL)
    report = train(melodies, tmp_path / "run", resume=True)
    assert not report.stopped
    assert [row["step"] for row in report.rows] == [2, 3]
    assert {"kl_interval", "unique_bars", "leaps", "in_scale", "score"} <= set(report.rows[0])
    assert (tmp_path / "run" / "training.png").read_bytes().startswith(b"\x89PNG")
    gan = load_gan(tmp_path / "run")
    assert (gan.name, gan.info["corpus"]["sha256"]) == ("run", melodies.digest)
    assert gan.info["training"]["batch"] == 8
    assert gan.parameters == sum(value.size for value in random_weights(NET).values())
    assert gan.sample(Controls(bars=2), seed=1)[0].note_count > 0


def test_a_run_can_be_begun_anew(melodies: Store, tmp_path: Path) -> None:
    once = train(melodies, tmp_path / "run", options=SMALL)
    first = read_gan(tmp_path / "run" / "best")
    again = train(melodies, tmp_path / "run", options=SMALL, overwrite=True)
    assert again.rows == once.rows
    second = read_gan(tmp_path / "run" / "best")
    assert all(np.array_equal(value, second.weights[name]) for name, value in first.weights.items())


def test_what_cannot_be_trained_leaves_nothing(melodies: Store, tmp_path: Path) -> None:
    chords = write_tunes(
        tmp_path / "music", [random_score(s, parts=2, chords=True) for s in range(6)]
    )
    build_corpus(
        [chords], tmp_path / "store", options=CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0)
    )
    with pytest.raises(
        ControlError, match=r"its part 'train' has no melody of one part .* --parts melody"
    ):
        train(Store.open(tmp_path / "store"), tmp_path / "run", options=SMALL)
    with pytest.raises(CheckpointError, match="nothing to resume"):
        train(melodies, tmp_path / "run", resume=True)
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
    card = unseal_json((folder / GAN.card).read_bytes())
    (folder / GAN.card).write_text(seal_json({**card, **changes}))


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
def test_a_damaged_card_is_refused(
    melodies: Store, tmp_path: Path, changes: dict[str, Any]
) -> None:
    save_gan(make_model(melodies), tmp_path)
    tamper(tmp_path, **changes)
    with pytest.raises(CheckpointError):
        write_some(tmp_path)


def test_a_card_or_weights_whose_checksum_differs_are_refused(
    melodies: Store, tmp_path: Path
) -> None:
    path = save_gan(make_model(melodies), tmp_path)
    data, card = path.read_bytes(), (tmp_path / GAN.card).read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="damaged"):
        load_gan(tmp_path)
    path.write_bytes(data)
    for changed in (card.replace(b'"width": 8', b'"width": 6'), card[:-9], b"[]", b"{}", b"\xff"):
        (tmp_path / GAN.card).write_bytes(changed)
        with pytest.raises(CheckpointError, match="cannot be read"):
            load_gan(tmp_path)
    (tmp_path / GAN.card).write_bytes(card)
    path.unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_gan(tmp_path)


def test_weights_that_are_no_numbers_are_refused(melodies: Store, tmp_path: Path) -> None:
    model = make_model(melodies)
    broken = {**model.weights, "out.bias": np.full_like(model.weights["out.bias"], np.nan)}
    save_gan(replace(model, weights=broken), tmp_path)
    with pytest.raises(CheckpointError, match="no numbers"):
        load_gan(tmp_path)
