"""The table of commands and their options."""

from __future__ import annotations

import argparse

from symgen import __version__
from symgen.cli.options import (
    FONT,
    LIMIT,
    OVERWRITE,
    SEED,
    Command,
    Option,
    Parser,
    add_command,
    flag,
    outputs,
    place,
    repeated,
    value,
)
from symgen.cli.training_commands import GAN, LEARNING
from symgen.music.control_table import CONTROLS
from symgen.system.resources import DEFAULT_MODEL

__all__ = ["make_parser"]


def _controls(*jobs: str) -> tuple[str, ...]:
    return tuple(name for name, row in CONTROLS.items() if row.jobs in jobs)


_PIECE = "MIDI, MusicXML, ABC or kern"
_FLUTE = "General MIDI name or number, such as flute"
_JSON = flag("--json", "print one JSON object")
_MODEL = value(
    "--model",
    "NAME|PATH",
    "a model that comes along, or a run (default: the one that fits style, instruments or tune)",
)
_PART = value("--part", "N", "keep and continue this part only, counted from 1", int)
_COUNT_IN = value(
    "--count-in",
    "N",
    "a recording opens with N clicks on the beat, which give its tempo and first bar line",
    int,
    0,
)
_CANDIDATES = value(
    "--candidates",
    "N",
    "draw N takes and keep as many as -n says, by how real they sound and unlike each other",
    int,
    1,
)
_WRITING = (
    Command(
        "generate",
        "writing:generate",
        "write new pieces",
        controls=_controls("all", "pieces"),
        usual={"bars": 16},
        drawing=(SEED, _MODEL, _CANDIDATES),
        output=outputs(),
    ),
    Command(
        "continue",
        "writing:continue_tune",
        "continue a tune of your own: MIDI, MusicXML, ABC, kern or a recording",
        (
            place(
                "tune", "TUNE", "the file to continue; of a recording, the melody is written down"
            ),
            _COUNT_IN,
            value("--use-bars", "A-B", "take these bars of the tune as the prompt"),
            _PART,
            flag("--no-prompt", "write the new bars alone"),
            LIMIT,
        ),
        controls=_controls("all", "pieces", "prompts"),
        usual={"bars": 8},
        drawing=(SEED, _MODEL, _CANDIDATES),
        output=outputs(),
    ),
    Command(
        "transcribe",
        "transcribing:transcribe",
        "write down the melody of a recording, or MIDI that was played without a click",
        (
            place("recording", "IN", "WAV, FLAC, OGG, MP3, AIFF and others"),
            repeated(
                "--limit", "NAME=N", "listen to more of a recording: seconds=N (default 1800)"
            ),
        ),
        known=(
            value("--tempo", "auto|BPM", "quarter notes a minute", str, "auto"),
            value("--meter", "auto|N/D", "such as 6/8", str, "auto"),
            value("--key", "auto|KEY", "such as 'D dorian'", str, "auto"),
            _COUNT_IN,
            value("--grid", "N", "shortest note: 4, 8, 16, 32, or 1/8t", str, "16"),
            flag("--no-quantize", "leave the notes where they were played"),
            value("--instrument", "NAME", _FLUTE),
            value(
                "--model",
                "RUN",
                "of `python -m lab train-transcriber`, or what comes along",
                str,
                "transcriber",
            ),
        ),
        output=(
            value("-o --output", "OUT", "file to write: .mid or .musicxml"),
            flag("--wav", "render what was written down too"),
            flag("--xml", "write MusicXML too"),
            flag("--plot", "draw the spectrum with the notes in it too"),
            value("--soundfont", "FILE", f"for --wav: an {FONT}"),
            flag("--json", "print one JSON object instead of paths"),
            OVERWRITE,
        ),
        defaults={"count": 1},
    ),
)


def _rewriting(
    name: str,
    text: str,
    *options: Option,
    temperature: float = 1.0,
    controls: tuple[str, ...] = (),
) -> Command:
    """Describe a job on a tune that is there."""
    shared = (
        value("--part", "N", "work on this part only, counted from 1", int),
        value(
            "--particles",
            "N",
            "takes side by side, of which those go on that lead to what follows "
            "(default 16, fewer in full scores)",
            int,
        ),
        LIMIT,
    )
    return Command(
        name,
        f"rewriting:{name}",
        text,
        (*options, *shared),
        controls=(*controls, *_controls("all")),
        usual={"temperature": temperature},
        drawing=(SEED, _MODEL),
        output=outputs(),
        defaults={"temperature": temperature},
    )


