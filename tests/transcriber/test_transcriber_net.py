"""The transcriber without torch is held to the torch network; files that are not whole are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from symgen.audio.reading import RATE
from symgen.system.errors import CheckpointError
from symgen.transcriber.checkpoint import (
    HARMONIC_BINS,
    LOWEST_PITCH,
    PITCH_BINS,
    TRANSCRIBER,
    TranscriberConfig,
    TranscriberModel,
    read_transcriber,
    save_transcriber,
)
from symgen.transcriber.inference import InferenceTranscriber, load_transcriber, transcriber_shapes
from symgen.transcriber.net import TranscriberNet
from symgen.transcriber.spectrum import log_spectrogram

SMALL = TranscriberConfig(first=3, second=2, third=4, squeezed=2, width=8, hidden=5)


def make_net(config: TranscriberConfig = SMALL) -> TranscriberNet:
    torch.manual_seed(0)
    net = TranscriberNet(config).eval()
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(2.0).add_(0.05 * torch.randn_like(weight))
    return net


def make_model(config: TranscriberConfig = SMALL) -> TranscriberModel:
    weights = {
        name: value.detach().numpy() for name, value in make_net(config).state_dict().items()
    }
    return TranscriberModel(config, weights, {"licence": "CC0"})


@pytest.mark.parametrize("seconds", [0.05, 1.0, 2.561, 6.3])
def test_inference_equals_torch(seconds: float) -> None:
    """Shorter than a block, about a block, and several blocks with a rest."""
    sound = np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    frames = InferenceTranscriber(SMALL, make_model().weights).frames(sound)
    with torch.no_grad():
        pitch, events = make_net()(torch.from_numpy(log_spectrogram(sound))[None])
    np.testing.assert_allclose(frames.pitch, pitch.softmax(-1)[0].numpy(), atol=2e-5)
    np.testing.assert_allclose(frames.onset, events.sigmoid()[0, :, 0].numpy(), atol=2e-5)
    np.testing.assert_allclose(frames.crowd, events.sigmoid()[0, :, 1].numpy(), atol=2e-5)


def test_nothing_to_hear() -> None:
    frames = InferenceTranscriber(SMALL, make_model().weights).frames(np.zeros(0, dtype=np.float32))
    assert frames.pitch.shape == (0, PITCH_BINS + 1)
    assert frames.onset.shape == (0,)


def test_the_axis_of_pitch() -> None:
    """Pitch bin 1 is the lowest note itself: its own frequency stands at the second harmonic's place in the list."""
    own = HARMONIC_BINS[1]
    assert (own + 1) / 3 + 35 == LOWEST_PITCH
    assert HARMONIC_BINS[2] - own == 36


def test_the_default_is_small() -> None:
    size = sum(int(np.prod(shape)) for shape in transcriber_shapes(TranscriberConfig()).values())
    assert size == sum(
        weight.numel() for weight in TranscriberNet(TranscriberConfig()).parameters()
    )
    assert size <= 500_000


def test_files_there_and_back(tmp_path: Path) -> None:
    model = make_model()
    path = save_transcriber(model, tmp_path)
    again = read_transcriber(tmp_path)
    assert again.config == SMALL
    assert again.info == {"licence": "CC0"}
    for name, value in model.weights.items():
        np.testing.assert_array_equal(again.weights[name], value)
    half = save_transcriber(model, tmp_path, half=True)
    assert not path.exists()
    assert half.stat().st_size < 0.7 * sum(value.nbytes for value in model.weights.values())
    assert load_transcriber(tmp_path).parameters == sum(
        value.size for value in model.weights.values()
    )


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = save_transcriber(make_model(), tmp_path)
    data, card = path.read_bytes(), (tmp_path / TRANSCRIBER.card).read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(CheckpointError, match="damaged"):
        load_transcriber(tmp_path)
    path.write_bytes(data)
    for changed in (card.replace(b'"hidden": 5', b'"hidden": 6'), card[:-9], b"", b"[]", b"{}"):
        (tmp_path / TRANSCRIBER.card).write_bytes(changed)
        with pytest.raises(CheckpointError, match="cannot be read"):
            load_transcriber(tmp_path)
    (tmp_path / TRANSCRIBER.card).write_bytes(card)
    path.unlink()
    with pytest.raises(CheckpointError, match="no such file"):
        load_transcriber(tmp_path)


def test_weights_of_another_shape_or_without_numbers_are_refused(tmp_path: Path) -> None:
    model = make_model()
    with pytest.raises(CheckpointError, match="do not fit"):
        InferenceTranscriber(TranscriberConfig(), model.weights)
    broken = {**model.weights, "pitch.bias": np.full(PITCH_BINS + 1, np.nan, dtype=np.float32)}
    save_transcriber(TranscriberModel(SMALL, broken), tmp_path)
    with pytest.raises(CheckpointError, match="no numbers"):
        load_transcriber(tmp_path)


@pytest.mark.parametrize(
    "widths", [{}, {"first": 0}, {"first": "3"}, {"first": 10**9}, {"hidden": None}]
)
def test_senseless_widths_are_refused(widths: dict[str, object]) -> None:
    given = SMALL.to_json() | widths if widths else {}
    with pytest.raises(CheckpointError, match="does not fit this version"):
        TranscriberConfig.from_json(given)
