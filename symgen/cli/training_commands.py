"""The table of commands that learn from music."""

from __future__ import annotations

import argparse

from symgen.cli.options import (
    DRAWN,
    FILES,
    JOBS,
    LIMIT,
    OVERWRITE,
    READ,
    SEED,
    WHAT,
    Command,
    Option,
    flag,
    outputs,
    place,
    repeated,
    under,
    value,
)

__all__ = ["GAN", "LEARNING", "MOVED"]

_NETWORK = "the network"
_COURSE = "how it is trained"
_KEPT = "which pieces are kept, and how"
_SOURCES = "what is said of the sources"
_TRAINING = (
    *under(_COURSE, value("--device", "auto|cpu|cuda", "where to train", str, "auto")),
    *under(
        FILES,
        flag("--resume", "go on where the run stopped, with its network and options"),
        value("--log", "csv,tensorboard,wandb,trackio", "where figures go too (default csv)"),
        flag("--overwrite", "start anew over a run that exists"),
    ),
)
_TEACHING = (
    *under(
        _COURSE,
        value("--epochs", "N", "passes over the pieces, at most (default: by the corpus)", int),
        value(
            "--minutes",
            "N",
            "time at most, with that before a --resume (default: no limit)",
            float,
        ),
        value("--batch", "N", "pieces a batch (default: by the corpus and the machine)", int),
        value("--steps", "N", "events between two updates (default 256)", int),
        value("--rate", "N", "peak learning rate (default: by network and batch)", float),
        value("--weight-decay", "X", "how much weights shrink (default: by the corpus)", float),
        value(
            "--transpose",
            "N",
            "semitones that pieces are moved by at random, at most (default 5, of few tunes 6)",
            int,
        ),
        value(
            "--folds",
            "N",
            "hold each tune out once, in N parts, to choose the passes (default 4 of few tunes, else 0)",
            int,
        ),
        value("--patience", "N", "validations without a gain before it stops (default 8)", int),
        value(
            "--validate-every",
            "N",
            "updates between validations (default: after passes alone)",
            int,
        ),
        value(
            "--save-every",
            "N",
            "updates between checkpoints (default: every five minutes)",
            int,
        ),
        value("--seed", "N", "of weights, order and masking (default 0)", int),
        value("--precision", "auto|float32|bfloat16", "bfloat16 where it pays (default auto)"),
        value("--threads", "N", "cores to use (default: as many as a short trial says)", int),
        flag("--compile", "let torch.compile write kernels for a GPU; starts in minutes"),
    ),
)
_ADAPTING = (
    value("--freeze", "input,gru,heads", "with --from: layers that stay as they are"),
    value("--lora", "R", "with --from: each matrix learns a change of rank R alone", int),
    value(
        "--forget",
        "X",
        "with --from: how much unlikelier may become what the model writes (default 0.1)",
        float,
    ),
)
_OLD = value("--old", "STORE", "with --from: measure on this too, before and after")
_INTO = value("-o --output", "RUN", "folder of the run", required=True).also("--out")


_CORPUS = Command(
    "corpus",
    "learning:corpus",
    "clean, compare, split and pack pieces for training",
    (
        place("sources", "SOURCE", "folder, zip, file, or music21:ryansMammoth and the like", "+"),
        LIMIT,
        *under(
            _KEPT,
            value("--grid", "N", "steps a quarter: 12 or 24", int, 12),
            value("--parts", "all|melody", "every part, or the melody alone", str, "all"),
            value("--repeats", "written|played|both", "of ABC and MusicXML", str, "written"),
            value("--min-bars", "N", "fewest bars of a piece (default 4; with --performed 1)", int),
            value("--max-bars", "N", "most bars of a piece", int, 512),
            flag("--metre-changes", "keep pieces that change meter").also("--meter-changes"),
            flag("--drums", "keep drum parts"),
            flag(
                "--performed",
                "write down what was played, drums too, and keep velocities and timing apart",
            ),
            value("--styles", "dances|genres", "what styles are taken from titles", str, "dances"),
            value("--voices", "N", "keep pieces of N parts of one note at a time", int),
            value("--min-parts", "N", "fewest parts with notes", int, 1),
            value("--max-parts", "N", "most parts with notes", int, 32),
            value("--program", "N", "give all parts this General MIDI program, 0..127", int),
            value("--velocity", "V", "give all notes this velocity", int),
        ),
        *under(
            _SOURCES,
            repeated(
                "--where",
                "[SOURCE:]FIELD=REGEX",
                "keep files of which the source's table says so; != for the contrary",
            ),
            repeated(
                "--facts",
                "SOURCE=FILE",
                "table with pickups, movements, titles of a source's files",
            ),
            value(
                "--labels",
                "FILE.csv",
                "table with a row for each file: style, key, composer, split, and columns that become controls "
                "(default: a metadata.csv in a source; none: no table)",
                str,
                "",
            ),
            value(
                "--label-columns",
                "A,B,...",
                "columns that become controls (default: texts of few different values)",
                str,
                "",
            ),
            repeated("--style", "SOURCE=NAME", "style of a source's pieces that name none"),
            repeated("--period", "SOURCE=NAME", "period of a source's pieces that tell none"),
            repeated(
                "--works",
                "SOURCE=REGEX",
                "files whose names agree in the group of REGEX are one work",
            ),
            repeated("--pickups", "SOURCE", "MIDI source whose pickups must be estimated"),
            repeated("--train-only", "SOURCE", "source that is never held out"),
            repeated(
                "--hold-out", "SPLIT=FILE", "pieces that are the same as these go to valid or test"
            ),
            repeated("--licence", "NAME=TEXT", "licence of a source").also("--license"),
        ),
        *under(
            FILES,
            value("-o --output", "STORE", "folder to make", required=True).also("--out"),
            flag("--overwrite", "replace a store that exists"),
            JOBS,
            value(
                "--shard",
                "K/N",
                "read one Nth of the files and make a part of the store, for many machines; "
                "when all parts are made, the same command without it joins them",
            ),
            flag(
                "--keep-parts",
                "leave the notes in the files of the parts, which training reads as they are, instead of copying them",
            ),
            value(
                "--scheduler",
                "tcp://HOST:PORT",
                "let the workers of a dask scheduler read the files; they must see sources and STORE at the same paths",
            ),
        ),
    ),
    examples=(
        "symgen corpus tunes -o store --licence tunes=CC0",
        "symgen corpus tunes -o store --shard 1/8",
    ),
)

