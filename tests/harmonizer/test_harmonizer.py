"""Chords for melodies: what the network is given, numpy beside torch, and rows of chords that keep to what is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small import tune

from symgen.harmonizer.checkpoint import (
    HARMONIZER,
    QUALITIES,
    ROOTS,
    HarmonizerConfig,
    HarmonizerModel,
    read_harmonizer,
    save_harmonizer,
)
from symgen.harmonizer.choosing import RATES, Wish, choose_chords
from symgen.harmonizer.inference import InferenceHarmonizer, harmonizer_shapes, shipped_harmonizer
from symgen.harmonizer.melody import INPUTS, STRUCK, MelodyBeats, turned
from symgen.music.harmony import chord_beats
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, ControlError

TUNE = tune("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4|C5 E5 G5 E5|F5 A5 F5 D5|G4:2 B4:2|C5:4")
C = Key(0, "major")
SMALL = HarmonizerConfig(seen=8, said=4, width=16, hidden=8)


def test_beats_are_described() -> None:
    beats = MelodyBeats.of(TUNE, TUNE.parts[0].notes, Key(9, "minor"))
    assert beats.tonic == 0
    assert beats.inputs.shape == (32, INPUTS)
    assert beats.filled[0].tolist() == [1.0] + [0.0] * 11
    assert beats.inputs[:, STRUCK].all()
    rest = tune("- C5 C5 C5")
    assert MelodyBeats.of(rest, rest.parts[0].notes, C).inputs[:, STRUCK].tolist() == [0, 1, 1, 1]


def test_inputs_turn_as_the_key_does() -> None:
    notes = TUNE.parts[0].notes
    in_c = MelodyBeats.of(TUNE, notes, C).inputs
    in_g = MelodyBeats.of(TUNE, notes, Key(7, "major")).inputs
    assert np.allclose(turned(in_c, 7), in_g)


def test_numpy_is_torch(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from symgen.harmonizer.net import HarmonizerNet

    torch.manual_seed(1)
    net = HarmonizerNet(SMALL).eval()
    weights = {name: value.numpy() for name, value in net.state_dict().items()}
    inputs = MelodyBeats.of(TUNE, TUNE.parts[0].notes, C).inputs
    with torch.no_grad():
        root, quality = net(torch.from_numpy(inputs)[None])
    weights = {f"0.{name}": value for name, value in weights.items()}
    ours = InferenceHarmonizer(SMALL, weights).judge(inputs)
    assert np.allclose(ours[0], root[0].log_softmax(-1), atol=1e-4)
    assert np.allclose(ours[1], quality[0].log_softmax(-1), atol=1e-4)
    assert {name: value.shape for name, value in weights.items()} == harmonizer_shapes(SMALL)
    save_harmonizer(HarmonizerModel(SMALL, weights, {"name": "mine"}), tmp_path)
    again = read_harmonizer(tmp_path)
    assert again.config == SMALL
    assert again.info["name"] == "mine"


def test_what_is_no_harmonizer(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no harmonizer"):
        read_harmonizer(tmp_path)
    with pytest.raises(CheckpointError, match="do not fit"):
        InferenceHarmonizer(SMALL, {})
    with pytest.raises(ControlError, match="widths"):
        HarmonizerConfig(hidden=0)
    assert HARMONIZER.card == "harmonizer.json"


def test_the_shipped_one_harmonizes() -> None:
    roots, qualities = shipped_harmonizer().judge(
        MelodyBeats.of(TUNE, TUNE.parts[0].notes, C).inputs
    )
    assert roots.shape == (32, ROOTS)
    assert qualities.shape == (32, ROOTS, QUALITIES)
    chords = choose_chords(TUNE, TUNE.parts[0].notes, C, Wish(closes=True))
    assert (chords[0].at, chords[0].root, chords[-1].root, chords[-1].quality) == (0, 0, 0, "")


@pytest.mark.parametrize("rate", RATES)
def test_chords_change_where_they_may(rate: str) -> None:
    chords = choose_chords(TUNE, TUNE.parts[0].notes, C, Wish(rate, temperature=3.0), seed=1)
    starts, _, levels = chord_beats(TUNE.bars, TUNE.resolution)
    able = set(starts[levels <= RATES[rate]].tolist())
    assert {chord.at for chord in chords} <= able
    assert len(chords) > 3


def test_a_strict_key_has_no_other_tones() -> None:
    dark = tune("C5 Eb5 G5 Ab5|F#5 A5 F5 Db5|G4 B4 D5 F5|C5:4")
    wish = Wish("beat", strict=True, temperature=2.0)
    for seed in range(4):
        for chord in choose_chords(dark, dark.parts[0].notes, C, wish, seed=seed):
            assert chord.pitch_classes <= C.scale


@pytest.mark.parametrize("key", [C, Key(9, "minor"), Key(4, "dorian")])
def test_the_close_is_the_tonic(key: Key) -> None:
    for seed in range(4):
        wish = Wish(closes=True, temperature=1.0)
        last = choose_chords(TUNE, TUNE.parts[0].notes, key, wish, seed=seed)[-1]
        assert (last.root, last.quality) == (key.tonic, "m" if key.minor else "")


def test_a_seed_gives_the_same_chords_and_none_gives_the_best() -> None:
    notes = TUNE.parts[0].notes
    best = {choose_chords(TUNE, notes, C, Wish(), seed=seed) for seed in range(3)}
    assert len(best) == 1
    daring = [choose_chords(TUNE, notes, C, Wish(temperature=3.0), seed=s) for s in (1, 1, 2)]
    assert daring[0] == daring[1] != daring[2]
