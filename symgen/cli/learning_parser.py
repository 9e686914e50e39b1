"""The commands and options of ``symgen corpus``, ``train`` and ``train-transcriber``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

__all__ = ["add_learning"]

Add = Callable[..., argparse.ArgumentParser]
Run = Callable[[str, str], Callable[[argparse.Namespace], None]]


def add_learning(add: Add, run: Run, limit: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands that learn from music."""
    _corpus(add, limit)
    _train(add)
    _train_transcriber(add, run)


def _corpus_choice(corpus: argparse.ArgumentParser) -> None:
    for name, form, text in (
        (
            "where",
            "[SOURCE:]FIELD=REGEX",
            "keep files of which the source's table says so; != for the contrary",
        ),
        ("facts", "SOURCE=FILE", "table with pickups, movements, titles of a source's files"),
        ("style", "SOURCE=NAME", "style of a source's pieces that name none"),
        ("period", "SOURCE=NAME", "period of a source's pieces that tell none"),
        ("works", "SOURCE=REGEX", "files whose names agree in the group of REGEX are one work"),
        ("pickups", "SOURCE", "MIDI source whose pickups must be estimated"),
        ("train-only", "SOURCE", "source that is never held out"),
        ("hold-out", "SPLIT=FILE", "pieces that are the same as these go to valid or test"),
    ):
        corpus.add_argument(f"--{name}", action="append", default=[], metavar=form, help=text)
    corpus.add_argument(
        "--styles",
        default="dances",
        metavar="dances|genres",
        help="what styles are taken from titles",
    )
    corpus.add_argument(
        "--voices", type=int, metavar="N", help="keep pieces of N parts of one note at a time"
    )
    corpus.add_argument(
        "--min-parts", type=int, default=1, metavar="N", help="fewest parts with notes"
    )
    corpus.add_argument(
        "--max-parts", type=int, default=32, metavar="N", help="most parts with notes"
    )
    corpus.add_argument(
        "--program",
        type=int,
        metavar="N",
        help="give all parts this General MIDI program, 0..127",
    )


def _corpus(add: Add, limit: Callable[[argparse.ArgumentParser], None]) -> None:
    corpus = add("corpus", "learning", "clean, compare, split and pack pieces for training")
    corpus.add_argument(
        "sources",
        metavar="SOURCE",
        nargs="+",
        help="folder, zip, file, or music21:ryansMammoth and the like",
    )
    corpus.add_argument("-o", "--output", metavar="STORE", required=True, help="folder to make")
    corpus.add_argument(
        "--grid", type=int, default=12, metavar="N", help="steps a quarter: 12 or 24"
    )
    corpus.add_argument(
        "--parts", default="all", metavar="all|melody", help="every part, or the melody alone"
    )
    corpus.add_argument(
        "--repeats", default="written", metavar="written|played|both", help="of ABC and MusicXML"
    )
    corpus.add_argument(
        "--min-bars", type=int, default=4, metavar="N", help="fewest bars of a piece"
    )
    corpus.add_argument(
        "--max-bars", type=int, default=512, metavar="N", help="most bars of a piece"
    )
    corpus.add_argument(
        "--metre-changes", action="store_true", help="keep pieces that change meter"
    )
    corpus.add_argument("--drums", action="store_true", help="keep drum parts")
    _corpus_choice(corpus)
    corpus.add_argument("--velocity", type=int, metavar="V", help="give all notes this velocity")
    corpus.add_argument(
        "--licence", action="append", default=[], metavar="NAME=TEXT", help="licence of a source"
    )
    corpus.add_argument("--overwrite", action="store_true", help="replace a store that exists")
    limit(corpus)


def _train(add: Add) -> None:
    train = add("train", "learning", "train a model on a store or on a folder of music")
    train.add_argument(
        "source", metavar="STORE|DIR", help="a store, or a folder, zip or file of music"
    )
    train.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    train.add_argument("--size", metavar="small|base|large", help="width and depth (default base)")
    train.add_argument(
        "--net",
        metavar="event",
        help="the network (default event); the plain baseline is in the lab",
    )
    train.add_argument("--hidden", type=int, metavar="N", help="width of the GRU")
    train.add_argument("--head", type=int, metavar="N", help="width of the heads")
    train.add_argument("--layers", type=int, metavar="N", help="GRU layers")
    train.add_argument(
        "--dropout", type=float, metavar="P", help="share of units left out while training"
    )
    train.add_argument("--no-copy", action="store_true", help="leave out the copy memory")
    train.add_argument(
        "--no-features",
        action="store_true",
        help="leave out the prefix features (and the copy memory)",
    )
    for name, kind, text in (
        ("epochs", int, "passes over the pieces, at most"),
        ("minutes", float, "time, at most"),
        ("batch", int, "pieces a batch"),
        ("steps", int, "events between two updates"),
        ("rate", float, "peak learning rate"),
        ("transpose", int, "semitones that pieces are moved by at random, at most"),
        ("patience", int, "validations without a gain before it stops"),
        ("validate-every", int, "updates between validations"),
        ("save-every", int, "updates between checkpoints (default: every five minutes)"),
        ("seed", int, "of weights, order and masking"),
    ):
        train.add_argument(f"--{name}", type=kind, metavar="N", help=text)
    train.add_argument("--device", default="auto", metavar="auto|cpu|cuda", help="where to train")
    train.add_argument(
        "--precision", metavar="auto|float32|bfloat16", help="bfloat16 where it pays (default auto)"
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on where the run stopped, with its network and options",
    )
    train.add_argument("--overwrite", action="store_true", help="start anew over a run that exists")


def _train_transcriber(add: Add, run: Run) -> None:
    train = add(
        "train-transcriber", "transcribing", "is in the lab: python -m lab train-transcriber"
    )
    train.set_defaults(run=run("transcribing", "train_transcriber"))
    train.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
