"""Keys that are read all at once have the notes that they have one by one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import corpus_files
from hostile.mutants import mutants

from symgen.formats.scan import scan_midi
from symgen.kernel import library, midi
from symgen.midi.event_tables import Event
from symgen.midi.events import META, PORT, MidiFile, Track
from symgen.midi.notes import _KeyEvents, pair_notes
from symgen.system.errors import FormatError


def paired(file: MidiFile) -> Any:
    """The notes of a file that was never read before, and what is odd about them."""
    tracks = tuple(Track(track.events, track.end) for track in file.tracks)
    notes, *counts = pair_notes(replace(file, tracks=tracks))
    tables = {
        place: sorted(zip(*found.table.tolist(), strict=True)) for place, found in notes.items()
    }
    return {place: list(found) for place, found in notes.items()}, tables, counts


def check_all(monkeypatch: pytest.MonkeyPatch, files: list[MidiFile]) -> int:
    """Compare C, numpy, and one key after the other; return how many events are read at once."""
    found = [paired(file) for file in files]
    plain = 0
    for file in files:
        if file.played:
            events = _KeyEvents(file)
            plain += int(np.count_nonzero(~events.odd_keys()[events.code]))
    with monkeypatch.context() as patch:
        patch.setattr(midi, "_library", lambda: None)
        assert [paired(file) for file in files] == found
        every = np.ones(max(len(file.tracks) for file in files) << 11, np.bool_)
        patch.setattr(_KeyEvents, "odd_keys", lambda _: every)
        assert [paired(file) for file in files] == found
    return plain


def random_file(seed: int) -> MidiFile:
    """Few keys, so that they meet; notes on and off, and commands that end all notes."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    tracks = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        events: list[Event] = [(0, META, PORT, b"\1")] if rng.random() < 0.1 else []
        tick = 0
        for _ in range(rng.randrange(40)):
            tick += rng.choice((0, 0, 1, 24, 24, 48, 500))
            channel, pitch = rng.randrange(2), rng.randrange(60, 63)
            if rng.random() < 0.04:
                events.append((tick, 0xB0 | channel, rng.choice((7, 120, 121, 123, 127)), 0))
            else:
                kind = rng.choice((0x90, 0x90, 0x80))
                events.append((tick, kind | channel, pitch, rng.choice((0, 50, 90))))
        tracks.append(Track(tuple(events), tick + rng.choice((0, 96))))
    return MidiFile(1, 96, tuple(tracks))


def readable(files: Iterable[bytes]) -> list[MidiFile]:
    found = []
    for data in files:
        with suppress(FormatError):
            found.append(scan_midi(data).file)
    return found


def test_random_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_all(monkeypatch, [random_file(seed) for seed in range(3000)]) > 1000


def test_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    files = readable(data for _, data in mutants(600, 8))
    assert check_all(monkeypatch, files) > 1000


@pytest.mark.parametrize("name", ["ryans", "pop909", "freedoom", "osq_cc0"])
def test_real_music(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    files = readable(path.read_bytes() for path in corpus_files(name, tmp_path, 5))
    assert check_all(monkeypatch, files) > 100


@pytest.mark.skipif(library() is None, reason="the C library was not built")
def test_most_tracks_are_paired_in_c() -> None:
    """Keys that two voices share, keys struck again or twice at once, several channels."""
    events: list[Event] = [
        (0, 0x90, 60, 9), (0, 0x90, 60, 8), (0, 0x91, 60, 9), (24, 0x90, 60, 0), (24, 0x91, 60, 7),
        (48, 0x80, 60, 0), (48, 0x81, 60, 0), (48, 0x90, 62, 5), (60, 0x90, 62, 6), (72, 0x80, 62, 0),
    ]  # fmt: skip
    events.remove((48, 0x80, 60, 0))
    found = Track(tuple(events), 96).plain_notes(384)
    assert found is not None
    assert found[1:] == (0, 1, 2, 0, 0, 0)
    assert found.tables[0].T.tolist() == [
        [0, 24, 60, 8],
        [0, 24, 60, 9],
        [48, 12, 62, 5],
        [60, 12, 62, 6],
    ]
    assert found.tables[1].T.tolist() == [[0, 24, 60, 9], [24, 24, 60, 7]]
    stray = Track((*events, (72, 0x90, 60, 0)), 96).plain_notes(384)
    assert stray == found._replace(strays=1, tables=stray.tables if stray else {})
    hanging = Track((*events, (72, 0x93, 1, 1)), 96).plain_notes(384)
    assert hanging is not None
    assert (hanging.hanging, hanging.cut, hanging.tables[3].tolist()) == (
        1,
        0,
        [[72], [24], [1], [1]],
    )
    assert Track((*events, (72, 0xB0, 123, 0)), 96).plain_notes(384) is None
