"""How well the pitched player foretells velocities of songs that it has not learned from.

    python -m lab played-songs POP909.ZIP [--split test] [--player NAME]

Songs of POP909 split by the hash of their number (`lab.performer.songs.split_of`). Means over songs: Pearson's r; R2 of
deviations from the song's mean, with nothing fitted to the song; R2 where its level is not given either; R2 with the
scale fitted to the song, which is r squared. Beside the player: one velocity; the accents on beats of what was not
taught any; linear regression and boosted trees on the same features. Then what is drawn beside what was played.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.performer.figures import USUAL_SPREAD, follow_on
from lab.performer.songs import Song, read_songs
from symgen.music.score import Part
from symgen.performer.features import note_features, score_notes
from symgen.performer.inference import InferencePlayer, find_player
from symgen.performer.judging import foretelling, mean_figures
from symgen.performer.lessons import LEAST_SPREAD, with_plain_ends
from symgen.performer.manners import manner_of
from symgen.performer.pitched import play_pitched
from symgen.performer.played import PlayedNotes, as_one_part
from symgen.sampling.expression import Accents

__all__ = ["main"]

Floats = NDArray[np.float64]
Foretell = Callable[[PlayedNotes], Floats]

# Of the notes of training songs each so many-th teaches lines and trees.
_EACH = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", metavar="POP909.ZIP", type=Path, help="the data set")
    parser.add_argument("--split", choices=("valid", "test"), default="test")
    parser.add_argument("--player", default="player", metavar="NAME", help="name or folder")
    options = parser.parse_args(arguments)
    songs = list(read_songs(options.songs))
    player = find_player(options.player)
    train = [song for song in songs if song.split == "train"]
    heard = [song.played for song in songs if song.split == options.split]
    level = float(np.mean([song.played.velocity.mean() for song in train]))
    ways: dict[str, Foretell] = {
        "one velocity": lambda played: np.full(len(played.velocity), level),
        "accents on beats": _accents,
        **_learned(train, level),
        "player": foretelling(player, USUAL_SPREAD, level),
    }
    rows = [[name, *mean_figures(heard, foretell)] for name, foretell in ways.items()]
    changes: dict[str, Callable[[PlayedNotes], PlayedNotes]] = {
        "player, ends as written": with_plain_ends,
        "player, all in one part": as_one_part,
        "player, both": lambda played: with_plain_ends(as_one_part(played)),
    }
    for name, change in changes.items():
        changed = [change(played) for played in heard]
        rows.append([name, *mean_figures(changed, ways["player"])])
    head = [f"{len(heard)} {options.split} songs", "r", "R2", "level not given", "scale fitted"]
    print_table(head, rows)
    _print_drawn(heard, player)
    return 0


def _accents(played: PlayedNotes) -> Floats:
    score, accents = played.score, Accents()
    parts = tuple(accents.on(part, score.bars, score.resolution) for part in score.parts)
    return replace(score, parts=parts).note_array()[:, 3].astype(np.float64)


def _features(played: PlayedNotes) -> NDArray[np.float32]:
    return note_features(score_notes(played.score, played.rows))


def _learned(train: Sequence[Song], level: float) -> dict[str, Foretell]:
    """Fit lines and trees on the training songs."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge

    given = np.concatenate([_features(song.played)[::_EACH] for song in train])
    played = np.concatenate([_deviations(song.played.velocity)[::_EACH] for song in train])
    found: dict[str, Foretell] = {}
    trees = HistGradientBoostingRegressor(max_iter=200, learning_rate=0.1, random_state=0)
    for name, model in {"linear regression": Ridge(10.0), "boosted trees": trees}.items():
        model.fit(given, played)

        def foretell(song: PlayedNotes, fitted: Foretell = model.predict) -> Floats:
            return level + USUAL_SPREAD * fitted(_features(song))  # type: ignore[arg-type]

        found[name] = foretell
    return found


def _deviations(velocity: Floats) -> Floats:
    found: Floats = (velocity - velocity.mean()) / max(LEAST_SPREAD, float(velocity.std()))
    return found


def _print_drawn(songs: Sequence[PlayedNotes], player: InferencePlayer) -> None:
    """Print how velocities spread and follow each other, as they were played and as they are drawn."""
    rows: dict[str, list[tuple[float, ...]]] = {"played": [], "drawn": []}
    for number, played in enumerate(songs):
        flat = replace(played.score, parts=tuple(map(_at_80, played.score.parts)))
        rng = np.random.default_rng(number)
        manner = manner_of(flat, "piano")
        drawn = play_pitched(flat, played.rows, manner, rng, player).velocity
        part = played.score.note_array()[:, 4]
        said, _ = player.judge(score_notes(played.score, played.rows))
        for name, velocity in (("played", played.velocity), ("drawn", drawn)):
            own = _by_part(velocity, part)
            foretold = _by_part(said[:, 0], part)
            slope = float(own @ foretold) / max(1e-9, float(foretold @ foretold))
            left = own - slope * foretold
            rows[name].append((float(own.std()), follow_on(own, part), follow_on(left, part)))
    head = ["velocities of parts", "deviation", "one to the next", "the same of what strays"]
    print_table(head, [[name, *np.mean(row, axis=0).tolist()] for name, row in rows.items()])


def _at_80(part: Part) -> Part:
    table = part.note_array()
    table[:, 3] = 80
    return Part.from_array(table, part.program, part.is_drum, part.name)


def _by_part(values: Floats, part: NDArray[np.int64]) -> Floats:
    """Return values less the mean of their part."""
    count = np.maximum(np.bincount(part), 1)
    found: Floats = values - (np.bincount(part, values) / count)[part]
    return found
