"""Perform a score: the one door of this room."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real

from symgen.music.actions import check_score
from symgen.music.score import Score
from symgen.performer.controllers import moves_since, with_pedals
from symgen.performer.interpretation import as_written
from symgen.performer.interpreting import interpret
from symgen.performer.keeping import keep_score, kept_score, midi_score
from symgen.performer.laying import laid_over
from symgen.performer.own_manner import left_alone
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.system.threads import one_thread
from symgen.system.words import check_whole

__all__ = ["MODERATE", "check_feel", "perform", "written"]

MODERATE = 0.7
"""How strongly sound is performed where nothing else is asked for."""


def check_feel(feel: float) -> float:
    """Return a strength of 0..1; anything else is a ControlError."""
    if isinstance(feel, bool) or not isinstance(feel, Real) or not 0 <= feel <= 1:
        raise ControlError(f"feel {feel!r:.40}: use 0 (as written) to 1 (as people play)")
    return float(feel)


def perform(
    score: Score,
    *,
    feel: float = MODERATE,
    style: str | None = None,
    seed: int = 0,
    since: int = 0,
    model: PathLike | None = None,
    in_time: bool = False,
) -> Score:
    """Play a score as people play: loudness, timing, articulation, tempo and pedal.

    What a score was played with already is left alone: velocities, times off the grid, a tempo curve or a pedal of its
    own. The MIDI file of the performance holds the score, so performing it again begins from what is written.

    Parameters
    ----------
    score : Score
        The piece, or a performance that was made of it.
    feel : float
        0 (as written, byte for byte) to 1 (as strongly as people play).
    style : str, optional
        One of `symgen.performer.manners.manner_names`; without it the instruments tell.
    seed : int
        The same number gives the same performance.
    since : int
        Tick; what begins before it stays as it is.
    model : path, optional
        Folder of a player that `symgen train-performer` taught, in place of the one that comes along.
    in_time : bool
        Whether the tempo stays as it is written, as loops want it, but for milliseconds at bar lines.

    Returns
    -------
    Score
        The same notes in the same order and bars, of the same length in ticks and seconds.

    Raises
    ------
    ControlError
        If `feel` is out of range, or `style` is not known.
    CheckpointError
        If `model` is no player.
    """
    check_score(score)
    check_whole("seed", seed)
    check_whole("since", since)
    plain = written(score)
    if not check_feel(feel) or not plain.note_count:
        return plain
    base = midi_score(plain)
    with one_thread():
        played = left_alone(base, interpret(base, style, seed, model))
    if in_time:
        played = replace(played, clock=as_written(base).clock)
    laid = laid_over(base, played, feel, since=since)
    laid = with_pedals(laid, [moves_since(pedal, since) for pedal in played.pedals])
    return keep_score(laid, plain)


def written(score: Score) -> Score:
    """Return the score that a performance was made of; any other score comes back as it is."""
    found = kept_score(score)
    return score if found is None else found
