"""Names of all feature columns: one table for training and sampling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, Vocabulary

__all__ = [
    "FORM_LAGS",
    "MAX_BARS_LEFT",
    "MOST_VOICES",
    "PLACES",
    "SIZE",
    "SLOTS",
    "SUFFIXES",
    "WINDOW",
    "Layout",
    "layout",
]

SUFFIXES = (8, 4, 2)
PLACES = (1, 2, 4, 8)
SLOTS = len(SUFFIXES) + len(PLACES) + 1
FORM_LAGS = (4, 8, 16)
"""Bars back from the next bar whose form, and whose last pitch, are known: whether to close as they did."""
WINDOW = 16
"""How many past notes are asked whether they still sound; where several parts are followed, all are."""
MAX_BARS_LEFT = 40
MOST_VOICES = 8
"""Parts that can be followed one by one."""
SIZE = 8
"""Chords are counted up to so many notes."""
_PROGRAMS = 130
_FAMILIES = 18


@dataclass(frozen=True)
class Layout:
    """Names and number of classes of all columns."""

    # Column names of each group.
    context: tuple[str, ...]
    time_candidates: tuple[str, ...]
    onset: tuple[str, ...]
    part_candidates: tuple[str, ...]
    pitch_candidates: tuple[str, ...]
    duration_candidates: tuple[str, ...]
    # Columns of pieces with several parts or chords, else none: known before an event, once its
    # time is known, once its part is known.
    state: tuple[str, ...]
    chord: tuple[str, ...]
    voice: tuple[str, ...]
    # Classes of each column.
    sizes: dict[str, int]
    # Columns that hold a pitch plus 1 (0: none) and move when the piece is transposed.
    pitched: frozenset[str]
    # Columns that hold a set of pitch classes as 12 bits, lowest for C; they turn when the piece
    # is transposed.
    sets: frozenset[str]

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Columns by group, in the order of the feature array."""
        names = (
            "context",
            "time_candidates",
            "onset",
            "part_candidates",
            "pitch_candidates",
            "duration_candidates",
        )
        return {name: getattr(self, name) for name in (*names, "state", "chord", "voice")}

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in the order of the feature array."""
        return tuple(name for group in self.groups.values() for name in group)

    @property
    def slices(self) -> dict[str, slice]:
        """Where each group lies in the feature array."""
        found, start = {}, 0
        for group, names in self.groups.items():
            found[group] = slice(start, start + len(names))
            start += len(names)
        return found


@lru_cache(maxsize=32)
def layout(vocabulary: Vocabulary, voices: int = 0) -> Layout:
    """Return the columns for a vocabulary.

    `voices`: parts that are followed one by one, 0..8; 0 for melodies.
    """
    steps, forms = vocabulary.longest + 1, vocabulary.sizes[FORM] + 1
    slots = [f"after{n}" for n in SUFFIXES] + [f"back{n}" for n in PLACES] + ["form"]
    context = {
        "position": steps,
        "phase": steps,
        "left": steps,
        "hold": steps,
        "bar": 9,
        "phrase": 9,
    }
    context |= {"bars_left": MAX_BARS_LEFT + 2, "last": 129, "form": forms} | {
        f"form{lag}": forms for lag in FORM_LAGS
    }
    context |= {f"close{lag}": 129 for lag in FORM_LAGS} | {"goal": 129, "goal_source": 129}
    onset = {
        "onset_position": steps,
        "onset_phase": steps,
        "onset_left": steps,
        "sounding": WINDOW + 1,
    }
    onset |= {"low": 129, "high": 129, "velocity": 129}
    names = {
        kind: tuple(f"{kind}_{slot}" for slot in slots)
        for kind in ("time", "part", "pitch", "duration")
    }
    classes = {
        "time": vocabulary.sizes[TIME] + 1,
        "part": vocabulary.sizes[PART] + 1,
        "pitch": vocabulary.sizes[PITCH] + 1,
        "duration": 2 * vocabulary.sizes[DURATION] + 1,
    }
    state, chord, voice = _voice_columns(vocabulary, voices) if voices else ({}, {}, {})
    sizes = (
        context | onset | {name: classes[kind] for kind, group in names.items() for name in group}
    )
    sizes |= state | chord | voice
    sets = frozenset(name for name, size in sizes.items() if size == 1 << 12)
    return Layout(
        tuple(context),
        names["time"],
        tuple(onset),
        names["part"],
        names["pitch"],
        names["duration"],
        tuple(state),
        tuple(chord),
        tuple(voice),
        sizes,
        frozenset(name for name, size in sizes.items() if size == 129 and name != "velocity"),
        sets,
    )


def _voice_columns(
    vocabulary: Vocabulary, voices: int
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    steps, mask, pitch = vocabulary.longest + 1, 1 << voices, 129
    state = {
        "sounds": mask,
        "stops": mask,
        "struck": mask,
        "release": steps,
        "bass": pitch,
        "top": pitch,
    }
    state |= {"classes": 1 << 12} | {f"voice{i}": pitch for i in range(voices)}
    chord = {
        "at_sounds": mask,
        "at_stops": mask,
        "at_struck": mask,
        "at_last": vocabulary.sizes[PART] + 1,
    }
    chord |= {"at_release": steps, "at_hold": steps, "at_classes": 1 << 12}
    chord |= {f"{name}{i}": steps for name in ("until", "since") for i in range(voices)}
    chord |= {f"before{i}": pitch for i in range(voices)}
    voice = {
        "own": pitch,
        "own_before": pitch,
        "own_duration": steps,
        "own_since": steps,
        "own_hold": steps,
    }
    voice |= {
        "chord_low": pitch,
        "chord_size": SIZE + 1,
        "was_low": pitch,
        "was_high": pitch,
        "was_size": SIZE + 1,
    }
    voice |= {"above": pitch, "below": pitch, "program": _PROGRAMS, "family": _FAMILIES}
    return state, chord, voice
