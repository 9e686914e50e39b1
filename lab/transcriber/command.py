"""Train the transcriber on clips made of a store and soundfonts.

    python -m lab train-transcriber STORE -o RUN --soundfont FILE --val-soundfont FILE

The clips are made by `lab.renditions`; they need 190 MB an hour in the folder of the run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from lab.commands import command_parser
from lab.transcriber.fitting import TranscriberOptions
from lab.transcriber.trainer import ClipPlan, train_transcriber
from symgen.cli.signals import stop_signals
from symgen.corpus import Store
from symgen.training import Callbacks, TrainProgress

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Train, and print the folder of the run."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", metavar="STORE", help="the tunes that the clips play")
    parser.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    text = "SF2 or SF3 font; may be repeated"
    parser.add_argument("--soundfont", action="append", default=[], metavar="FILE", help=text)
    text = "font for validation, not among these"
    parser.add_argument("--val-soundfont", required=True, metavar="FILE", help=text)
    text = "length of the clips (default 5)"
    parser.add_argument("--hours", type=float, default=5.0, metavar="N", help=text)
    text = "time of training (default 40)"
    parser.add_argument("--minutes", type=float, default=40.0, metavar="N", help=text)
    text = "of clips, weights and order"
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=text)
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda", help="where to train")
    parser.add_argument("--resume", action="store_true", help="go on where the run stopped")
    parser.add_argument(
        "--overwrite", action="store_true", help="start anew over a run that exists"
    )
    options = parser.parse_args(arguments)
    plan = ClipPlan(options.soundfont, options.val_soundfont, options.hours, options.seed)
    how = TranscriberOptions(minutes=options.minutes, seed=options.seed, device=options.device)
    with stop_signals() as asked:
        result = train_transcriber(
            Store.open(options.store),
            options.output,
            plan=plan,
            options=how,
            resume=options.resume,
            overwrite=options.overwrite,
            callbacks=Callbacks(_report, asked.is_set, _note),
        )
    if result.stopped:
        print("stopped; go on with the same command and --resume", file=sys.stderr)
        return asked.status
    print(f"best: {_figures(result.metrics) or 'no figures'}", file=sys.stderr)
    print(result.folder)
    return 0


def _note(text: str) -> None:
    print(text, file=sys.stderr)


def _report(progress: TrainProgress) -> None:
    if progress.metrics:
        print(f"step {progress.step}: {_figures(progress.metrics)}", file=sys.stderr)


def _figures(row: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in row.items() if name.startswith("f1"))
