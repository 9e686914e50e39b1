"""The files that the pages speak of, made by symgen itself."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from symgen.cli import main

MADE_BY = (
    "generate --bars 8 --seed 3 --key 'G major' --end --wav --feel 0 --xml -o tune.mid",
    "generate --style chorale --bars 4 --seed 3 -o song.mid",
    "generate --bars 8 --meter 4/4 --grid 1/16 --seed 3 -n 24 -o my-tunes/tune.mid",
    "corpus my-tunes -o store",
)
NAMES = {"tune.wav": "hum.wav", "tune.musicxml": "melody.musicxml"}
ALSO = {
    "my-tunes": ("tunes", "gen", "my-takes"),
    "store": ("stores/folk",),
    "tune.mid": ("other.mid",),
}
"""Other names that pages have for the same."""


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tune, a recording, a folder of tunes, a store and what else the pages take for granted."""
    folder = tmp_path_factory.mktemp("inputs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in MADE_BY:
            assert main(shlex.split(line)) == 0, line
    for made, name in NAMES.items():
        (folder / made).rename(folder / name)
    for made, names in ALSO.items():
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            copy = shutil.copytree if (folder / made).is_dir() else shutil.copy
            copy(folder / made, folder / name)
    rows = (f"tune-{i:02},{'calm' if i % 2 else 'merry'},{1800 + 10 * i}" for i in range(1, 25))
    (folder / "labels.csv").write_text("\n".join(["file,mood,year", *rows]))
    count_in(folder / "hum.wav", folder / "counted.wav")
    return folder


def count_in(recording: Path, target: Path) -> None:
    """Put four clicks in front of a recording, on the beat of its 112 quarters a minute."""
    samples, rate = soundfile.read(recording)
    beat = round(rate * 60 / 112)
    clicks = np.zeros((4 * beat, *samples.shape[1:]))
    for start in range(0, 4 * beat, beat):
        clicks[start : start + 200] = 0.8
    soundfile.write(target, np.concatenate([clicks, samples]), rate)
