"""``symgen tokens``: music as token files of MidiTok, and back."""

from __future__ import annotations

from symgen.cli.options import Context, Result
from symgen.cli.outputs import print_paths
from symgen.cli.progress import counted
from symgen.cli.reading import limits_of
from symgen.cli.telling import note
from symgen.system.errors import ControlError

__all__ = ["tokens"]

_TOLD = 3


def tokens(context: Context) -> Result:
    """Write tokens, or read them."""
    from symgen.corpus.exchange import midi_from_tokens, tokens_from_music
    from symgen.formats.miditok_tokens import KINDS

    options = context.options
    limits = limits_of(options)
    if options.back:
        if options.tokenizer is not None:
            raise ControlError("--back takes the tokenizer of the folder; leave --tokenizer out")
        if len(options.sources) > 1:
            raise ControlError("--back takes one folder of tokens")
        done = midi_from_tokens(
            options.sources[0], options.output, overwrite=options.overwrite, limits=limits
        )
    else:
        with counted("reading", "tunes") as follow:
            done = tokens_from_music(
                options.sources,
                options.output,
                tokenizer=options.tokenizer or KINDS[0],
                overwrite=options.overwrite,
                limits=limits,
                progress=follow,
            )
    for drop in done.left_out[:_TOLD]:
        note(f"left out: {drop.locator}: {drop.detail or drop.reason}")
    if len(done.left_out) > _TOLD:
        note(f"left out: {len(done.left_out) - _TOLD} more")
    note(f"{done.written} pieces written")
    print_paths(options.output)
    return Result()
