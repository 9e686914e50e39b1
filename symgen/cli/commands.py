"""The table of commands and their options, by what they are for."""

from __future__ import annotations

from itertools import chain

from symgen import __version__
from symgen.cli.band_commands import PIECE
from symgen.cli.door_commands import DOORS
from symgen.cli.options import (
    FEEL_OF_SOUND,
    FILES,
    FONT,
    JOBS,
    LIMIT,
    MANY,
    OUT_DIR,
    OVERWRITE,
    PAPER,
    READ,
    UNLISTED,
    Command,
    Family,
    flag,
    formats,
    place,
    under,
    value,
)
from symgen.cli.parsing import ALWAYS, Parser, add_commands, add_options
from symgen.cli.run_commands import RUNS, SHARING
from symgen.cli.training_commands import GAN, LEARNING, MOVED
from symgen.cli.workflow_commands import AGAIN, EDIT, HISTORY, PERFORM, PLAY, STUDIO, STYLES
from symgen.cli.writing_commands import WRITING
from symgen.system.resources import DEFAULT_MODEL

__all__ = ["COMMANDS", "commands_by_name", "make_parser"]

_HEARING = (
    Command(
        "render",
        "media:render",
        "play a piece into a sound file: WAV, FLAC, OGG or MP3",
        (
            place("file", "FILE", PIECE, "+"),
            LIMIT,
            *under(
                PAPER,
                value("--soundfont", "F", f"{FONT}; else $SYMGEN_SOUNDFONT, else the one included"),
                FEEL_OF_SOUND,
                value("--rate", "HZ", "samples a second", int, 44100),
                flag("--stems", "write each part too: OUT-1-flute.wav and so on"),
                flag("--loop", "no tail: its end is folded into the start, to go round"),
                value(
                    "--mix",
                    "auto|plain",
                    "auto: where the file says nothing, parts are balanced by their roles, seated, and put in a room; "
                    "plain: nothing is added",
                    str,
                    "auto",
                ),
                value(
                    "--pan",
                    "auto|off",
                    "auto: parts without a pan of their own are seated from left to right; off: in the middle",
                    str,
                    "auto",
                ),
                flag("--chorus", "FluidSynth's chorus; pads and leads lose much in mono"),
                flag("--no-reverb", "without FluidSynth's reverberation"),
            ),
            *under(
                FILES,
                value(
                    "-o --output",
                    "OUT",
                    "file that ends in .wav, .flac, .ogg or .mp3 (one FILE), or folder; by default a WAV beside FILE",
                ).also("--out"),
                formats("wav", "flac", "ogg", "mp3"),
                OUT_DIR,
            ),
            OVERWRITE,
            *MANY,
        ),
        examples=(
            "symgen render tune.mid",
            "symgen render tune.mid -o tune.flac --stems",
            "symgen render tune.mid tune.abc -o sounds --loop",
        ),
        many="file",
    ),
    Command(
        "plot",
        "media:plot",
        "draw the piano roll of a piece",
        (
            place("file", "FILE", PIECE, "+"),
            LIMIT,
            *under(
                FILES,
                value(
                    "-o --output", "OUT", "PNG, SVG or PDF file; by default a PNG beside FILE"
                ).also("--out"),
                formats("png", "svg", "pdf"),
                OUT_DIR,
                flag("--overwrite", "replace a file that exists"),
            ),
            *MANY,
        ),
        examples=("symgen plot tune.mid", "symgen plot tune.abc -o roll.svg"),
        many="file",
    ),
    Command(
        "sheet",
        "media:sheet",
        "write a piece as sheet music: PDF, SVG or PNG",
        (
            place("file", "FILE", PIECE, "+"),
            LIMIT,
            *under(
                FILES,
                value(
                    "-o --output", "OUT", "PDF, SVG or PNG file; by default a PDF beside FILE"
                ).also("--out"),
                OUT_DIR,
                flag("--overwrite", "replace a file that exists"),
            ),
            *MANY,
        ),
        examples=("symgen sheet tune.mid", "symgen sheet tune.abc -o tune.svg"),
        many="file",
    ),
)

