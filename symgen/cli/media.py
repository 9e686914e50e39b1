"""``symgen render`` and ``symgen plot``."""

from __future__ import annotations

import argparse
from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.cli.outputs import free_names, print_paths, stem_of, suffix_asked
from symgen.cli.progress import working
from symgen.cli.reading import read_piece
from symgen.cli.saving import as_notated, check_feel
from symgen.cli.telling import note
from symgen.system.errors import ControlError
from symgen.system.files import check_writable

__all__ = ["plot", "render", "sheet"]


def render(context: Context) -> Result:
    """Play pieces into sound files."""
    from symgen.audio.rendering import render as render_score

    options = context.options
    target = _sound_target(options)
    check_feel(options)
    check_writable(target, overwrite=options.overwrite)
    tune, notices = read_piece(options.file, options)
    with working("rendering"):
        report = render_score(
            tune.score,
            target,
            overwrite=options.overwrite,
            soundfont=options.soundfont,
            rate=options.rate,
            mix=options.mix,
            pan=options.pan,
            chorus=options.chorus,
            reverb=not options.no_reverb,
            stems=options.stems,
            loop=options.loop,
            feel=options.feel,
        )
    for notice in report.notices:
        note(notice)
    print_paths(target, *report.stems)
    return Result(notices)


def _sound_target(options: argparse.Namespace) -> Path:
    """Return the file that a piece is rendered to: beside it, in a folder, or as it is named."""
    from symgen.audio.encoding import SOUND_SUFFIXES

    suffix = suffix_asked(options, ".wav")
    if options.output:
        output, kinds = Path(options.out_dir or "", options.output), ", ".join(SOUND_SUFFIXES)
        if output.suffix.lower() in SOUND_SUFFIXES:
            return output
        if output.suffix and not output.is_dir():
            raise ControlError(f"output {output}: name a file that ends in {kinds}, or a folder")
        return output / f"{stem_of(options, options.file)}{suffix}"
    return free_names(_beside(options, suffix), overwrite=options.overwrite)


def _beside(options: argparse.Namespace, suffix: str) -> Path:
    """Return a name beside a file, or in the folder that is asked for."""
    folder = Path(options.out_dir) if options.out_dir else Path(options.file).parent
    return folder / f"{stem_of(options, options.file)}{suffix}"


def plot(context: Context) -> Result:
    """Draw a piano roll."""
    from symgen.plots.rolls import PICTURE_SUFFIXES, plot_score

    options = context.options
    file, suffix = Path(options.file), suffix_asked(options, ".png")
    if options.output:
        target = Path(options.out_dir or "", options.output)
    else:
        target = free_names(_beside(options, suffix), overwrite=options.overwrite)
    if target.suffix.lower() not in PICTURE_SUFFIXES:
        kinds = ", ".join(PICTURE_SUFFIXES)
        raise ControlError(f"output {target}: name a file that ends in {kinds}")
    check_writable(target, overwrite=options.overwrite)
    tune, notices = read_piece(str(file), options)
    plot_score(tune.score, target, title=file.stem, overwrite=options.overwrite)
    print_paths(target)
    return Result(notices)


def sheet(context: Context) -> Result:
    """Engrave a piece as sheet music."""
    from symgen.sheets.engraving import check_sheet, write_sheet

    options = context.options
    if options.output:
        target = Path(options.out_dir or "", options.output)
    else:
        target = free_names(_beside(options, ".pdf"), overwrite=options.overwrite)
    check_sheet(target)
    check_writable(target, overwrite=options.overwrite)
    tune, notices = read_piece(str(options.file), options)
    score = as_notated(tune.score)
    print_paths(*write_sheet(score, target, overwrite=options.overwrite))
    return Result(notices)
