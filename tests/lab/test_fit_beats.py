"""Fitted numbers of the beat finder: short in their files, and read back as they were."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lab.shipping import fit_beats
from symgen.beats import tables


def test_numbers_are_short_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_beats, "FOLDER", tmp_path)
    monkeypatch.setattr(tables, "_DATA", tmp_path)
    features = np.array([0.1234, -0.001, 250.0], dtype=np.float32)
    tempo = np.full((len(fit_beats.METERS), 3), 1 / 3, dtype=np.float32)
    fit_beats.write_weights("some", ("a", "b", "c"), features, tempo)
    text = (tmp_path / "some.json").read_text()
    assert json.loads(text)["features"] == {"a": 0.12, "b": 0.0, "c": 99.0}
    assert "-0.0" not in text
    assert "[0.33, 0.33, 0.33]" in text
    read = tables.read_weights("some", ("c", "a"))
    assert read.features.tolist() == [99.0, 0.12]
    assert set(read.tempo) == set(fit_beats.METERS)
