"""``symgen drums``: drums alone, in a style."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.cli.finishing import Written, finish
from symgen.cli.history import remember
from symgen.cli.options import Context, Result
from symgen.cli.outputs import name_targets
from symgen.cli.saving import save_piece
from symgen.cli.telling import note
from symgen.cli.writing import tell, write_others
from symgen.drummer.pieces import DrumPiece, drum_piece
from symgen.drummer.playing import Manner
from symgen.drummer.styles import find_style
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.sampling.seeds import seeds

__all__ = ["drums"]


def drums(context: Context) -> Result:
    """Play drums in a style."""
    options = context.options
    find_style(options.style)
    meter = None if options.meter is None else Meter.parse(options.meter)
    asked = DrumPiece(options.style, options.bars, options.tempo, meter)
    manner = Manner(
        fills=options.fills,
        closes=options.end,
        is_loose=options.loose,
        temperature=options.temperature,
    )
    drawn = seeds(options.count, options.seed)
    targets = name_targets(options, f"symgen-drums-{drawn[0]}")
    written = []
    for seed, target in zip(drawn, targets, strict=True):
        score = drum_piece(asked, seed=seed, manner=manner)
        if options.seed is None and target is targets[0]:
            note(f"seed {seed}")
        save_piece(score, target, options)
        others = write_others(score, target, options)
        line = context.line_with(seed)
        tell(_facts(score, asked, seed, target, others, line), target, others, options)
        remember(context, line, score, target, others, model="drums", seed=seed)
        written.append(Written(target, score, line, seed=seed))
    finish(written, options)
    return Result()


def _facts(
    score: Score, asked: DrumPiece, seed: int, target: Path, others: dict[str, Path], line: str
) -> dict[str, Any]:
    return {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "seed": seed,
        "style": asked.style,
        "bars": asked.bars,
        "meter": str(score.meters[0].meter),
        "tempo": round(score.tempos[0].bpm, 3),
        "notes": score.note_count,
        "model": "drums",
        "version": __version__,
        "command": line,
    }
