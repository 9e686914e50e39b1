"""Tracks are read and written in C as in Python, byte for byte, refusals and warnings too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from corpora import SHARED, corpus_files
from hostile.mutants import mutants, seeds_of_mutants

from symgen.formats.limits import Limits
from symgen.formats.scan import scan_midi
from symgen.kernel import library, midi
from symgen.midi.event_tables import Event
from symgen.midi.events import META, TEXT, Track, encode_events, encode_midi
from symgen.system.errors import FormatError

pytestmark = pytest.mark.skipif(library() is None, reason="the C library was not built")


def scanned(data: bytes, limits: Limits) -> Any:
    try:
        scan = scan_midi(data, "x", limits)
    except FormatError as error:
        return str(error)
    file = scan.file
    tracks = [(track.events, track.end) for track in file.tracks]
    return file.format, file.division, tracks, scan.warnings, encode_midi(file)


def check_both(monkeypatch: pytest.MonkeyPatch, files: list[bytes], limits: Limits) -> set[type]:
    """Compare what C and Python read and write; return whether there were refusals and files."""
    with monkeypatch.context() as patch:
        patch.setattr(midi, "_library", lambda: None)
        expected = [scanned(data, limits) for data in files]
    found = [scanned(data, limits) for data in files]
    assert found == expected
    return {type(one) for one in found}


@pytest.mark.parametrize(
    "limits",
    [Limits(), Limits(events=70), Limits(notes=20), Limits(changes=1), Limits(tracks=1)],
    ids=str,
)
def test_mutants(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    files = [data for _, data in mutants(400, 3)]
    assert check_both(monkeypatch, files, limits) == {str, tuple}


@pytest.mark.long
def test_many_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    check_both(monkeypatch, [data for _, data in mutants(30_000, 4)], Limits())


@pytest.mark.parametrize("name", ["airds", "pop909", "freedoom"])
def test_real_music(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    files = [path.read_bytes() for path in corpus_files(name, tmp_path, 8)]
    assert tuple in check_both(monkeypatch, files, Limits())


def test_files_of_the_conformance_set(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = SHARED / "conformance" / "midi"
    if not folder.is_dir():
        pytest.skip("the conformance set is not here")
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    check_both(monkeypatch, files, Limits())


def test_whole_files_need_no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare Python with itself."""
    monkeypatch.setattr("symgen.formats.scan._TrackReader", None)
    monkeypatch.setattr("symgen.midi.events.encode_events", None)
    for data in seeds_of_mutants()[:6]:
        encode_midi(scan_midi(data).file)


@pytest.mark.parametrize(
    ("events", "end"),
    [
        ((), 0),
        (((5, META, TEXT, b"x" * 200),), 2**31 - 1),
        (((2**30, 0xC1, 7, 7), (2**30, 0xF0, 0, b""), (2**30 + 1, 0x93, 60, 9)), 2**31 - 1),
    ],
)
def test_long_waits_and_payloads(events: tuple[Event, ...], end: int) -> None:
    track = Track(events, end)
    columns = track.table.columns
    assert midi.write_track(columns, track.table.payloads, end) == encode_events(track)


def test_time_that_runs_back_is_left_to_python() -> None:
    table = Track(((9, 0x90, 60, 9), (8, 0x80, 60, 9)), 9).table
    assert midi.write_track(table.columns, (), 9) is None
