"""``symgen transcribe`` and ``symgen train-transcriber``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen import __version__
from symgen.audio.reading import Recording, is_recording, read_audio
from symgen.cli.history import remember
from symgen.cli.options import Context, Result
from symgen.cli.outputs import name_targets, print_paths, stem_of
from symgen.cli.playing import play_written
from symgen.cli.progress import working
from symgen.cli.reading import heard_notices, read_piece, seconds_of
from symgen.cli.saving import save_piece
from symgen.cli.telling import say
from symgen.cli.writing import write_others
from symgen.formats import READABLE
from symgen.music.instruments import instrument_name, parse_instrument, program_name
from symgen.music.keys import infer_key
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, Score
from symgen.music.theory import Key
from symgen.sampling.unclicked import written_down
from symgen.system.errors import ControlError
from symgen.transcriber.transcribe import Transcription, listen

if TYPE_CHECKING:
    from symgen.beats.pulse import Pulse

__all__ = ["train_transcriber", "transcribe"]

_AUTO = "auto"
# Confidence below which a tempo is called uncertain.
_UNSURE = 0.5


def transcribe(context: Context) -> Result:
    """Write down the melody of a recording, or MIDI that was played without a click."""
    options = context.options
    source = Path(options.recording)
    if source.suffix.lower() in READABLE and not is_recording(source):
        return _write_down(source, context)
    (target,) = name_targets(options, f"{stem_of(options, options.recording)}-transcribed")
    recording = read_audio(source, seconds=seconds_of(options))
    with working("listening"):
        heard = listen(
            recording,
            tempo=_number(options.tempo),
            meter=_given(options.meter),
            key=_given(options.key),
            grid=options.grid,
            count_in=options.count_in,
            quantize=not options.no_quantize,
            instrument=options.instrument or 0,
            model=options.model,
        )
    save_piece(heard.score, target, options)
    others = write_others(heard.score, target, options, draw=_drawing(recording, heard, options))
    if options.json:
        say(json.dumps(_describe(heard, source, target, others)))
    else:
        print_paths(target, *others.values())
    remember(context, context.line, heard.score, target, others, model=options.model)
    play_written([(target, heard.score, None)], options)
    return Result(heard_notices(heard, str(source)))


def _write_down(source: Path, context: Context) -> Result:
    """Write down what was played into a file of notes, all parts."""
    options = context.options
    if options.count_in:
        raise ControlError(f"count-in: is for recordings, {source} is none; leave it out")
    (target,) = name_targets(options, f"{stem_of(options, options.recording)}-transcribed")
    tune, notices = read_piece(str(source), options)
    meter, given = _given(options.meter), _given(options.key)
    score, pulse = written_down(
        tune.score,
        tempo=_number(options.tempo),
        meter=Meter.parse(meter) if meter else None,
        grid=options.grid,
        quantize=not options.no_quantize,
    )
    key = Key.parse(given) if given else infer_key(score)
    if given or not score.keys:
        score = replace(score, keys=(KeyChange(0, key.sharps, key.minor),))
    if options.instrument:
        program = int(parse_instrument(options.instrument))
        parts = [part if part.is_drum else replace(part, program=program) for part in score.parts]
        score = replace(score, parts=tuple(parts))
    save_piece(score, target, options)
    others = write_others(score, target, options)
    facts = _played_facts(score, pulse, tune.score) | {"key": str(key)}
    notices += _played_notices(source, facts, pulse)
    if options.json:
        paths = {
            "path": str(target),
            **{kind: str(path) for kind, path in others.items()},
            "recording": str(source),
        }
        told = paths | facts | {"notices": notices, "version": __version__}
        say(json.dumps(told))
    else:
        print_paths(target, *others.values())
    remember(context, context.line, score, target, others)
    play_written([(target, score, None)], options)
    return Result(notices)


def _played_facts(score: Score, pulse: Pulse | None, before: Score) -> dict[str, Any]:
    """Say what was read; what follows the beat of its file is as sure as that."""
    grid = pulse.grid if pulse else None
    return {
        "seconds": round(before.seconds(before.music_end), 3),
        "notes": score.note_count,
        "left_out": before.note_count - score.note_count,
        "bars": sum(bar.number > 0 for bar in score.bars),
        "unclicked": pulse is not None,
        "tempo": round(score.tempos[0].bpm, 2),
        "tempo_confidence": round(grid.confidence, 3) if grid else 1.0,
        "file_tempo": round(before.tempos[0].bpm, 2),
        "meter": str(score.meters[-1].meter),
        "meter_confidence": round(grid.meter_confidence, 3) if grid else 1.0,
        "pickup": score.has_pickup,
        "instruments": [
            instrument_name(part.program, is_drum=part.is_drum) for part in score.parts
        ],
    }


def _played_notices(source: Path, facts: dict[str, Any], pulse: Pulse | None) -> list[str]:
    """Say how a file was read."""
    if pulse:
        read = (
            f"played without a click, read at {pulse} (confidence {facts['tempo_confidence']:.2f})"
        )
    else:
        read = f"keeps to the beat of its file, {facts['file_tempo']:.4g} quarters a minute in {facts['meter']}"
    notices = [f"{source}: {read}; {facts['bars']} bars, key {facts['key']}"]
    if pulse and facts["tempo_confidence"] < _UNSURE:
        notices.append(f"{source}: the tempo is uncertain; give it with --tempo N")
    if facts["left_out"]:
        notices.append(
            f"{source}: {facts['left_out']} notes fall on others of the same key and are left out"
        )
    return notices


def _given(text: str | None) -> str | None:
    return None if text is None or text == _AUTO else text


def _number(text: str | None) -> float | None:
    if _given(text) is None:
        return None
    try:
        return float(str(text))
    except ValueError:
        raise ControlError(
            f"tempo {text!r}: write quarter notes a minute, such as 96, or auto"
        ) from None


def _drawing(
    recording: Recording, heard: Transcription, options: argparse.Namespace
) -> Callable[[Path], None]:
    def draw(path: Path) -> None:
        from symgen.transcriber.plots import Picture, plot_transcription

        picture = Picture(
            recording.samples, heard.rows, heard.grid.beats, heard.bar_lines, title=recording.name
        )
        plot_transcription(picture, path, overwrite=options.overwrite)

    return draw


def _describe(
    heard: Transcription, source: Path, target: Path, others: dict[str, Path]
) -> dict[str, Any]:
    score = heard.score
    return {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "recording": str(source),
        "seconds": round(heard.seconds, 3),
        "notes": score.note_count,
        "bars": sum(bar.number > 0 for bar in score.bars),
        "tempo": round(heard.tempo, 2),
        "tempo_confidence": round(heard.tempo_confidence, 3),
        "meter": str(heard.meter),
        "pickup": heard.has_pickup,
        "key": str(heard.key),
        "tuning": round(heard.tuning, 1),
        "crowded": round(heard.crowded, 3),
        "instrument": program_name(score.parts[0].program),
        "notices": list(heard.notices),
        "version": __version__,
    }


def train_transcriber(_context: Context) -> Result:
    """Say where the training of the transcriber went."""
    raise ControlError("train-transcriber: is in the lab: python -m lab train-transcriber")
