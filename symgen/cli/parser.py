"""All commands and options."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn

from symgen import __version__
from symgen.cli.gan_parser import add_gan
from symgen.cli.learning_parser import add_learning
from symgen.music.control_table import CONTROLS
from symgen.system.resources import DEFAULT_MODEL

__all__ = ["UsageError", "make_parser"]

_KINDS = {"integer": int, "number": float, "string": str}


class UsageError(Exception):
    """The command line makes no sense; one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def _command(module: str, name: str) -> Callable[[argparse.Namespace], None]:
    """Return a command whose module is loaded when it runs."""

    def run(options: argparse.Namespace) -> None:
        getattr(import_module(f"symgen.cli.{module}"), name)(options)

    return run


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; ``parse_args`` gives a namespace with `run`."""
    parser = _Parser(
        prog="symgen", description="Write music: generate MIDI, continue a melody, render WAV."
    )
    parser.add_argument("--version", action="version", version=f"symgen {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )

    def add(name: str, module: str, text: str, **more: Any) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name, help=text, description=text.capitalize() + ".", **more
        )
        made.set_defaults(run=_command(module, name))
        return made

    generate = add("generate", "writing", "write new pieces")
    _candidates(_controls(generate, "pieces", usual={"bars": 16}))
    _outputs(generate)
    _continue(add)
    _transcribing(add)
    _rewriting(add)
    _media(add)
    add_learning(add, _command, _limit)
    add_gan(commands, _Parser, _command, _outputs)
    _copies(add)
    _evaluate(add)
    info = add(
        "info", "reports", "describe a piece, a model, a store, or the models that come along"
    )
    info.add_argument(
        "what", metavar="FILE|MODEL|STORE", nargs="?", help="nothing: list the models"
    )
    info.add_argument("--json", action="store_true", help="print one JSON object")
    _limit(info)
    doctor = add("doctor", "diagnosing", "say what is installed, what is missing and how to get it")
    doctor.add_argument("--json", action="store_true", help="print one JSON object a check")
    return parser


def _continue(add: Callable[..., argparse.ArgumentParser]) -> None:
    go_on = add(
        "continue",
        "writing",
        "continue a tune of your own: MIDI, MusicXML, ABC, kern or a recording",
    )
    go_on.set_defaults(run=_command("writing", "continue_tune"))
    go_on.add_argument(
        "tune",
        metavar="TUNE",
        help="the file to continue; of a recording, the melody is written down",
    )
    _count_in(go_on)
    _candidates(_controls(go_on, "pieces", "prompts", usual={"bars": 8}))
    go_on.add_argument(
        "--use-bars", metavar="A-B", help="take these bars of the tune as the prompt"
    )
    go_on.add_argument(
        "--part", type=int, metavar="N", help="keep and continue this part only, counted from 1"
    )
    go_on.add_argument("--no-prompt", action="store_true", help="write the new bars alone")
    _limit(go_on)
    _outputs(go_on)


def add_controls(
    parser: argparse.ArgumentParser, names: Sequence[str], *, usual: Mapping[str, Any] | None = None
) -> argparse._ArgumentGroup:
    """Add options for rows of the table of controls; `usual` is what is told where nothing is the default."""
    group = parser.add_argument_group("controls")
    parser.set_defaults(control_names=(*(parser.get_default("control_names") or ()), *names))
    for row in (CONTROLS[name] for name in names):
        default = (usual or {}).get(row.name, row.default)
        if row.type == "boolean":
            group.add_argument(
                f"--{row.label}",
                action="store_const",
                const=True,
                default=row.default,
                help=row.help,
            )
            continue
        told = "" if row.type == "string" else f", {row.legal}"
        told += "" if default in (None, ()) else f" (default {default:g})"
        group.add_argument(
            f"--{row.label}",
            type=_KINDS[row.type],
            default=row.default,
            metavar=row.metavar,
            help=row.help + told,
        )
    return group


def _controls(
    parser: argparse.ArgumentParser, *jobs: str, usual: Mapping[str, Any]
) -> argparse._ArgumentGroup:
    """Add the controls of all jobs and of these, with what else is drawn by."""
    chosen = [row.name for row in CONTROLS.values() if row.jobs in ("all", *jobs)]
    group = add_controls(parser, chosen, usual=usual)
    group.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same bytes")
    group.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="a model that comes along, or a run (default: the one that fits style, instruments or tune)",
    )
    return group


def _candidates(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--candidates",
        type=int,
        default=1,
        metavar="N",
        help="draw N takes and keep as many as -n says, by how real they sound and unlike each other (default 1)",
    )


def _outputs(parser: argparse.ArgumentParser, count: int = 1) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="file to write: .mid or .musicxml; with -n 4: OUT-1 ... OUT-4",
    )
    told = f"pieces to write (default {count})"
    group.add_argument("-n", "--count", type=int, default=count, metavar="COUNT", help=told)
    group.add_argument("--wav", action="store_true", help="render each piece too")
    group.add_argument("--xml", action="store_true", help="write MusicXML too")
    group.add_argument("--plot", action="store_true", help="draw a piano roll too")
    group.add_argument("--soundfont", metavar="FILE", help="for --wav: an SF2 or SF3 file")
    group.add_argument(
        "--json", action="store_true", help="print one JSON object a piece instead of paths"
    )
    group.add_argument(
        "--report", action="store_true", help="write that object beside each piece: OUT.json"
    )
    group.add_argument("--overwrite", action="store_true", help="replace files that exist")


def _count_in(parser: argparse._ActionsContainer) -> None:
    text = "a recording opens with N clicks on the beat, which give its tempo and first bar line"
    parser.add_argument("--count-in", type=int, default=0, metavar="N", help=text)


def _transcribing(add: Callable[..., argparse.ArgumentParser]) -> None:
    parser = add(
        "transcribe",
        "transcribing",
        "write down the melody of a recording, or MIDI that was played without a click",
    )
    parser.add_argument("recording", metavar="IN", help="WAV, FLAC, OGG, MP3, AIFF and others")
    group = parser.add_argument_group("what is known of it")
    group.add_argument(
        "--tempo", default="auto", metavar="auto|BPM", help="quarter notes a minute (default auto)"
    )
    group.add_argument(
        "--meter", default="auto", metavar="auto|N/D", help="such as 6/8 (default auto)"
    )
    group.add_argument(
        "--key", default="auto", metavar="auto|KEY", help="such as 'D dorian' (default auto)"
    )
    _count_in(group)
    group.add_argument(
        "--grid",
        default="16",
        metavar="N",
        help="shortest note: 4, 8, 16, 32, or 1/8t (default 16)",
    )
    group.add_argument(
        "--no-quantize", action="store_true", help="leave the notes where they were played"
    )
    group.add_argument(
        "--instrument", metavar="NAME", help="General MIDI name or number, such as flute"
    )
    group.add_argument(
        "--model",
        default="transcriber",
        metavar="RUN",
        help="what `python -m lab train-transcriber` wrote (default: what comes along)",
    )
    group = parser.add_argument_group("output")
    group.add_argument("-o", "--output", metavar="OUT", help="file to write: .mid or .musicxml")
    group.add_argument("--wav", action="store_true", help="render what was written down too")
    group.add_argument("--xml", action="store_true", help="write MusicXML too")
    group.add_argument(
        "--plot", action="store_true", help="draw the spectrum with the notes in it too"
    )
    group.add_argument("--soundfont", metavar="FILE", help="for --wav: an SF2 or SF3 file")
    group.add_argument("--json", action="store_true", help="print one JSON object instead of paths")
    group.add_argument("--overwrite", action="store_true", help="replace files that exist")
    text = "listen to more of a recording: seconds=N (default 1800)"
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=N", help=text)


def _rewriting(add: Callable[..., argparse.ArgumentParser]) -> None:
    infill = add(
        "infill", "rewriting", "write some bars of a tune anew; the others stay note for note"
    )
    infill.add_argument("tune", metavar="TUNE", help="MIDI, MusicXML, ABC or kern")
    infill.add_argument(
        "--bars",
        metavar="A-B",
        required=True,
        help="the bars to write, counted from 1; 0: a pickup",
    )
    harmonize = add(
        "harmonize", "rewriting", "set a melody or a bass for four voices; it stays note for note"
    )
    harmonize.add_argument("tune", metavar="MELODY", help="MIDI, MusicXML, ABC or kern")
    harmonize.add_argument(
        "--voice", metavar="soprano|bass", help="what it is set as (default: by how low it lies)"
    )
    harmonize.add_argument(
        "--instrument", metavar="NAME", help="General MIDI name or number, such as church organ"
    )
    harmonize.set_defaults(control_names=("instrument",))
    vary = add("vary", "rewriting", "change some notes of a tune and keep its form")
    vary.add_argument("tune", metavar="TUNE", help="MIDI, MusicXML, ABC or kern")
    vary.add_argument(
        "--amount",
        type=float,
        default=0.3,
        metavar="X",
        help="share of the notes, 0..1 (default 0.3)",
    )
    for parser, temperature in ((infill, 1.0), (harmonize, 0.8), (vary, 1.0)):
        _controls(parser, usual={"temperature": temperature})
        parser.set_defaults(temperature=temperature)
        parser.add_argument(
            "--part", type=int, metavar="N", help="work on this part only, counted from 1"
        )
        parser.add_argument(
            "--particles",
            type=int,
            metavar="N",
            help="takes side by side, of which those go on that lead to what follows "
            "(default 16, fewer in full scores)",
        )
        _limit(parser)
        _outputs(parser)


def _media(add: Callable[..., argparse.ArgumentParser]) -> None:
    render = add("render", "media", "play a piece into a sound file: WAV, FLAC, OGG or MP3")
    render.add_argument("files", metavar="FILE", nargs="+", help="MIDI, MusicXML, ABC or kern")
    named = "file that ends in .wav, .flac, .ogg or .mp3 (one FILE), or folder; by default a WAV beside FILE"
    render.add_argument("-o", "--output", metavar="OUT", help=named)
    render.add_argument(
        "--soundfont",
        metavar="F",
        help="SF2 or SF3 file; else $SYMGEN_SOUNDFONT, else the one included",
    )
    render.add_argument(
        "--rate", type=int, default=44100, metavar="HZ", help="samples a second (default 44100)"
    )
    render.add_argument(
        "--stems", action="store_true", help="write each part too: OUT-1-flute.wav and so on"
    )
    render.add_argument(
        "--loop", action="store_true", help="no tail: its end is folded into the start, to go round"
    )
    panned = "auto: parts without a pan of their own are seated from left to right (default); off: in the middle"
    render.add_argument("--pan", default="auto", metavar="auto|off", help=panned)
    render.add_argument(
        "--chorus",
        action="store_true",
        help="FluidSynth's chorus; pads and leads lose much in mono",
    )
    render.add_argument(
        "--no-reverb", action="store_true", help="without FluidSynth's reverberation"
    )
    render.add_argument("--overwrite", action="store_true", help="replace files that exist")
    _limit(render)
    plot = add("plot", "media", "draw the piano roll of a piece")
    plot.add_argument("file", metavar="FILE", help="MIDI, MusicXML, ABC or kern")
    plot.add_argument("-o", "--output", metavar="OUT", help="PNG file; by default beside FILE")
    plot.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    _limit(plot)


def _limit(parser: argparse.ArgumentParser) -> None:
    kinds = "bytes, tracks, events, changes, notes, seconds or tokens"
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"read more of a file: {kinds}",
    )


def _copies(add: Callable[..., argparse.ArgumentParser]) -> None:
    copies = add(
        "copies", "copying", "look in pieces for copies of the tunes that a model was trained on"
    )
    copies.add_argument("files", metavar="FILE", nargs="+", help="MIDI, MusicXML, ABC or kern")
    copies.add_argument(
        "--model", default=DEFAULT_MODEL, metavar="NAME|PATH", help=f"(default {DEFAULT_MODEL})"
    )
    copies.add_argument(
        "--min-notes",
        type=int,
        metavar="N",
        help="matches of N notes or more count as copied (default 12)",
    )
    copies.add_argument("--json", action="store_true", help="print one JSON object a piece")
    _limit(copies)


def _evaluate(add: Callable[..., argparse.ArgumentParser]) -> None:
    evaluate = add(
        "evaluate", "evaluating", "compare generated music with real music, in one table"
    )
    evaluate.add_argument("generated", metavar="GENERATED", help="file, folder, zip or store")
    evaluate.add_argument(
        "--reference",
        metavar="CORPUS",
        required=True,
        help="real music: file, folder, zip or store",
    )
    evaluate.add_argument(
        "--split", default="test", metavar="NAME", help="of stores: train, valid or test (default)"
    )
    evaluate.add_argument(
        "--model", metavar="NAME|PATH", help="ask this model for the likelihood of both"
    )
    evaluate.add_argument(
        "-o", "--output", metavar="FOLDER", help="write the report, CSV tables and figures here too"
    )
    evaluate.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same report"
    )
    evaluate.add_argument(
        "--resamples",
        type=int,
        default=1000,
        metavar="N",
        help="for the confidence intervals (default 1000)",
    )
    evaluate.add_argument(
        "--no-classifiers", action="store_true", help="leave out what takes longest"
    )
    evaluate.add_argument(
        "--json", action="store_true", help="print one JSON object instead of Markdown"
    )
    evaluate.add_argument("--overwrite", action="store_true", help="replace files that exist")
