"""The generator that comes along writes what its page says, from the installed weights."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.gan import BarGan, Request, load_gan
from symgen.gan.metrics import measure_bars, unique_share
from symgen.music.controls import Controls
from symgen.music.theory import Key
from symgen.system.resources import data_folder

NOTHING = np.zeros((0, 0), dtype=np.uint8)
KEYS = ("G major", "D major", "A minor", "E dorian", "D mixolydian")


@pytest.fixture(scope="module")
def gan() -> BarGan:
    return load_gan()


def test_its_bars_are_like_tunes_and_unlike_each_other(gan: BarGan) -> None:
    """Wide bounds: the figures themselves are measured by `symgen gan evaluate`."""
    requests = [
        Request(meter, Key.parse(key), 16, NOTHING)
        for meter in ("4/4", "3/4", "6/8")
        for key in KEYS
    ]
    found = measure_bars(gan.write(requests, seed=5))
    assert found.empty < 0.02
    assert 3.0 < found.pitch_classes < 4.7
    assert 4.5 < found.notes < 7.5
    assert found.in_scale > 0.9
    assert found.eighths > 0.8
    assert found.leaps == 0.0
    assert unique_share(found.contents, 240) > 0.5


def test_other_random_numbers_give_other_bars(gan: BarGan) -> None:
    tunes = gan.write([Request("4/4", Key.parse("G"), 8, NOTHING)] * 20, seed=1)
    requests = [Request("4/4", Key.parse("G"), 1, tune.bars) for tune in tunes]
    one, other = (gan.as_it_comes().write(requests, seed=seed) for seed in (2, 3))
    assert sum(not np.array_equal(a.bars, b.bars) for a, b in zip(one, other, strict=True)) >= 15


def test_other_keys_are_followed(gan: BarGan) -> None:
    """The notes are those of the key that is asked for, the leading tone counted in."""
    for key in ("G", "E minor", "Bb"):
        (score,) = gan.sample(Controls(bars=16, key=key, meter="4/4"), seed=3)
        notes = score.note_array()
        inside = np.isin(
            notes[:, 2] % 12, list(Key.parse(key).scale | {(Key.parse(key).tonic + 11) % 12})
        )
        assert inside.mean() > 0.85


def test_its_folder_is_small_and_has_a_page() -> None:
    folder = data_folder("models") / "gan"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 4 << 20
    assert "Licence" in (folder / "README.md").read_text(encoding="utf-8").title()
    assert load_gan().info["licence"] == "CC BY 4.0"


def test_it_knows_what_it_learned_from(gan: BarGan) -> None:
    index = gan.copy_index()
    assert index is not None
    (score,) = gan.sample(Controls(bars=8), seed=0)
    assert index.find(score).longest >= 0
