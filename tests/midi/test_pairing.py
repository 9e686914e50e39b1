"""Keys that are read all at once have the notes that they have one by one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import corpus_files
from hostile.mutants import mutants

from symgen.formats.scan import scan_midi
from symgen.midi.event_tables import Event
from symgen.midi.events import META, PORT, MidiFile, Track
from symgen.midi.notes import _KeyEvents, pair_notes
from symgen.system.errors import FormatError


def paired(file: MidiFile) -> Any:
    notes, *counts = pair_notes(file)
    return {place: list(found) for place, found in notes.items()}, counts


def check_both(monkeypatch: pytest.MonkeyPatch, files: list[MidiFile]) -> int:
    """Compare both ways; return how many keys were read at once."""
    found = [paired(file) for file in files]
    plain = 0
    for file in files:
        if file.played:
            events = _KeyEvents(file)
            plain += int(np.count_nonzero(~events.odd_keys()[events.code]))
    with monkeypatch.context() as patch:
        every = np.ones(len(max(files, key=lambda file: len(file.tracks)).tracks) << 11, np.bool_)
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
    assert check_both(monkeypatch, [random_file(seed) for seed in range(3000)]) > 1000


def test_mutants(monkeypatch: pytest.MonkeyPatch) -> None:
    files = readable(data for _, data in mutants(600, 8))
    assert check_both(monkeypatch, files) > 1000


@pytest.mark.parametrize("name", ["ryans", "pop909", "freedoom", "osq_cc0"])
def test_real_music(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    files = readable(path.read_bytes() for path in corpus_files(name, tmp_path, 5))
    assert check_both(monkeypatch, files) > 100
