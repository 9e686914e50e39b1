"""Real music that lies beside the checkout on machines of developers; tests of it are skipped elsewhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def corpus_files(name: str, folder: Path, most: int) -> list[Path]:
    """Unpack some MIDI files of a corpus, spread over all of it."""
    archive = SHARED / "corpora" / f"{name}.zip"
    if not archive.is_file():
        pytest.skip(f"the corpus {name} is not here")
    with zipfile.ZipFile(archive) as file:
        names = sorted(one for one in file.namelist() if one.endswith(".mid"))
        chosen = names[:: max(1, len(names) // most)][:most]
        found = []
        for number, one in enumerate(chosen):
            path = folder / f"{number}.mid"
            path.write_bytes(file.read(one))
            found.append(path)
    return found
