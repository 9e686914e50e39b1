"""A small judge that tells real pieces from sampled ones, to rank the takes of a model by.

It is trained by ``python -m lab train-discriminator`` and ships with a model as plain arrays. Several folds were
each trained on a part of the pieces: their mean ranks new takes, and the fold that has not seen a piece judges training
material.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.metrics import FEATURES, tune_features
from symgen.evaluation.polyphony import PIECE_FEATURES, piece_features
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError

__all__ = ["KINDS", "Discriminator", "feature_names", "feature_rows", "fold_of"]

Floats = NDArray[np.float64]

KINDS = {"melody": (FEATURES, tune_features), "voices": (PIECE_FEATURES, piece_features)}
"""Names of the features and the function that gives them, for melodies and for music in several voices."""

_SHAPES = {
    "center": ("folds", "features"),
    "scale": ("folds", "features"),
    "inner": ("folds", "nets", "features", "units"),
    "inner_bias": ("folds", "nets", "units"),
    "outer": ("folds", "nets", "units"),
    "outer_bias": ("folds", "nets"),
    "tree_feature": ("folds", "trees", "nodes"),
    "tree_threshold": ("folds", "trees", "nodes"),
    "tree_value": ("folds", "trees", "leaves"),
    "tree_start": ("folds",),
}
_MAKE_AGAIN = "copy the model again, or train its discriminator again"


def feature_names(kind: str) -> tuple[str, ...]:
    """Names of the features of a kind of music, one of `KINDS`."""
    return KINDS[kind][0]


def feature_rows(kind: str, scores: Sequence[Score], keys: Sequence[Key]) -> Floats:
    """Describe pieces by numbers. Returns shape (pieces, features)."""
    names, describe = KINDS[kind]
    trimmed = (replace(score, length=0) for score in scores)
    rows = [list(describe(score, key).values()) for score, key in zip(trimmed, keys, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))


def fold_of(group: str, folds: int) -> int:
    """Return the fold that must not be trained on a work, the same in every run."""
    return crc32(group.encode()) % folds


@dataclass(frozen=True, eq=False)
class Discriminator:
    """Small networks and boosted trees on features of a piece."""

    # Ranking takes by a discriminator follows Azadi et al. (2019), Discriminator rejection
    # sampling. The trees are gradient boosted (Friedman 2001).

    kind: str  # one of `KINDS`
    # ``center``, ``scale``, shape (folds, features); networks of one inner layer: ``inner``, shape
    # (folds, nets, features, units), ``inner_bias``, ``outer``, ``outer_bias``; trees of full
    # depth, a node's children at 2 i + 1 and 2 i + 2: ``tree_feature``, ``tree_threshold``, shape
    # (folds, trees, nodes), ``tree_value``, shape (folds, trees, nodes + 1), ``tree_start``, shape
    # (folds,)
    arrays: Mapping[str, NDArray[np.generic]]

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {"features": len(feature_names(self.kind))}
        for name, axes in _SHAPES.items():
            shape = self.arrays[name].shape if name in self.arrays else ()
            if len(shape) != len(axes) or any(
                sizes.setdefault(a, n) != n for a, n in zip(axes, shape, strict=True)
            ):
                raise CheckpointError(
                    f"discriminator: its arrays do not fit together ({name}); {_MAKE_AGAIN}"
                )
        # a threshold may be infinite: nothing is above it
        numbers = [
            self.arrays[name] for name in _SHAPES if name not in ("tree_feature", "tree_threshold")
        ]
        if min(sizes.values()) < 1 or not all(np.isfinite(array).all() for array in numbers):
            raise CheckpointError(
                f"discriminator: it is empty or holds what are no numbers; {_MAKE_AGAIN}"
            )
        if sizes["leaves"] != sizes["nodes"] + 1 or sizes["leaves"] & sizes["nodes"]:
            raise CheckpointError(f"discriminator: its trees are not of full depth; {_MAKE_AGAIN}")

    @property
    def folds(self) -> int:
        """How many judges there are."""
        return len(self.arrays["center"])

    def judge(self, scores: Sequence[Score], keys: Sequence[Key]) -> Floats:
        """Return how real pieces look: the mean log odds of all folds."""
        # Returns shape (pieces,), higher is more like a real piece; 0 where both are as likely.
        odds: Floats = self.log_odds(feature_rows(self.kind, scores, keys)).mean(axis=0)
        return odds

    def log_odds(self, rows: Floats) -> Floats:
        """Return the log odds of each fold, the mean of its networks and its trees."""
        # `rows` has shape (pieces, features); returns shape (folds, pieces).
        return (self._networks(rows) + self._trees(rows)) / 2

    def _networks(self, rows: Floats) -> Floats:
        a = self.arrays
        found = np.empty((self.folds, len(rows)))
        for fold in range(self.folds):
            scaled = (rows - a["center"][fold]) / a["scale"][fold]
            units = (
                np.einsum("rf,nfu->nru", scaled, a["inner"][fold]) + a["inner_bias"][fold][:, None]
            )
            odds = (
                np.einsum("nru,nu->nr", np.maximum(units, 0), a["outer"][fold])
                + a["outer_bias"][fold][:, None]
            )
            found[fold] = odds.mean(axis=0)
        return found

    def _trees(self, rows: Floats) -> Floats:
        a = self.arrays
        nodes = a["tree_feature"].shape[2]
        # The trees were grown on 32-bit features: a value on a threshold must fall to the same side.
        narrow = rows.astype(np.float32)
        found = np.empty((self.folds, len(rows)))
        for fold in range(self.folds):
            features, thresholds, values = (
                a[f"tree_{name}"][fold] for name in ("feature", "threshold", "value")
            )
            trees = np.arange(len(features))[None]
            at = np.zeros((len(rows), len(features)), dtype=np.int64)
            for _ in range(int(nodes + 1).bit_length() - 1):
                asked = np.take_along_axis(narrow, features[trees, at].astype(np.int64), axis=1)
                at = 2 * at + 1 + (asked > thresholds[trees, at])
            found[fold] = a["tree_start"][fold] + values[trees, at - nodes].sum(axis=1)
        return found

    def to_bytes(self) -> bytes:
        """Return a file of safetensors; the widest weights as 16-bit floats."""
        from safetensors.numpy import save

        # One entry only: safetensors writes several in random order, and the same judge must be the same bytes.
        about = {"judge": json.dumps({"kind": self.kind, "features": feature_names(self.kind)})}
        arrays = {name: np.ascontiguousarray(self.arrays[name]) for name in _SHAPES}
        arrays["inner"] = arrays["inner"].astype(np.float16)
        data: bytes = save(arrays, metadata=about)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Discriminator:
        """Read what `to_bytes` gave."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            arrays = load(data)
            length = int.from_bytes(data[:8], "little")
            about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["judge"])
            kind, names = str(about["kind"]), tuple(about["features"])
        except (KeyError, ValueError, TypeError, RecursionError, SafetensorError) as error:
            raise CheckpointError(f"discriminator: damaged ({error}); {_MAKE_AGAIN}") from None
        if kind not in KINDS or names != feature_names(kind):
            raise CheckpointError(
                f"discriminator: made for other features than this version has; {_MAKE_AGAIN}"
            )
        return cls(kind, {**arrays, "inner": arrays["inner"].astype(np.float32)})
