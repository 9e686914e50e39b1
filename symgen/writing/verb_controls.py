"""The verbs that programs offer: what each asks a model for, what it needs, and which controls go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgen.music.control_table import CONTROLS

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True)
class Verb:
    """One verb.

    Attributes
    ----------
    title : str
        What its button says.
    help : str
        What a musician may expect of it.
    basic : tuple of str
        The controls that are shown first.
    controls : tuple of str
        The fields of `Controls` that it takes.
    own : tuple of str
        What else it takes; see `symgen.writing.verb_schemas`.
    needs_bars, needs_tune : bool
        Whether bars are to be marked, and whether the piece must hold notes.
    required : tuple of str
        What has to be given.
    """

    title: str
    help: str
    basic: tuple[str, ...]
    controls: tuple[str, ...]
    own: tuple[str, ...] = ()
    needs_bars: bool = False
    needs_tune: bool = True
    required: tuple[str, ...] = ()


def _controls(*jobs: str) -> tuple[str, ...]:
    return tuple(name for name, row in CONTROLS.items() if row.jobs in jobs)


VERBS: Mapping[str, Verb] = {
    "infill": Verb(
        "Write",
        "Writes the marked bars anew, so that they go on from what stands before and lead to what "
        "follows. Locked notes, other bars and parts that are not marked stay note for note. In a "
        "piece without notes it writes a melody into the marked bars.",
        basic=("variation", "temperature", "range", "key"),
        controls=(*_controls("all"), "variation"),
        own=("particles",),
        needs_bars=True,
        needs_tune=False,
    ),
    "generate": Verb(
        "New piece",
        "Writes a whole piece in the place of this one: with its number of bars, its meter, key and "
        "tempo unless you ask for others. A melody, an ensemble, or a song with a band, by style "
        "and instruments.",
        basic=("style", "key", "bars", "instruments"),
        controls=_controls("all", "pieces"),
        own=("candidates", "parts", "intro"),
        needs_tune=False,
    ),
    "continue": Verb(
        "Continue",
        "Writes new bars behind the last note, or behind the marked bars. New bars take the place of "
        "those that stand there; all others stay note for note.",
        basic=("bars", "temperature", "variation", "end"),
        controls=tuple(CONTROLS),
        own=("candidates",),
    ),
    "vary": Verb(
        "Vary",
        "Changes some notes, off the beat first, and keeps the form: bars that were the same stay "
        "the same. With marked bars only those change. Locked notes stay.",
        basic=("amount", "temperature"),
        controls=_controls("all"),
        own=("amount", "particles"),
    ),
    "harmonize": Verb(
        "Harmonize",
        "Adds three voices to a melody or a bass, as in a chorale, or an accompaniment for piano, "
        "guitar, pad or strings. All that is there stays. It takes the part with the melody, or the "
        "one that is marked, from the first bar to the last.",
        basic=("style", "voice", "temperature"),
        controls=(*_controls("all"), "instrument", "end"),
        own=("style", "voice", "particles"),
    ),
    "accompany": Verb(
        "Add a band",
        "Adds chords, bass and drums in a style, beneath the whole piece. All that is there stays. "
        "It takes the part with the melody, or the one that is marked.",
        basic=("style", "parts", "chords"),
        controls=("key", "chords"),
        own=("style", "parts", "intro", "ending", "drums", "loosen"),
        required=("style",),
    ),
    "drums": Verb(
        "Add drums",
        "Adds a part for drums in a style, in the marked bars or all of them, at the piece's tempo "
        "and meter. All that is there stays.",
        basic=("style", "fills", "end"),
        controls=("temperature",),
        own=("style", "fills", "end", "loose"),
        needs_tune=False,
    ),
}
