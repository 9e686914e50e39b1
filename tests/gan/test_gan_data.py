"""The bar GAN as a library: more to train on, measuring, the network of the tutorial."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from symgen.corpus import Store
from symgen.gan import BarGan, augment_store, evaluate_gan, read_tunes
from symgen.gan.evaluating import save_evaluation
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.tokens.vocabulary import VELOCITY

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
    assert (report["kept"], report["splits"]["train"]) == (
        len(store),
        len(melodies.pieces("train")) + 7,
    )
    assert report["notes"] > melodies.index["report"]["notes"]
    assert report["bars"] == melodies.index["report"]["bars"] + 7 * 5
    assert store.events(store.pieces()[-1]).fields[:, VELOCITY].max() == 80


def test_added_pieces_are_fixed_by_the_seed(melodies: Store, gan: BarGan, tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("two", 1), ("other", 2)):
        augment_store(melodies, tmp_path / name, gan, count=4, bars=3, seed=seed)
    one, two, other = (Store.open(tmp_path / name) for name in ("one", "two", "other"))
    assert (tmp_path / "one" / "index.json").read_bytes() == (
        tmp_path / "two" / "index.json"
    ).read_bytes()
    assert one.digest == two.digest != other.digest


def test_a_store_that_was_augmented_can_be_augmented(
    melodies: Store, gan: BarGan, tmp_path: Path
) -> None:
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
    with pytest.raises(
        ExistsError, match="exists already; choose another name or pass --overwrite"
    ):
        augment_store(melodies, tmp_path / "more", gan, count=2, bars=1)
    assert contents(Store.open(tmp_path / "more")) == before
    assert (
        augment_store(melodies, tmp_path / "more", gan, count=2, bars=1, overwrite=True).made == 2
    )
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
    assert (facts["generated_tunes"], facts["bars"], facts["seed"], facts["split"]) == (
        6,
        4,
        1,
        "test",
    )
    assert (len(found.made), facts["real_tunes"]) == (6, len(read_tunes(melodies, "test")))
    again = evaluate_gan(gan, melodies, tunes=6, bars=4, seed=1)
    assert again.table == {
        name: row for name, row in found.table.items() if name != "bits_per_16th"
    }
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
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == json.loads(
        json.dumps(found.to_json())
    )
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