_REWRITING = (
    _rewriting(
        "infill",
        "write some bars of a tune anew; the others stay note for note",
        place("tune", "TUNE", _PIECE),
        value("--bars", "A-B", "the bars to write, counted from 1; 0: a pickup", required=True),
    ),
    _rewriting(
        "harmonize",
        "set a melody or a bass for four voices; it stays note for note",
        place("tune", "MELODY", _PIECE),
        value("--voice", "soprano|bass", "what it is set as (default: by how low it lies)"),
        temperature=0.8,
        controls=("instrument",),
    ),
    _rewriting(
        "vary",
        "change some notes of a tune and keep its form",
        place("tune", "TUNE", _PIECE),
        value("--amount", "X", "share of the notes, 0..1", float, 0.3),
    ),
)

_MEDIA = (
    Command(
        "render",
        "media:render",
        "play a piece into a sound file: WAV, FLAC, OGG or MP3",
        (
            place("files", "FILE", _PIECE, "+"),
            value(
                "-o --output",
                "OUT",
                "file that ends in .wav, .flac, .ogg or .mp3 (one FILE), or folder; by default a WAV beside FILE",
            ),
            value("--soundfont", "F", f"{FONT}; else $SYMGEN_SOUNDFONT, else the one included"),
            value("--rate", "HZ", "samples a second", int, 44100),
            flag("--stems", "write each part too: OUT-1-flute.wav and so on"),
            flag("--loop", "no tail: its end is folded into the start, to go round"),
            value(
                "--pan",
                "auto|off",
                "auto: parts without a pan of their own are seated from left to right; off: in the middle",
                str,
                "auto",
            ),
            flag("--chorus", "FluidSynth's chorus; pads and leads lose much in mono"),
            flag("--no-reverb", "without FluidSynth's reverberation"),
            OVERWRITE,
            LIMIT,
        ),
    ),
    Command(
        "plot",
        "media:plot",
        "draw the piano roll of a piece",
        (
            place("file", "FILE", _PIECE),
            value("-o --output", "OUT", "PNG file; by default beside FILE"),
            flag("--overwrite", "replace a file that exists"),
            LIMIT,
        ),
    ),
)

_REPORTS = (
    Command(
        "copies",
        "reports:copies",
        "look in pieces for copies of the tunes that a model was trained on",
        (
            place("files", "FILE", _PIECE, "+"),
            value("--model", "NAME|PATH", "whose training tunes", str, DEFAULT_MODEL),
            value(
                "--min-notes", "N", "matches of N notes or more count as copied (default 12)", int
            ),
            flag("--json", "print one JSON object a piece"),
            LIMIT,
        ),
    ),
    Command(
        "evaluate",
        "reports:evaluate",
        "compare generated music with real music, in one table",
        (
            place("generated", "GENERATED", "file, folder, zip or store"),
            value("--reference", "CORPUS", "real music: file, folder, zip or store", required=True),
            value("--split", "NAME", "of stores: train, valid or test", str, "test"),
            value("--model", "NAME|PATH", "ask this model for the likelihood of both"),
            value("-o --output", "FOLDER", "write the report, CSV tables and figures here too"),
            value("--seed", "N", "the same seed gives the same report", int, 0),
            value("--resamples", "N", "for the confidence intervals", int, 1000),
            flag("--no-classifiers", "leave out what takes longest"),
            flag("--json", "print one JSON object instead of Markdown"),
            OVERWRITE,
        ),
    ),
    Command(
        "info",
        "reports:info",
        "describe a piece, a model, a store, or the models that come along",
        (place("what", "FILE|MODEL|STORE", "nothing: list the models", "?"), _JSON, LIMIT),
    ),
    Command(
        "doctor",
        "doctor:doctor",
        "say what is installed, what is missing and how to get it",
        (flag("--json", "print one JSON object a check"),),
    ),
)

_GAN_TEXT = (
    "train a generative adversarial network on bars, write tunes with it, and add them to a corpus"
)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; ``parse_args`` gives a namespace with `job`, the function to call."""
    parser = Parser(
        prog="symgen", description="Write music: generate MIDI, continue a melody, render WAV."
    )
    parser.add_argument("--version", action="version", version=f"symgen {__version__}")
    commands = _subcommands(parser)
    for command in (*_WRITING, *_REWRITING, *_MEDIA, *LEARNING):
        add_command(commands, command)
    about = f"{_GAN_TEXT[0].upper()}{_GAN_TEXT[1:]}."
    gan = _subcommands(commands.add_parser("gan", help=_GAN_TEXT, description=about))
    for command in GAN:
        add_command(gan, command)
    for command in _REPORTS:
        add_command(commands, command)
    return parser


def _subcommands(parser: argparse.ArgumentParser) -> argparse._SubParsersAction[Parser]:
    return parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
