"""Small grooves by hand, and a drummer that knows nothing."""

from __future__ import annotations

import numpy as np

from symgen.drummer.checkpoint import DrummerConfig, DrummerModel, shapes_of
from symgen.drummer.drummer import Drummer
from symgen.drummer.grooves import Groove
from symgen.drummer.patterns import read_patterns

BACKBEAT = """
rock 4/4 100
bass drum     8... .... 8... .... 8... .... 8.5. ....
snare         .... 7... .... 7... .... 7... .... 7.33
closed hi-hat 6.4. 6.4. 6.4. 6.4. 6.4. 6.4. 6.4. 6.4.
"""
SHUFFLE = """
jazz/swing 3/4 160   # one bar
bass drum     5..... ...... ......
ride          6..... 6...4. 6...4.
"""


def groove(text: str = BACKBEAT) -> Groove:
    """Return the groove of a pattern."""
    (pattern,) = read_patterns(text)
    return pattern.groove


def random_model(seed: int = 0) -> DrummerModel:
    """Return a drummer with random weights."""
    config = DrummerConfig(6, 8, 5, ("jazz", "rock"))
    rng = np.random.default_rng(seed)
    shapes = shapes_of(config).items()
    weights = {name: rng.normal(0, 0.4, size).astype(np.float32) for name, size in shapes}
    return DrummerModel(config, weights, {"name": "random"})


def random_drummer() -> Drummer:
    """Return a drummer with random weights, ready to play."""
    return Drummer(random_model())
