"""A player of a drum kit that knows nothing, and a score for it to play."""

from __future__ import annotations

import numpy as np

from symgen.music.score import Note, Part, Score
from symgen.performer.kit_checkpoint import KitConfig, KitModel, shapes_of
from symgen.performer.kit_inference import InferenceKit

BEATS = tuple(
    Note(480 * beat + shift, key, 60, 80)
    for beat in range(16)
    for shift, key in ((0, 42), (0, 36 if beat % 2 == 0 else 38), (240, 42))
)


def backbeat() -> Score:
    """Return four bars of rock."""
    return Score((Part(BEATS, is_drum=True),), length=7680)


def random_model(seed: int = 0) -> KitModel:
    """Return a player with random weights."""
    config = KitConfig(7, 9, 5, ("jazz", "rock"))
    rng = np.random.default_rng(seed)
    shapes = shapes_of(config).items()
    weights = {name: rng.normal(0, 0.3, size).astype(np.float32) for name, size in shapes}
    return KitModel(config, weights, {"name": "random"})


def random_kit() -> InferenceKit:
    """Return a player with random weights, ready to play."""
    model = random_model()
    return InferenceKit(model.config, model.weights)
