"""The notation files of other programs' test suites: all are read, or named here with the reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from symgen.formats.notation import WorkerPool, read_tunes
from symgen.formats.tunes import Tune
from symgen.system.errors import FormatError

SHARED = Path(__file__).parents[2].parent / "shared" / "conformance"
FOLDERS = ("musicxml", "abc", "krn")
SLOW = {"el_capitan.xml"}
REFUSED: dict[str, str] = {}
"""Files that are refused, by name, with the reason that the message gives. None is."""
pytestmark = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared conformance files are not here"
)


def found() -> list[Path]:
    return sorted(
        path for folder in FOLDERS for path in (SHARED / folder).rglob("*") if path.is_file()
    )


def read(path: Path, pool: WorkerPool) -> tuple[Tune, ...] | str:
    try:
        return read_tunes(path, pool=pool)
    except FormatError as error:
        return str(error)


def test_at_least_99_percent_are_read() -> None:
    paths = [path for path in found() if path.name not in SLOW]
    assert len(paths) == 143
    with WorkerPool(60) as pool, ThreadPoolExecutor(2) as threads:
        results = dict(zip(paths, threads.map(lambda path: read(path, pool), paths), strict=True))
    refused = {path.name: result for path, result in results.items() if isinstance(result, str)}
    assert refused.keys() == REFUSED.keys()
    assert all(
        REFUSED[name] in message and "\n" not in message for name, message in refused.items()
    )
    assert len(refused) <= 0.01 * len(paths)
    silent = [
        path
        for path, tunes in results.items()
        if not isinstance(tunes, str) and not any(tune.score.note_count for tune in tunes)
    ]
    assert len(silent) == 14
    assert [
        path.name for path in silent if b"<pitch>" in path.read_bytes() or path.suffix == ".mxl"
    ] == []
    assert [path.name for path in silent if path.suffix == ".abc"] == ["data__abc__empty_title.abc"]


@pytest.mark.long
def test_a_whole_band_is_read() -> None:
    (path,) = (path for path in found() if path.name in SLOW)
    (tune,) = read_tunes(path)
    assert (tune.score.note_count, len(tune.score.parts)) == (7528, 22)
