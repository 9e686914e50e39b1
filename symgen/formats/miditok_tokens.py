"""Exchange with MidiTok: pieces as files of its tokens, beside the tokenizer that made them."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgen.formats.exchange import WRONG, from_symusic, to_symusic
from symgen.formats.kinds import TOKENIZER
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, scratch_folder
from symgen.system.requirements import require

__all__ = ["KINDS", "Miditok", "holds_tokens"]

KINDS = ("REMI", "TSD", "MIDILike", "Structured", "Octuple", "CPWord")
"""Tokenizers that need no further choices."""

_FAILED = (*WRONG, AssertionError, RuntimeError)
"""What MidiTok raises over music and files that it cannot take."""
_ALL: dict[str, Any] = {
    "use_programs": True,
    "use_tempos": True,
    "use_time_signatures": True,
    "use_pitchdrum_tokens": True,
    "beat_res": {(0, 32): 12},
    "time_signature_range": {
        2: [1, 2, 3, 4],
        4: list(range(1, 8)),
        8: list(range(1, 13)),
        16: list(range(1, 13)),
    },
}
"""What a tokenizer tells of a piece where nothing else is asked for: all that tokens of ours tell too."""


def holds_tokens(folder: PathLike) -> bool:
    """Whether a folder holds token files of MidiTok with their tokenizer."""
    path = Path(folder) / TOKENIZER
    try:
        with path.open("rb") as file:
            return b'"tokenization"' in file.read()
    except OSError:
        return False


@dataclass(frozen=True)
class Miditok:
    """A tokenizer of MidiTok."""

    tokenizer: Any

    @classmethod
    def named(cls, name: str) -> Miditok:
        """Make a tokenizer of a kind, such as ``REMI``."""
        miditok = require("miditok")
        kind = next((kind for kind in KINDS if kind.lower() == name.lower()), None)
        if kind is None:
            raise ControlError(
                f"tokenizer {name!r}: unknown; use one of {', '.join(KINDS)}, or a {TOKENIZER} that MidiTok wrote"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some cannot tell all, and say so
            return cls(getattr(miditok, kind)(miditok.TokenizerConfig(**_ALL)))

    @classmethod
    def load(cls, path: PathLike) -> Miditok:
        """Read the tokenizer of a folder, or of a file."""
        miditok = require("miditok")
        file = Path(path)
        file = file / TOKENIZER if file.is_dir() else file
        try:
            kind = json.loads(file.read_text(encoding="utf-8"))["tokenization"]
            return cls(getattr(miditok, kind)(params=file))
        except (*_FAILED, OSError) as error:
            raise FormatError(
                f"{file}: is no tokenizer of MidiTok ({error}); write it with MidiTok's save"
            ) from None

    def save(self, folder: PathLike) -> bytes:
        """Return the content of its file."""
        with scratch_folder(Path(folder)) as scratch:
            self.tokenizer.save(scratch / TOKENIZER)
            return (scratch / TOKENIZER).read_bytes()

    def encode(self, score: Score, folder: PathLike) -> bytes:
        """Return a piece as the content of a token file; `folder` is where its files may be made."""
        source = to_symusic(score)
        try:
            tokens = self.tokenizer(source)
        except _FAILED as error:
            raise FormatError(
                f"MidiTok cannot encode it ({error}); try another tokenizer, such as REMI"
            ) from None
        programs = None
        if not self.tokenizer.one_token_stream:
            programs = [(track.program, track.is_drum) for track in source.tracks]
        with scratch_folder(Path(folder)) as scratch:
            self.tokenizer.save_tokens(tokens, scratch / "tokens.json", programs)
            return (scratch / "tokens.json").read_bytes()

    def decode(self, data: bytes, name: str) -> Score:
        """Read the content of a token file; `name` is what messages call it."""
        try:
            found = json.loads(data)
            programs = found.get("programs")
            programs = programs and [(int(program), bool(drum)) for program, drum in programs]
            return from_symusic(self.tokenizer.decode(found["ids"], programs))
        except (*_FAILED, FormatError) as error:
            raise FormatError(
                f"{name}: is no token file of this tokenizer ({error}); keep {TOKENIZER} beside its own files"
            ) from None
