"""``symgen render`` and ``symgen plot``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.cli.outputs import free_names, print_paths
from symgen.cli.reading import read_piece
from symgen.cli.telling import note
from symgen.system.errors import ControlError
from symgen.system.files import check_writable

__all__ = ["plot", "render"]


def render(context: Context) -> Result:
    """Play pieces into sound files."""
    from symgen.audio.rendering import render as render_score

    options, notices = context.options, []
    files = [Path(name) for name in options.files]
    targets = [_target(file, options) for file in files]
    if len({os.path.realpath(target) for target in targets}) < len(targets):
        raise ControlError(
            "two of the files would be rendered to one file; render them one by one with -o"
        )
    if not options.output:
        targets = [free_names(base, overwrite=options.overwrite) for base in targets]
    for target in targets:
        check_writable(target, overwrite=options.overwrite)
    for file, target in zip(files, targets, strict=True):
        tune, read = read_piece(str(file), options)
        notices += read
        report = render_score(
            tune.score,
            target,
            overwrite=options.overwrite,
            soundfont=options.soundfont,
            rate=options.rate,
            pan=options.pan,
            chorus=options.chorus,
            reverb=not options.no_reverb,
            stems=options.stems,
            loop=options.loop,
        )
        for notice in report.notices:
            note(notice)
        print_paths(target, *report.stems)
    return Result(notices)


def _target(file: Path, options: argparse.Namespace) -> Path:
    if not options.output:
        return file.with_suffix(".wav")
    from symgen.audio.encoding import SOUND_SUFFIXES

    output, kinds = Path(options.output), ", ".join(SOUND_SUFFIXES)
    if output.suffix.lower() in SOUND_SUFFIXES:
        if len(options.files) > 1:
            raise ControlError(
                f"output {output}: is one file, but {len(options.files)} are to be rendered; name a folder"
            )
        return output
    if output.suffix and not output.is_dir():
        raise ControlError(f"output {output}: name a file that ends in {kinds}, or a folder")
    return output / f"{file.stem}.wav"


def plot(context: Context) -> Result:
    """Draw a piano roll."""
    from symgen.plots.rolls import plot_score

    options = context.options
    file = Path(options.file)
    target = Path(
        options.output or free_names(file.with_suffix(".png"), overwrite=options.overwrite)
    )
    if target.suffix.lower() != ".png":
        raise ControlError(f"output {target}: name a file that ends in .png")
    check_writable(target, overwrite=options.overwrite)
    tune, notices = read_piece(str(file), options)
    plot_score(tune.score, target, title=file.stem, overwrite=options.overwrite)
    print_paths(target)
    return Result(notices)
