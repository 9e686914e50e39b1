"""``symgen perform``: a piece as people play it."""

from __future__ import annotations

import argparse
from pathlib import Path

from symgen import __version__
from symgen.cli.finishing import Written, finish
from symgen.cli.history import remember
from symgen.cli.options import Context, Result
from symgen.cli.outputs import name_targets, stem_of
from symgen.cli.reading import is_heard, read_piece
from symgen.cli.telling import note
from symgen.cli.writing import tell, write_others
from symgen.formats import save_score
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.midi.events import MidiFile
from symgen.music.score import Score
from symgen.performer.manners import manner_of
from symgen.performer.perform import perform as perform_score
from symgen.performer.perform import written
from symgen.performer.report import PlayedFacts, played_facts
from symgen.system.errors import ControlError
from symgen.system.files import read_bytes, write_atomic

__all__ = ["perform"]

_HEAD = b"MThd"


def perform(context: Context) -> Result:
    """Lay a performance over a piece, or take it off."""
    options = context.options
    if is_heard(options.tune):
        raise ControlError(
            f"{options.tune}: is a recording; write it down first with `symgen transcribe {options.tune}`"
        )
    (target,) = name_targets(options, f"{stem_of(options, options.tune)}-performed")
    if target.suffix.lower() not in MIDI_SUFFIXES:
        raise ControlError(
            f"output {target}: notation holds no performance; name a file that ends in .mid"
        )
    tune, notices = read_piece(options.tune, options)
    score = written(tune.score)
    manner = manner_of(score, options.style)
    seed = options.seed or 0
    played = perform_score(
        tune.score, feel=options.feel, style=options.style, seed=seed, model=options.model
    )
    _save(tune.score, played, target, options)
    found = played_facts(score, played)
    note(_told(found, manner.name, options))
    # It is performed already, so that its sound is not asked for once more.
    heard = argparse.Namespace(**vars(options) | {"feel": 0 if options.feel == 0 else None})
    others = write_others(played, target, heard)
    facts = {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "style": manner.name,
        "seed": seed,
        "notes": played.note_count,
        **found.to_json(),
        "version": __version__,
        "command": context.line,
    }
    tell(facts, target, others, options)
    remember(context, context.line, played, target, others)
    finish([Written(target, played, context.line)], heard)
    return Result(notices)


def _save(tune: Score, played: Score, target: Path, options: argparse.Namespace) -> None:
    """Write a performance; a MIDI file that stays as it is comes back byte for byte."""
    if played is tune and isinstance(tune.source, MidiFile):
        data = read_bytes(options.tune)
        if data.startswith(_HEAD):
            write_atomic(target, data, overwrite=options.overwrite)
            return
    save_score(played, target, overwrite=options.overwrite)


def _told(found: PlayedFacts, manner: str, options: argparse.Namespace) -> str:
    if not options.feel:
        return f"{options.tune}: as written"
    own = f"; left as it was played: {', '.join(found.own)}" if found.own else ""
    return f"{options.tune}: played as {manner}, feel {options.feel:g}: {found}{own}"
