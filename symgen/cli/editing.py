"""``symgen edit``: changes that need no network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.cli.finishing import Written, finish
from symgen.cli.history import remember
from symgen.cli.options import Context, Result
from symgen.cli.outputs import name_targets, stem_of
from symgen.cli.reading import is_heard, read_piece
from symgen.cli.saving import save_piece
from symgen.cli.telling import note
from symgen.cli.writing import bar_range, tell, write_others
from symgen.editing import bars_between, quantized, transposed, with_instrument, with_tempo
from symgen.formats import WRITABLE, losses
from symgen.midi.events import MidiFile
from symgen.music.instruments import instrument_name
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError

__all__ = ["edit"]


def edit(context: Context) -> Result:
    """Change a piece as the options say, in this order: bars, pitches, grid, tempo, instrument."""
    options = context.options
    if is_heard(options.tune):
        raise ControlError(
            f"{options.tune}: is a recording; write it down first with `symgen transcribe {options.tune}`"
        )
    tune, notices = read_piece(options.tune, options)
    (target,) = name_targets(
        options, f"{stem_of(options, options.tune)}-edited", _suffix(options.tune)
    )
    try:
        score = _edited(tune.score, options)
    except (ControlError, FormatError) as error:
        raise type(error)(f"{options.tune}: {error}") from None
    save_piece(score, target, options)
    others = write_others(score, target, options)
    lost = [
        line
        for path in (target, *(others[kind] for kind in ("xml", "abc") if kind in others))
        for line in _lost(tune.score, score, path)
    ]
    for line in lost:
        note(line)
    facts = _describe(score, target, others) | {"lost": lost, "command": context.line}
    tell(facts, target, others, options)
    remember(context, context.line, score, target, others)
    finish([Written(target, score, context.line)], options)
    return Result(notices + _unheeded(score, options))


def _suffix(file: str) -> str:
    """Return the suffix of a file if that kind can be written, so that it stays of its kind."""
    suffix = Path(file).suffix.lower()
    return suffix if suffix in WRITABLE else ".mid"


def _unheeded(score: Score, options: argparse.Namespace) -> list[str]:
    """Say what is asked of pitches where there are none, and where nothing is asked at all."""
    edits = (options.bars, options.transpose, options.quantize, options.tempo, options.instrument)
    if not any(edit is not None for edit in (*edits, options.output)):
        return [
            (
                f"{options.tune}: nothing to change was named, so it is as it was; "
                "there are --transpose, --quantize, --tempo, --instrument and --bars"
            )
        ]
    asked = options.transpose is not None or options.instrument is not None
    has_drums_alone = all(part.is_drum for part in score.parts)
    return [f"{options.tune}: has drums alone, which stay as they are"] * (
        asked and has_drums_alone
    )


def _edited(score: Score, options: argparse.Namespace) -> Score:
    part = options.part
    if options.bars:
        score = bars_between(score, *bar_range(options.bars, "bars"))
    if options.transpose is not None:
        score = transposed(score, options.transpose, part=part)
    if options.quantize:
        score = quantized(score, options.quantize, part=part)
    if options.tempo is not None:
        score = with_tempo(score, options.tempo)
    if options.instrument is not None:
        score = with_instrument(score, options.instrument, part=part)
    if not score.note_count:
        raise FormatError(f"bars {options.bars}: hold no notes; choose others")
    return score


def _lost(before: Score, after: Score, path: Path) -> tuple[str, ...]:
    """Say what a file does not hold of the one that was read; what was edited in a MIDI file is not lost."""
    stays = isinstance(after.source, MidiFile) and path.suffix.lower() in (".mid", ".midi")
    return () if stays else losses(before, after, path)


def _describe(score: Score, target: Path, others: dict[str, Path]) -> dict[str, Any]:
    pitches = any(part.notes and not part.is_drum for part in score.parts)
    return {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "bars": sum(bar.number > 0 for bar in score.bars),
        "key": str(infer_key(score)) if pitches else None,
        "meter": str(score.meters[-1].meter),
        "tempo": round(score.tempos[0].bpm, 3),
        "instruments": [
            instrument_name(part.program, is_drum=part.is_drum) for part in score.parts
        ],
        "notes": score.note_count,
        "version": __version__,
    }
