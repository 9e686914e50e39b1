"""A pickle that lies where music21 looks for one is not run."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from notation_mutants import SEEDS
from notation_tools import run

from symgen.formats import load_score
from symgen.formats.notation import read_tunes

SCRATCH = """
import sys
from music21 import converter
print(converter.PickleFilter(sys.argv[1]).getPickleFp(zipType="gz"))
"""
READ_BY_MUSIC21 = """
import sys
from music21 import converter
converter.parse(sys.argv[1])
"""


@pytest.mark.usefixtures("fresh_readers")
@pytest.mark.parametrize(
    "suffix",
    [
        ".musicxml",
        pytest.param(".krn", marks=pytest.mark.long),
        pytest.param(".abc", marks=pytest.mark.long),
    ],
)
def test_a_pickle_that_lies_in_wait_is_not_run(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "music21").mkdir(mode=0o700)
    trap, song = tmp_path / "was_run", tmp_path / f"song{suffix}"
    song.write_bytes(SEEDS[suffix])
    planted = Path(run(SCRATCH, str(song)).stdout.strip())
    assert tmp_path in planted.parents
    planted.write_bytes(zlib.compress(f"cos\nmkdir\n(V{trap}\ntR.".encode()))
    run(READ_BY_MUSIC21, str(song))
    assert trap.is_dir()  # music21 by itself runs it
    trap.rmdir()
    planted.write_bytes(zlib.compress(f"cos\nmkdir\n(V{trap}\ntR.".encode()))
    before = sorted(tmp_path.rglob("*"))
    assert load_score(song).note_count > 5
    assert read_tunes(song, repeats="played")
    assert not trap.exists()
    assert sorted(tmp_path.rglob("*")) == before  # nor is one written
