"""``symgen generate`` and ``symgen continue``."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.describing import check_written, part_facts
from symgen.cli.finishing import Written, finish
from symgen.cli.history import remember
from symgen.cli.loading import model_for, model_of
from symgen.cli.options import Context, Result, options_controls
from symgen.cli.outputs import beside, name_targets, print_paths, stem_of
from symgen.cli.progress import shown, working
from symgen.cli.reading import read_piece
from symgen.cli.saving import as_notated, render_piece, save_piece
from symgen.cli.telling import note, say
from symgen.formats import Tune, losses, save_score
from symgen.midi.excerpt import cut_out, select_parts
from symgen.music.lines import holds_drums_only
from symgen.music.score import Score
from symgen.nets.models import choose_for_controls
from symgen.system.errors import ControlError
from symgen.system.files import write_atomic
from symgen.system.resources import DEFAULT_MODEL
from symgen.writing.generator import Take, seeds
from symgen.writing.part_names import name_parts
from symgen.writing.reporting import TuneWriter, Writer, describe
from symgen.writing.song_choice import NewWriter, SongWish, song_writer

if TYPE_CHECKING:
    from symgen.sampling.continuation import Prompt
    from symgen.writing.tune_choice import Choice

__all__ = [
    "Continued",
    "bar_range",
    "continue_tune",
    "generate",
    "tell",
    "tell_losses",
    "write_others",
    "write_takes",
]

_NOTATION = ("xml", "abc")
# Shifts to the grid below this, in quarter notes, are rounding.
_NOTICEABLE = 0.01


def generate(context: Context) -> Result:
    """Write new pieces."""
    options = context.options
    controls = options_controls(options)
    if options.stems and not options.wav:
        raise ControlError("stems: is for --wav, which is not given; add --wav")
    song = SongWish(options.parts, framed=not options.no_intro)
    writer = song_writer(controls, song, model=options.model)
    if writer and (options.packed or options.shard is not None or options.scheduler):
        raise ControlError(f"packed: songs such as {options.style} are a file each; leave it out")
    if options.packed or options.shard is not None or options.scheduler:
        from symgen.cli.packing import generate_packed

        return generate_packed(context)
    seed = seeds(options.count, options.seed)[0]
    targets = name_targets(options, f"symgen-{seed}")
    model: NewWriter = writer or model_of(options.model or choose_for_controls(controls))
    with shown(model) as telling:
        takes = telling.takes(
            controls, count=options.count, seed=seed, candidates=options.candidates
        )
        write_takes(takes, targets, context, model)
    return Result()


def continue_tune(context: Context) -> Result:
    """Continue a tune."""
    options = context.options
    controls = options_controls(options)
    seed = seeds(options.count, options.seed)[0]
    tune, notices = read_piece(options.tune, options)
    if options.use_bars:
        first, last = bar_range(options.use_bars, "use-bars")
        tune = replace(tune, score=cut_out(tune.score, *tune.score.bar_ticks(first, last)))
        notices.append(
            f"{options.tune}: bars {first}-{last} alone are used; what stands outside is left out"
        )
    if options.part and len(tune.score.parts) > 1:
        notices.append(
            f"{options.tune}: part {options.part} alone is used; the others are left out"
        )
    targets = name_targets(options, f"{stem_of(options, options.tune)}-continued")
    which: dict[str, Any] = {"part": options.part, "parts": options.parts}
    if options.style_from:
        which["style_from"], more = read_piece(options.style_from, options)
        notices += more
    model, choice = _tune_writer(tune, options, which.get("style_from"))
    with shown(model) as telling:
        takes = telling.continuations(
            tune,
            count=options.count,
            seed=seed,
            controls=controls,
            name=options.tune,
            candidates=options.candidates,
            **which,
        )
        prompt = Continued(tune.score, choice, is_written=not options.no_prompt)
        write_takes(takes, targets, context, model, prompt)
    return Result(notices)


def _tune_writer(
    tune: Tune, options: argparse.Namespace, manner: Tune | None
) -> tuple[TuneWriter, Choice | None]:
    """Return what continues a tune, the drummer if it holds drums only, and why a model was chosen."""
    if holds_drums_only(tune.score, options.part):
        from symgen.writing.drum_tunes import DrumTunes  # few tunes hold drums only

        return DrumTunes(), None
    if options.model:
        return model_of(options.model), None
    return model_for(tune, options.part, options_controls(options).style, manner)


def bar_range(text: str, option: str) -> tuple[int, int]:
    """Read ``"5-8"`` or ``"5"``."""
    found = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{0,9}))?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise ControlError(f"{option} {text!r}: write it like 1-8")
    return first, last


@dataclass(frozen=True)
class Continued:
    """A tune that goes on, why its model was chosen, and whether it is written, too."""

    tune: Score
    choice: Choice | None = None
    is_written: bool = True


def _tell_prompt(continued: Continued, prompt: Prompt, options: argparse.Namespace) -> None:
    tune, choice = continued.tune, continued.choice
    if choice and choice.bits and choice.name != DEFAULT_MODEL:
        note(f"{choice}; --model chooses another one")
    part = prompt.score.parts[prompt.part]
    which = f"part {options.part or prompt.part + 1} of {len(tune.parts)}" + (
        f" ({part.name})" if part.name else ""
    )
    if len(prompt.parts) > 1:
        which = f"{len(prompt.sounding)} of {len(tune.parts)} parts"
    key = f", key {prompt.key} ({prompt.key_origin})"
    if prompt.key_origin == "none":
        which, key = f"the drums of {which}" if len(prompt.parts) > 1 else "drums", ""
    note(
        f"continuing {which}: {prompt.bars} bars in {prompt.meter}{key}"
        + (f"; {prompt.inferred}" if prompt.inferred else "")
    )
    if prompt.manner:
        note(f"in the manner of {options.style_from}: {prompt.manner}")
    if prompt.played:
        note(
            f"played without a click: read at {prompt.played.pulse}, where the file says "
            f"{prompt.played.pulse.file_bpm:.4g}; the new bars go on so"
        )
    for line in _part_lines(prompt):
        note(line)
    # How long a drum sounds is not written.
    if prompt.report.max_shift > _NOTICEABLE and prompt.key_origin != "none":
        moved, shift = prompt.report.moved, prompt.report.max_shift
        note(
            f"{moved} of {prompt.report.notes} notes lie off the grid; the model reads them moved by up to "
            f"{shift:.3f} quarters, the file keeps them as they are"
        )


def _original(prompt: Prompt) -> Score:
    return prompt.played.score if prompt.played else prompt.score


def _part_lines(prompt: Prompt) -> list[str]:
    """Say of each part what it keeps to, and which ones do not go on."""
    parts = prompt.score.parts
    lines = []
    found = (
        prompt.inferred.parts if prompt.inferred else (None,) * len(prompt.lanes)
    )  # a GAN infers nothing
    for i, habits in zip(prompt.lanes, found, strict=True):
        if habits and len(prompt.lanes) > 1 and i not in prompt.silent:
            name = f"part {i + 1}" + (f" ({parts[i].name})" if parts[i].name else "")
            lines.append(f"  {name}: {habits}")
    lines += [f"  part {i + 1}: drums, take up the bars of the prompt" for i in prompt.drums]
    silent = [i for i in sorted(prompt.silent) if parts[i].notes]
    if silent:
        lines.append(f"  silent in the new bars: {name_parts(prompt.score, silent)}")
    known = {*prompt.parts, *prompt.drums, *prompt.silent}
    left = [i for i, part in enumerate(parts) if part.notes and i not in known]
    if left:
        numbers = ", ".join(str(i + 1) for i in left)
        lines.append(
            f"  does not go on: part {numbers}; this model writes melodies, --model chamber writes all parts"
        )
    return lines


def write_takes(
    takes: Iterable[Take],
    targets: list[Path],
    context: Context,
    model: Writer,
    prompt: Continued | None = None,
) -> None:
    """Write the pieces as they come, and tell of each; without the prompt, the new bars alone."""
    options = context.options
    controls, first = options_controls(options), options.seed
    written: list[Written] = []
    for take, target in zip(takes, targets, strict=True):
        if target is targets[0]:
            first = take.seed
            if take.prompt and prompt:
                _tell_prompt(prompt, take.prompt, options)
            if options.seed is None:
                note(f"seed {take.seed}")
        score, prompt_end = take.written, take.written_end
        if take.prompt and prompt and not prompt.is_written:
            goes_on = select_parts(take.score, take.prompt.sounding)
            score, prompt_end = cut_out(goes_on, take.prompt.end, take.score.length), None
        save_piece(score, target, options, prompt_end)
        others = write_others(score, target, options, prompt_end)
        lost: list[str] = []
        if take.prompt and prompt_end:
            lost = tell_losses(_original(take.prompt), score, target, others)
        checks = check_written(target, take, controls, model, with_prompt=score is take.written)
        facts: dict[str, Any] = {}
        if options.json or options.report:
            facts = describe(take, score, target, others, model)
            facts |= {"controls": checks, "lost": lost, "command": context.line_with(first)}
            if prompt and prompt.choice and prompt.choice.bits:
                facts["compared"] = prompt.choice.to_json()
            if prompt_end is not None or take.prompt is None:
                facts["parts"] = part_facts(target, take)
        tell(facts, target, others, options)
        line = context.line_with(first)
        remember(context, line, score, target, others, model=model.name, seed=take.seed)
        written.append(Written(target, score, line, take, take.seed, prompt_end))
    finish(written, options)


def tell_losses(before: Score, after: Score, target: Path, others: dict[str, Path]) -> list[str]:
    """Print, and return, what the files do not hold of the one that the music was read from."""
    paths = [target, *(others[kind] for kind in _NOTATION if kind in others)]
    lines = [line for path in paths for line in losses(before, after, path)]
    for line in lines:
        note(line)
    return lines


def tell(
    facts: dict[str, Any], target: Path, others: dict[str, Path], options: argparse.Namespace
) -> None:
    """Write the report of a piece, if it is asked for, and print its facts or where it was written."""
    if vars(options).get("feel") is not None:
        facts["feel"] = options.feel
    if options.report:
        text = json.dumps(facts, indent=1) + "\n"
        write_atomic(beside(target, options)["report"], text, overwrite=options.overwrite)
    if options.json:
        say(json.dumps(facts))
    else:
        print_paths(target, *others.values())


def write_others(
    score: Score,
    target: Path,
    options: argparse.Namespace,
    prompt_end: int | None = None,
    draw: Callable[[Path], None] | None = None,
) -> dict[str, Path]:
    """Write what is asked for beside a piece, and say where; `draw` draws another picture than a piano roll."""
    others = beside(target, options)
    if "wav" in others:
        with working("rendering"):
            report = render_piece(score, others["wav"], options, prompt_end)
        others |= {f"stem {number}": path for number, path in enumerate(report.stems, 1)}
        for notice in report.notices:
            note(notice)
    notated = as_notated(score)
    for kind in _NOTATION:
        if kind in others:
            save_score(notated, others[kind], overwrite=options.overwrite)
    leads = [path for kind, path in others.items() if kind.startswith("lead sheet")]
    if leads:
        from symgen.music.lead_sheets import lead_sheet

        led = lead_sheet(notated)
        for path in leads:
            save_score(led, path, overwrite=options.overwrite)
    if "sheet" in others:
        from symgen.sheets.engraving import write_sheet

        pages = write_sheet(notated, others.pop("sheet"), overwrite=options.overwrite)
        others |= {f"sheet {number}": page for number, page in enumerate(pages, 1)}
    if "plot" in others and draw:
        draw(others["plot"])
    elif "plot" in others:
        from symgen.plots.rolls import plot_score

        plot_score(score, others["plot"], prompt_end=prompt_end, overwrite=options.overwrite)
    return others
