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


def feature_names(kind: str) -> tuple[str, ...]:
    """Names of the features of a kind of music, one of `KINDS`."""
    return KINDS[kind][0]


def feature_rows(kind: str, scores: Sequence[Score], keys: Sequence[Key]) -> Floats:
    """Describe pieces by numbers. Returns shape (pieces, features)."""
    names, describe = KINDS[kind]
    rows = np.empty((len(scores), len(names)))
    for row, score, key in zip(rows, scores, keys, strict=True):
        # Without a length of its own, a piece ends with its last note, wherever it comes from.
        row[:] = list(describe(replace(score, length=0), key).values())
    return rows


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
            fits = len(shape) == len(axes)
            for axis, size in zip(axes, shape, strict=False):
                fits = fits and sizes.setdefault(axis, size) == size
            if not fits:
                raise _damaged(f"its arrays do not fit together ({name})")
        # A threshold may be infinite: nothing is above it.
        numbers = [name for name in _SHAPES if name not in ("tree_feature", "tree_threshold")]
        finite = all(np.isfinite(self.arrays[name]).all() for name in numbers)
        if min(sizes.values()) < 1 or not finite:
            raise _damaged("it is empty or holds what are no numbers")
        leaves, nodes = sizes["leaves"], sizes["nodes"]
        if leaves != nodes + 1 or leaves & nodes:
            raise _damaged("its trees are not of full depth")

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
            units = np.einsum("rf,nfu->nru", scaled, a["inner"][fold])
            units = np.maximum(units + a["inner_bias"][fold][:, None], 0)
            odds = np.einsum("nru,nu->nr", units, a["outer"][fold])
            found[fold] = (odds + a["outer_bias"][fold][:, None]).mean(axis=0)
        return found

    def _trees(self, rows: Floats) -> Floats:
        a = self.arrays
        nodes = a["tree_feature"].shape[2]
        depth = int(nodes + 1).bit_length() - 1
        # The trees were grown on 32-bit features: a value on a threshold must fall to the same side.
        narrow = rows.astype(np.float32)
        found = np.empty((self.folds, len(rows)))
        for fold in range(self.folds):
            features = a["tree_feature"][fold].astype(np.int64)
            thresholds, values = a["tree_threshold"][fold], a["tree_value"][fold]
            trees = np.arange(len(features))[None]
            at = np.zeros((len(rows), len(features)), dtype=np.int64)
            for _ in range(depth):
                value = np.take_along_axis(narrow, features[trees, at], axis=1)
                at = 2 * at + 1 + (value > thresholds[trees, at])
            leaves = values[trees, at - nodes]
            found[fold] = a["tree_start"][fold] + leaves.sum(axis=1)
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
            header = json.loads(data[8 : 8 + length])
            about = json.loads(header["__metadata__"]["judge"])
            kind, names = str(about["kind"]), tuple(about["features"])
        except (KeyError, ValueError, TypeError, RecursionError, SafetensorError) as error:
            raise _damaged(f"damaged ({error})") from None
        if kind not in KINDS or names != feature_names(kind):
            raise _damaged("made for other features than this version has")
        return cls(kind, {**arrays, "inner": arrays["inner"].astype(np.float32)})


def _damaged(why: str) -> CheckpointError:
    again = "copy the model again, or train its discriminator again"
    return CheckpointError(f"discriminator: {why}; {again}")