_KNOWING = (
    Command(
        "describe",
        "spoken:describe",
        "say in words what a piece is like: form, key, range, phrases, each part",
        (
            place("files", "FILE", f"{PIECE}, or a recording", "+"),
            LIMIT,
            *under(
                "what is told",
                value("--part", "N", "this part only, counted from 1", int),
                value("--bars", "A-B", "read out these bars, note by note; 0 is a pickup"),
                flag("--full", "describe the piece and read out all of its bars"),
            ),
            *under(FILES, flag("--json", "print one JSON object a piece")),
        ),
        examples=(
            "symgen describe tune.mid",
            "symgen describe tune.abc --bars 1-4",
            "symgen describe tune.mid --json",
        ),
    ),
    Command(
        "chords",
        "chords:chords",
        "find the chords of a piece: where each begins, its root, kind and lowest tone",
        (
            place("files", "FILE", f"{PIECE}, or a recording", "+"),
            LIMIT,
            *under(
                READ,
                value("--key", "KEY", "such as 'G minor'; by default it is found"),
            ),
            *under(
                FILES,
                value(
                    "-o --output", "OUT", "write the piece with the chords as symbols (one FILE)"
                ).also("--out"),
                flag("--json", "print one JSON object a piece"),
            ),
            OVERWRITE,
        ),
        examples=(
            "symgen chords tune.mid",
            "symgen chords tune.mid -o with-chords.musicxml",
            "symgen chords tune.abc --key 'E minor' --json",
        ),
    ),
    Command(
        "info",
        "reports:info",
        "describe a piece, a model, a store, or the models that come along",
        (
            place("what", "FILE|MODEL|STORE", "nothing: list the models", "?"),
            LIMIT,
            *under(FILES, flag("--json", "print one JSON object")),
        ),
        examples=("symgen info", "symgen info folk", "symgen info tune.mid --json"),
    ),
    Command(
        "copies",
        "reports:copies",
        "look in pieces for copies of the tunes that a model was trained on",
        (
            place("files", "FILE", f"{PIECE}, or a folder of them", "+"),
            LIMIT,
            *under(
                "what is compared",
                value("--model", "NAME|PATH", "whose training tunes", str, DEFAULT_MODEL),
                value(
                    "--reference",
                    "CORPUS",
                    "look in this music instead: store, folder, zip or file; of a store, its training part",
                ),
                value(
                    "--min-notes",
                    "N",
                    "matches of N notes or more count as copied (default 12)",
                    int,
                ),
            ),
            *under(FILES, flag("--json", "print one JSON object a piece")),
        ),
        examples=(
            "symgen copies tune.mid",
            "symgen copies tune.abc --min-notes 10 --json",
            "symgen copies written --reference tunes",
        ),
    ),
    Command(
        "doctor",
        "doctor:doctor",
        "say what is installed, what is missing and how to get it",
        under(FILES, flag("--json", "print one JSON object a check")),
        examples=("symgen doctor",),
    ),
    Command(
        "completion",
        "completion:completion",
        "print what makes the shell complete commands, options, styles, presets and files",
        (place("shell", "bash|zsh|fish", "the shell that you use"),),
        examples=("symgen completion bash", "symgen completion fish"),
    ),
)

_EVALUATE = Command(
    "evaluate",
    "reports:evaluate",
    "compare generated music with real music, in one table",
    (
        place("generated", "GENERATED", "file, folder, zip or store"),
        *under(
            "what is compared",
            value("--reference", "CORPUS", "real music: file, folder, zip or store", required=True),
            value("--split", "NAME", "of stores: train, valid or test", str, "test"),
            value("--model", "NAME|PATH", "ask this model for the likelihood of both"),
            value("--seed", "N", "the same seed gives the same report", int, 0),
            value("--resamples", "N", "for the confidence intervals", int, 1000),
            flag("--no-classifiers", "leave out what takes longest"),
        ),
        *under(
            FILES,
            value(
                "-o --output", "FOLDER", "write the report, CSV tables and figures here too"
            ).also("--out"),
            flag("--json", "print one JSON object instead of Markdown"),
            JOBS,
        ),
        OVERWRITE,
    ),
    examples=("symgen evaluate written --reference tunes --no-classifiers",),
)

_TOKENS = Command(
    "tokens",
    "exchanging:tokens",
    "write music as token files of MidiTok, or such files as MIDI",
    (
        place(
            "sources", "SOURCE", "folder, zip or file of music; with --back a folder of tokens", "+"
        ),
        LIMIT,
        *under(
            "which tokens",
            value(
                "--tokenizer",
                "NAME|FILE",
                "REMI (default), TSD, MIDILike, Structured, Octuple, CPWord, or a tokenizer.json of MidiTok",
            ),
            flag("--back", "write the pieces of a folder of tokens as MIDI"),
        ),
        *under(
            FILES,
            value("-o --output", "FOLDER", "folder to write into", required=True).also("--out"),
            flag("--overwrite", "replace files that exist"),
        ),
    ),
    examples=(
        "symgen tokens tunes -o tokens --tokenizer REMI",
        "symgen tokens --back tokens -o midi",
    ),
)

_GAN_TEXT = (
    "train a generative adversarial network on bars, write tunes with it, and add them to a corpus"
)

COMMANDS = {
    "write music": (*WRITING, EDIT, PERFORM, AGAIN),
    "hear it and see it": (STUDIO, PLAY, *_HEARING),
    "look something up": (STYLES, HISTORY, *_KNOWING),
    "work with other programs": DOORS,
    "train a model of your own": (
        *LEARNING,
        _EVALUATE,
        _TOKENS,
        *RUNS,
        *SHARING,
        Family("gan", _GAN_TEXT, GAN),
    ),
    UNLISTED: MOVED,
}
"""All commands, under the headings that help lists them by."""


def commands_by_name() -> dict[str, Command]:
    """Return the commands, those of families as ``"gan train"``."""
    found: dict[str, Command] = {}
    for member in chain.from_iterable(COMMANDS.values()):
        if isinstance(member, Family):
            found |= {f"{member.name} {command.name}": command for command in member.members}
        else:
            found[member.name] = member
    return found


def make_parser() -> Parser:
    """Return the parser; ``parse_args`` gives a namespace with `job`, the function to call."""
    parser = Parser(
        prog="symgen",
        usage="symgen COMMAND [options]\n       symgen TUNE [options]",
        description="Write music: new pieces, continuations of your own tunes, and their sound.",
        epilog="`symgen COMMAND --help` tells the options of a command, with examples. "
        "`symgen TUNE` goes on from a tune of yours, as `symgen continue TUNE` does.",
    )
    parser.add_argument("--version", action="version", version=f"symgen {__version__}")
    add_options(parser, ALWAYS)
    parser.set_defaults(quiet=False, verbose=False, color="auto", no_config=False)
    add_commands(parser, COMMANDS)
    return parser
