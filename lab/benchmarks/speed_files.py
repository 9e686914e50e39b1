"""What the workers of `speed-reading` do, in every checkout and with the rivals; most return how many notes."""

from __future__ import annotations

import contextlib
import io
import time
import tracemalloc
import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import symgen
from symgen.system.errors import SymgenError
from symgen.tokens import Vocabulary, decode, encode

__all__ = [
    "decode_events",
    "decode_rival",
    "encode_rival",
    "encode_scores",
    "growing",
    "memory",
    "often",
    "read",
    "read_rival",
    "save",
    "save_rival",
    "usable",
]

_VOCABULARY = Vocabulary()


@cache
def _data(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(folder).glob("*.mid"))]


@cache
def _scores(folder: str) -> list[symgen.Score]:
    return [symgen.load_score(data) for data in _data(folder)]


def often(job: str, folder: str, seconds: float = 0.1, **words: bool) -> int:
    """Do a job over and over, so that the clock is fine enough for it."""
    start, notes = time.process_time(), 0
    while not notes or time.process_time() - start < seconds:
        notes += globals()[job](folder, **words)
    return notes


def usable(path: str) -> bool:
    """Tell whether a file can be read and encoded: what is compared is the same music."""
    with contextlib.suppress(SymgenError):
        return len(encode(symgen.load_score(path), _VOCABULARY)[0]) > 0
    return False


@cache
def _notes(folder: str) -> int:
    return sum(score.note_count for score in _scores(folder))


def read(folder: str) -> int:
    """Read files into scores."""
    for data in _data(folder):
        symgen.load_score(data)
    return _notes(folder)


def save(folder: str, fresh: bool) -> int:
    """Write scores, each into the file that it was read from or, if fresh, one of its own."""
    for score in _scores(folder):
        (replace(score, source=None) if fresh else score).to_bytes()
    return _notes(folder)


def encode_scores(folder: str) -> int:
    """Turn scores into events."""
    for score in _scores(folder):
        encode(score, _VOCABULARY)
    return _notes(folder)


@cache
def _events(folder: str) -> list[Any]:
    return [encode(score, _VOCABULARY)[0] for score in _scores(folder)]


def decode_events(folder: str) -> int:
    """Turn events into scores, and these into notes."""
    for events in _events(folder):
        decode(events, _VOCABULARY)
    return _notes(folder)


def memory(folder: str) -> float:
    """Return the bytes a note that scores hold after they were read."""
    data = _data(folder)
    symgen.load_score(data[0])
    tracemalloc.start()
    scores = [symgen.load_score(one) for one in data]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / sum(score.note_count for score in scores)


# -- the rivals ------------------------------------------------------------------------


def read_rival(folder: str) -> int:
    """Read files with pretty_midi."""
    import pretty_midi

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in _data(folder):
            pretty_midi.PrettyMIDI(io.BytesIO(data))
    return _notes(folder)


@cache
def _pretty(folder: str) -> list[Any]:
    import pretty_midi

    return [pretty_midi.PrettyMIDI(io.BytesIO(data)) for data in _data(folder)]


def save_rival(folder: str) -> int:
    """Write what pretty_midi has read."""
    for one in _pretty(folder):
        one.write(io.BytesIO())
    return _notes(folder)


@cache
def _tokenizer() -> Any:
    import miditok

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = miditok.TokenizerConfig(use_programs=True, one_token_stream_for_programs=True)
        return miditok.REMI(config)


@cache
def _symusic(folder: str) -> list[Any]:
    import symusic

    return [symusic.Score.from_midi(data) for data in _data(folder)]


def encode_rival(folder: str) -> int:
    """Turn what symusic has read into tokens of MidiTok."""
    for score in _symusic(folder):
        _tokenizer()(score)
    return _notes(folder)


@cache
def _tokens(folder: str) -> list[Any]:
    return [_tokenizer()(score) for score in _symusic(folder)]


def decode_rival(folder: str) -> int:
    """Turn tokens of MidiTok into scores of symusic."""
    for tokens in _tokens(folder):
        _tokenizer().decode(tokens)
    return _notes(folder)


# -- growth ----------------------------------------------------------------------------


@cache
def _long(notes: int) -> tuple[bytes, symgen.Score, Any]:
    rows = [
        symgen.Note(240 * (i // 2), 48 + 12 * (i % 2) + i * 7 % 12, 240, 60 + i % 40)
        for i in range(notes)
    ]
    score = symgen.Score((symgen.Part(tuple(rows)),), 480)
    return score.to_bytes(), score, encode(score, _VOCABULARY)[0]


def growing(what: str, notes: int) -> None:
    """Read, save, encode or decode a piece of so many notes."""
    data, score, events = _long(notes)
    if what == "read":
        symgen.load_score(data, limits=symgen.Limits(seconds=10**9, tokens=10**9))
    elif what == "save":
        score.to_bytes()
    elif what == "encode":
        encode(score, _VOCABULARY)
    else:
        decode(events, _VOCABULARY)
