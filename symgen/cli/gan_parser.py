"""The commands and options of ``symgen gan``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_gan"]

Add = Callable[..., argparse.ArgumentParser]
Run = Callable[[str, str], Callable[[argparse.Namespace], None]]


def add_gan(
    commands: Any,
    parser_class: type[argparse.ArgumentParser],
    run: Run,
    outputs: Callable[..., None],
) -> None:
    """Add ``gan`` and its four commands.

    Parameters
    ----------
    commands : subparsers of the main parser
    parser_class : type
        Of the parsers to make.
    run : callable
        Gives the function of a module of the command line that is called.
    outputs : callable
        Adds the options of all commands that write pieces.
    """
    text = "train a generative adversarial network on bars, write tunes with it, and add them to a corpus"
    gan = commands.add_parser("gan", help=text, description=_sentence(text))
    jobs = gan.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=parser_class
    )

    def add(name: str, job: str, help_text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = jobs.add_parser(
            name, help=help_text, description=_sentence(help_text)
        )
        made.set_defaults(run=run("adversarial", job))
        return made

    _train(add("train", "train", "train a GAN on the melodies of a store"))
    _sample(add("sample", "sample", "write tunes with a GAN, or go on from a tune"), outputs)
    _augment(
        add(
            "augment",
            "augment",
            "write a store with the pieces of another one and tunes of a GAN beside them",
        )
    )
    _evaluate(
        add("evaluate", "evaluate", "measure bars of a GAN against real bars that were held out")
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _model(parser: argparse._ActionsContainer) -> None:
    text = "what `symgen gan train` wrote (default: what comes along)"
    parser.add_argument("--model", default="gan", metavar="RUN", help=text)
    text = "let bars return only as the network repeats itself, not by a form drawn from the corpus"
    parser.add_argument("--no-form", action="store_true", help=text)
    text = (
        "0..1: of two bars, how often the one that the generator is surer of is taken (default 0.8)"
    )
    parser.add_argument("--surer", type=float, default=0.8, metavar="X", help=text)


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "store", metavar="STORE", help="melodies, as `symgen corpus --parts melody` packs them"
    )
    parser.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    text = "bars: the GAN over bars of symbols (default); that of a tutorial is in the lab"
    parser.add_argument("--preset", default="bars", metavar="bars", help=text)
    for name, kind, text in (
        ("minutes", float, "time (default 14)"),
        ("grid", int, "steps a quarter: 4 (default), or 12 for triplets"),
        ("batch", int, "bars an update (default 64)"),
        ("rate", float, "learning rate of the generator"),
        ("critic-rate", float, "learning rate of the discriminator"),
        ("critic-steps", int, "updates of the discriminator for one of the generator (default 1)"),
        ("penalty", float, "weight of the penalty on the discriminator's gradient"),
        ("mode-seeking", float, "how much it counts that other random numbers give another bar"),
        (
            "noise",
            float,
            "Gumbel noise at the start; it falls to nothing at half the time (default 0)",
        ),
        (
            "own-share",
            float,
            "share of a batch that goes on from bars of the generator itself (default 0)",
        ),
        ("validations", int, "how often it is measured (default 20)"),
        ("seed", int, "of weights and order"),
    ):
        parser.add_argument(f"--{name}", type=kind, metavar="N", help=text)
    text = "bce, bce-r1, hinge-r1, wgan-gp or relativistic (default bce-r1)"
    parser.add_argument("--loss", metavar="NAME", help=text)
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda", help="where to train")
    parser.add_argument(
        "--resume", action="store_true", help="go on where the run stopped, with its options"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="start anew over a run that exists"
    )


def _sample(parser: argparse.ArgumentParser, outputs: Callable[..., None]) -> None:
    group = parser.add_argument_group("controls")
    group.add_argument("--bars", type=int, metavar="N", help="new bars (default 8)")
    group.add_argument(
        "--prime", metavar="TUNE", help="go on from this tune, which stays note for note"
    )
    group.add_argument(
        "--part", type=int, metavar="N", help="of --prime, this part only, counted from 1"
    )
    group.add_argument("--key", metavar="KEY", help="such as 'G' or 'D dorian'")
    group.add_argument("--meter", metavar="N/D", help="4/4, 3/4 or 6/8")
    group.add_argument("--tempo", type=float, metavar="BPM", help="quarter notes a minute")
    group.add_argument(
        "--instrument", metavar="NAME", help="General MIDI name or number, such as flute"
    )
    group.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same bytes")
    _model(group)
    outputs(parser, count=16)
    kinds = "bytes, tracks, events, changes, notes, seconds or tokens"
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help=f"read more of TUNE: {kinds}"
    )
    parser.set_defaults(control_names=("bars", "key", "meter", "tempo", "instrument"))


def _augment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="the corpus")
    parser.add_argument(
        "-n", "--count", type=int, default=500, metavar="N", help="tunes to add (default 500)"
    )
    parser.add_argument(
        "-o", "--output", metavar="STORE2", required=True, help="folder of the new store"
    )
    parser.add_argument(
        "--bars", type=int, default=16, metavar="N", help="bars a tune (default 16)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same store"
    )
    _model(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace a store that exists")


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "store", metavar="STORE", help="the corpus whose held-out tunes are the real ones"
    )
    parser.add_argument(
        "-n", "--count", type=int, default=300, metavar="N", help="tunes to write (default 300)"
    )
    parser.add_argument(
        "--bars", type=int, default=16, metavar="N", help="bars a tune (default 16)"
    )
    parser.add_argument(
        "--split", default="test", metavar="NAME", help="train, valid or test (default)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same table"
    )
    _model(parser)
    text = "ask this language model how likely it finds both"
    parser.add_argument("--language-model", metavar="NAME|PATH", help=text)
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", help="write the table and the distributions here too"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead of Markdown"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