_TRAIN = Command(
    "train",
    "learning:train",
    "train a model on a store or on a folder of music",
    (
        place("source", "STORE|DIR", "a store, or a folder, zip or file of music"),
        *under(
            _NETWORK,
            value("--size", "s|m|l", "how large (default: as the corpus lets it)"),
            value(
                "--from",
                "MODEL",
                "begin with a trained model: folk and the like, or a folder; none: with nothing",
            ),
            value(
                "--net", "event", "the network (default event); the plain baseline is in the lab"
            ),
            value("--hidden", "N", "width of the GRU", int),
            value("--head", "N", "width of the heads", int),
            value("--layers", "N", "GRU layers", int),
            value("--dropout", "P", "share of units left out while training", float),
            flag("--no-copy", "leave out the copy memory"),
            flag("--no-features", "leave out the prefix features (and the copy memory)"),
            *_ADAPTING,
        ),
        *_TEACHING,
        *under(
            FILES,
            _INTO,
            flag(
                "--dry-run", "say what would be done, with time, memory and disk, and write nothing"
            ),
            _OLD,
        ),
        *_TRAINING,
    ),
    examples=(
        "symgen train tunes -o run",
        "symgen train tunes -o run --size s --minutes 30",
        "symgen train tunes -o run --from folk",
        "symgen train tunes -o run --resume",
    ),
)

_FINETUNE = Command(
    "finetune",
    "learning:finetune",
    "teach a trained model another kind of music; a few tunes are enough",
    (
        place("source", "STORE|DIR", "a store, or a folder, zip or file of music"),
        *under(
            _NETWORK,
            value(
                "--from", "MODEL", "the trained model: folk and the like, or a folder", str, "folk"
            ),
            value("--dropout", "P", "share of units left out while training", float),
            *_ADAPTING,
        ),
        *_TEACHING,
        *under(FILES, _INTO, _OLD),
        *_TRAINING,
    ),
    examples=(
        "symgen finetune tunes -o run",
        "symgen finetune tunes -o run --resume",
    ),
)

_TRAIN_PERFORMER = Command(
    "train-performer",
    "teaching:train_performer",
    "teach a player with your own performances, for `symgen perform --model`",
    (
        place("source", "DIR", "performances as MIDI, or scores/ and performances/ of equal names"),
        *under(
            _COURSE,
            value("--minutes", "N", "CPU time (default 3)", float, 3.0),
            value("--seed", "N", "of the order in which is learned (default 0)", int),
        ),
        *under(
            FILES,
            value("-o --output", "MODEL", "folder of the player", required=True).also("--out"),
            OVERWRITE,
        ),
    ),
    examples=("symgen train-performer mine -o my-player",),
)

LEARNING = (_CORPUS, _TRAIN, _FINETUNE, _TRAIN_PERFORMER)

MOVED = (
    Command(
        "train-transcriber",
        "transcribing:train_transcriber",
        "is in the lab: python -m lab train-transcriber",
        (Option(("rest",), {"nargs": argparse.REMAINDER, "help": argparse.SUPPRESS}),),
    ),
)
"""What was a command once; it says where it went, and is not listed."""

