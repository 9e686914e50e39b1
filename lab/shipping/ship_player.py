"""Train the pitched player on how POP909 was played and put it into models/player.

    python -m lab ship-player POP909.ZIP [--minutes N] [--members N] [-o FOLDER]

Only the training songs (`lab.performer.songs.split_of`) are learned from, and only how their notes were played: their
velocities. The minutes are CPU time of one thread.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from lab.commands import command_parser
from lab.modules import ROOT
from lab.performer.figures import measure_player
from lab.performer.songs import Song, read_songs
from symgen.nets.stored import StoredModel
from symgen.performer.checkpoint import PlayerConfig, save_player
from symgen.performer.fitting import FitOptions, fit_player
from symgen.performer.inference import InferencePlayer
from symgen.performer.lessons import Lesson, lesson_of, with_plain_ends
from symgen.performer.played import as_one_part

__all__ = ["lessons_of", "main"]

_ASPECTS = ("velocity",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and print where the weights lie."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", metavar="POP909.ZIP", type=Path, help="the data set")
    parser.add_argument("--minutes", type=float, default=7.0, metavar="N", help="CPU time (7)")
    text = "networks that are averaged (1)"
    parser.add_argument("--members", type=int, default=1, metavar="N", help=text)
    parser.add_argument("--hidden", type=int, default=64, metavar="N", help="width (64)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order")
    text = "folder of the player (models/player)"
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    songs = list(read_songs(options.songs))
    learned = [song for song in songs if song.split == "train"]
    lessons = [lesson for song in learned for lesson in lessons_of(song)]
    config = PlayerConfig(hidden=options.hidden, aspects=_ASPECTS, members=options.members)
    fit = FitOptions(minutes=options.minutes, seed=options.seed)

    def tell(done: float, loss: float) -> None:
        print(f"{done:.0%}: loss {loss:.3f}", file=sys.stderr, flush=True)

    model = fit_player(lessons, config, fit, tell)
    player = InferencePlayer(config, model.weights)
    valid = [song for song in songs if song.split == "valid"]
    figures = measure_player(player, valid)
    notes = sum(len(song.played.velocity) for song in learned)
    info = {
        **model.info,
        "name": "player",
        "licence": "MIT",
        "corpus": {"pieces": len(learned), "notes": notes, "sources": [_source(learned)]},
        "metrics": {f"valid_{name}": round(value, 3) for name, value in figures.items()},
    }
    folder = options.output or ROOT / "models" / "player"
    path = save_player(StoredModel(config, model.weights, info), folder)
    print(f"{path}: {path.stat().st_size:,} bytes, {info['metrics']}")
    return 0


def lessons_of(song: Song) -> Iterator[Lesson]:
    """Yield a song as it is, as one player's part, and both as a writer has them."""
    one = as_one_part(song.played)
    for played in (song.played, one):
        yield lesson_of(played, _ASPECTS)
        yield lesson_of(with_plain_ends(played), _ASPECTS)


def _source(songs: Sequence[Song]) -> dict[str, object]:
    return {"name": "pop909", "pieces": len(songs), "licence": "MIT, its velocities alone"}


if __name__ == "__main__":
    raise SystemExit(main())
