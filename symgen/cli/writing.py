"""``symgen generate`` and ``symgen continue``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from symgen.cli.describing import Writer, check_written, describe, options_controls
from symgen.cli.progress import shown
from symgen.cli.reading import read_piece
from symgen.errors import ControlError
from symgen.files import check_writable, write_atomic
from symgen.formats import WRITABLE, save_score
from symgen.generator import Take, load_model, seeds
from symgen.models import choose_for_tune, choose_model
from symgen.requirements import need
from symgen.sampling import Controls
from symgen.sampling.continuation import Prompt
from symgen.score import Score

__all__ = ["bar_range", "continue_tune", "generate", "name_targets", "tell", "write_others", "write_takes"]

_MOST_PIECES = 100_000
_NOTICEABLE = 0.01
"""Shifts to the grid below this, in quarter notes, are rounding."""

_BESIDE = {"wav": ".wav", "xml": ".musicxml", "plot": ".png", "report": ".json"}


def generate(options: argparse.Namespace) -> None:
    """Write new pieces."""
    controls = options_controls(options)
    seed = seeds(options.count, options.seed)[0]
    targets = name_targets(options, f"symgen-{seed}")
    model = load_model(options.model or _model_for(controls))
    with shown(model) as telling:
        takes = telling.takes(controls, count=options.count, seed=seed, candidates=options.candidates)
        write_takes(takes, targets, options, model)


def continue_tune(options: argparse.Namespace) -> None:
    """Continue a tune."""
    controls = options_controls(options)
    seed = seeds(options.count, options.seed)[0]
    tune = read_piece(options.tune, options)
    if options.use_bars:
        first, last = bar_range(options.use_bars, "use-bars")
        tune = replace(tune, score=tune.score.slice_bars(first, last))
    targets = name_targets(options, f"{Path(options.tune).stem}-continued")
    model = load_model(options.model or choose_for_tune(tune.score, options.part))
    with shown(model) as telling:
        takes = telling.continuations(
            tune,
            count=options.count,
            seed=seed,
            controls=controls,
            part=options.part,
            name=options.tune,
            candidates=options.candidates,
        )
        write_takes(takes, targets, options, model, tune.score)


def _model_for(controls: Controls) -> str:
    programs = controls.programs or (() if controls.program is None else (controls.program,))
    return choose_model(style=controls.style, programs=programs, period=controls.period)


def bar_range(text: str, option: str) -> tuple[int, int]:
    """Read ``"5-8"`` or ``"5"``.

    Raises
    ------
    ControlError
        If the text is no range of bars.
    """
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{0,9}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise ControlError(f"{option} {text!r}: write it like 1-8")
    return first, last


def _tell_prompt(tune: Score, prompt: Prompt, options: argparse.Namespace) -> None:
    part = prompt.score.parts[prompt.part]
    which = f"part {options.part or prompt.part + 1} of {len(tune.parts)}" + (f" ({part.name})" if part.name else "")
    if len(prompt.parts) > 1:
        which = f"{len(prompt.parts)} of {len(tune.parts)} parts"
    print(
        f"continuing {which}: {prompt.bars} bars in {prompt.meter}, key {prompt.key} ({prompt.key_origin})"
        + (f"; {prompt.inferred}" if prompt.inferred else ""),
        file=sys.stderr,
    )
    if prompt.report.max_shift > _NOTICEABLE:
        moved, shift = prompt.report.moved, prompt.report.max_shift
        print(
            f"{moved} of {prompt.report.notes} notes lie off the grid; the model reads them moved by up to "
            f"{shift:.3f} quarters, the file keeps them as they are",
            file=sys.stderr,
        )


def name_targets(options: argparse.Namespace, name: str) -> list[Path]:
    """Name the files, and refuse those that exist or cannot be written and a bad soundfont, before any work is done."""
    if options.soundfont and not options.wav:
        raise ControlError("soundfont: is for --wav, which is not given; add --wav or leave --soundfont out")
    if options.plot:
        need("matplotlib")
    if options.wav:
        from symgen.audio import open_soundfont

        open_soundfont(options.soundfont)
    base = Path(options.output) if options.output else Path(f"{name}.mid")
    if base.suffix.lower() not in WRITABLE:
        raise ControlError(f"output {base}: name a file that ends in {', '.join(WRITABLE)}")
    count = options.count
    if not 1 <= count <= _MOST_PIECES:
        raise ControlError(f"count {count}: must be 1..{_MOST_PIECES}")
    targets = [base] if count == 1 else [base.with_name(f"{base.stem}-{i + 1}{base.suffix}") for i in range(count)]
    for target in targets:
        for path in (target, *_others(target, options).values()):
            check_writable(path, overwrite=options.overwrite)
    return targets


def _others(target: Path, options: argparse.Namespace) -> dict[str, Path]:
    made = {kind: target.with_suffix(suffix) for kind, suffix in _BESIDE.items() if getattr(options, kind, None)}
    return {kind: path for kind, path in made.items() if path != target}


def write_takes(
    takes: Iterable[Take],
    targets: list[Path],
    options: argparse.Namespace,
    model: Writer,
    tune: Score | None = None,
) -> None:
    """Write the pieces as they come."""
    first = options.seed
    for take, target in zip(takes, targets, strict=True):
        if target is targets[0]:
            first = take.seed
            if take.prompt and tune:
                _tell_prompt(tune, take.prompt, options)
            if options.seed is None:
                print(f"seed {take.seed}", file=sys.stderr)
        score, prompt_end = take.score, take.prompt.end if take.prompt else None
        if getattr(options, "no_prompt", False) and prompt_end is not None:
            score, prompt_end = take.new_bars(), None
        save_score(score, target, overwrite=options.overwrite)
        others = write_others(score, target, options, prompt_end)
        checks = check_written(target, take, options_controls(options), model, alone=score is not take.score)
        facts: dict[str, Any] = {}
        if options.json or options.report:
            facts = describe(take, score, target, others, model)
            facts |= {"controls": checks, "command": _command(options, first)}
        tell(facts, target, others, options)


def tell(facts: dict[str, Any], target: Path, others: dict[str, Path], options: argparse.Namespace) -> None:
    """Write the report of a piece, if it is asked for, and print its facts or where it was written."""
    if options.report:
        write_atomic(target.with_suffix(".json"), json.dumps(facts, indent=1) + "\n")
    if options.json:
        print(json.dumps(facts), flush=True)
    else:
        print(*(target, *others.values()), sep="\n", flush=True)


def _command(options: argparse.Namespace, seed: int) -> str:
    """Return the command line that makes the pieces again."""
    return f"{options.command}{'' if options.seed is not None else f' --seed {seed}'}"


def write_others(
    score: Score,
    target: Path,
    options: argparse.Namespace,
    prompt_end: int | None = None,
    draw: Callable[[Path], None] | None = None,
) -> dict[str, Path]:
    """Write what is asked for beside a piece, and say where; `draw` draws another picture than a piano roll."""
    others = _others(target, options)
    if "wav" in others:
        from symgen.audio import render

        report = render(score, others["wav"], soundfont=options.soundfont, overwrite=options.overwrite)
        for notice in report.notices:
            print(notice, file=sys.stderr)
    if "xml" in others:
        save_score(score, others["xml"], overwrite=options.overwrite)
    if "plot" in others and draw:
        draw(others["plot"])
    elif "plot" in others:
        from symgen.plots import plot_score

        plot_score(score, others["plot"], prompt_end=prompt_end, overwrite=options.overwrite)
    return others