_GAN_MODEL = under(
    DRAWN,
    value("--model", "RUN", "what `symgen gan train` wrote, or what comes along", str, "gan"),
    flag(
        "--no-form",
        "let bars return only as the network repeats itself, not by a form drawn from the corpus",
    ),
    value(
        "--surer",
        "X",
        "0..1: of two bars, how often the one that the generator is surer of is taken",
        float,
        0.8,
    ),
)
(_GAN_BARS,) = under(WHAT, value("--bars", "N", "bars a tune", int, 16).also("-b"))

_GAN_TRAIN = Command(
    "train",
    "gan:train",
    "train a GAN on the melodies of a store",
    (
        place("store", "STORE", "melodies, as `symgen corpus --parts melody` packs them"),
        *under(
            _NETWORK,
            value(
                "--preset",
                "bars",
                "bars: the GAN over bars of symbols; that of a tutorial is in the lab",
                str,
                "bars",
            ),
            value("--grid", "N", "steps a quarter: 4 (default), or 12 for triplets", int),
        ),
        *under(
            _COURSE,
            value("--minutes", "N", "time (default 14)", float),
            value("--batch", "N", "bars an update (default 64)", int),
            value("--rate", "N", "learning rate of the generator", float),
            value("--critic-rate", "N", "learning rate of the discriminator", float),
            value(
                "--critic-steps",
                "N",
                "updates of the discriminator for one of the generator (default 1)",
                int,
            ),
            value("--penalty", "N", "weight of the penalty on the discriminator's gradient", float),
            value(
                "--mode-seeking",
                "N",
                "how much it counts that other random numbers give another bar",
                float,
            ),
            value(
                "--noise",
                "N",
                "Gumbel noise at the start; it falls to nothing at half the time (default 0)",
                float,
            ),
            value(
                "--own-share",
                "N",
                "share of a batch that goes on from bars of the generator itself (default 0)",
                float,
            ),
            value("--validations", "N", "how often it is measured (default 20)", int),
            value("--seed", "N", "of weights and order", int),
            value(
                "--loss", "NAME", "bce, bce-r1, hinge-r1, wgan-gp or relativistic (default bce-r1)"
            ),
        ),
        *under(
            FILES,
            value("-o --output", "RUN", "folder of the run", required=True).also("--out"),
        ),
        *_TRAINING,
    ),
    examples=("symgen gan train store -o gan-run --minutes 14",),
)

GAN = (
    _GAN_TRAIN,
    Command(
        "sample",
        "gan:sample",
        "write tunes with a GAN, or go on from a tune",
        (
            *under(
                READ,
                value("--prime", "TUNE", "go on from this tune, which stays note for note"),
                value("--part", "N", "of --prime, this part only, counted from 1", int),
            ),
            LIMIT,
            SEED,
            *_GAN_MODEL,
            *outputs(16),
        ),
        controls=("bars", "key", "meter", "tempo", "instrument"),
        usual={"bars": 8},
        examples=("symgen gan sample -n 4 --key G", "symgen gan sample -n 1 --prime tune.abc"),
    ),
    Command(
        "augment",
        "gan:augment",
        "write a store with the pieces of another one and tunes of a GAN beside them",
        (
            place("store", "STORE", "the corpus"),
            _GAN_BARS,
            *_GAN_MODEL,
            *under(
                DRAWN,
                value("--seed", "N", "the same seed gives the same store", int, 0),
            ),
            *under(
                FILES,
                value("-o --output", "STORE2", "folder of the new store", required=True).also(
                    "--out"
                ),
                value("-n --count", "N", "tunes to add", int, 500),
                flag("--overwrite", "replace a store that exists"),
            ),
        ),
        examples=("symgen gan augment store -n 100 -o store2",),
    ),
    Command(
        "evaluate",
        "gan:evaluate",
        "measure bars of a GAN against real bars that were held out",
        (
            place("store", "STORE", "the corpus whose held-out tunes are the real ones"),
            _GAN_BARS,
            *_GAN_MODEL,
            *under(
                "what is compared",
                value("-n --count", "N", "tunes to write", int, 300),
                value("--split", "NAME", "train, valid or test", str, "test"),
                value("--seed", "N", "the same seed gives the same table", int, 0),
                value(
                    "--language-model",
                    "NAME|PATH",
                    "ask this language model how likely it finds both",
                ),
            ),
            *under(
                FILES,
                value(
                    "-o --output", "FOLDER", "write the table and the distributions here too"
                ).also("--out"),
                flag("--json", "print one JSON object instead of Markdown"),
            ),
            OVERWRITE,
        ),
        examples=("symgen gan evaluate store -n 50 --split test",),
    ),
)
