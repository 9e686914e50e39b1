"""Names of all feature columns: one table for training and sampling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from symgen.music.harmony import PLAN_QUALITIES
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, Vocabulary

__all__ = [
    "FORM_LAGS",
    "GROUPS",
    "MAX_BARS_LEFT",
    "MOST_VOICES",
    "MOVES",
    "PLACES",
    "SIZE",
    "SLOTS",
    "SUFFIXES",
    "WINDOW",
    "Layout",
    "layout",
]

SUFFIXES = (8, 4, 2)
"""Notes whose last earlier match is a candidate."""
PLACES = (1, 2, 4, 8)
"""Bars back whose same place is a candidate."""
SLOTS = len(SUFFIXES) + len(PLACES) + 1
"""Candidates: these, and the bar that the form event names."""
FORM_LAGS = (4, 8, 16)
"""Bars back from the next bar whose form, and whose last pitch, are known: whether to close as they did."""
WINDOW = 16
"""How many past notes are asked whether they still sound; where several parts are followed, all are."""
MAX_BARS_LEFT = 40
"""More bars to come are not told apart."""
MOST_VOICES = 8
"""Parts that can be followed one by one."""
SIZE = 8
"""Chords are counted up to so many notes."""
# Classes of a pitch, a set of pitch classes, a program, a family: 0 is none; drums come last.
_PITCHED, _SET, _PROGRAMS, _FAMILIES = 129, 1 << 12, 130, 18
GROUPS = (
    "context",
    "time_candidates",
    "onset",
    "part_candidates",
    "pitch_candidates",
    "duration_candidates",
    "state",
    "chord",
    "voice",
    "plan",
    "at_plan",
    "moved_candidates",
)
MOVES = ("led", "moved", "fitted")
"""How a candidate of an earlier bar comes to another pitch: by the same steps from the part's last note as there,
as the root has moved since, or to the nearest tone of the chord."""


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
    # Columns of a network that is told a plan of chords, else none: of the step of the last event and
    # the bar that opens next, of the step of the event itself, and pitches of earlier bars, moved.
    plan: tuple[str, ...]
    at_plan: tuple[str, ...]
    moved_candidates: tuple[str, ...]
    # Classes of each column.
    sizes: dict[str, int]
    # Columns that hold a pitch plus 1 (0: none) and move when the piece is transposed.
    pitched: frozenset[str]
    # Columns that hold a set of pitch classes as 12 bits, lowest for C; they turn when the piece
    # is transposed.
    sets: frozenset[str]

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Columns by group, in the order of the feature array."""
        return {name: getattr(self, name) for name in GROUPS}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All columns in the order of the feature array."""
        return tuple(name for group in self.groups.values() for name in group)

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each group lies in the feature array."""
        found, start = {}, 0
        for group, names in self.groups.items():
            found[group] = slice(start, start + len(names))
            start += len(names)
        return found


@lru_cache(maxsize=32)
def layout(vocabulary: Vocabulary, voices: int = 0, *, plans: bool = False) -> Layout:
    """Return the columns for a vocabulary and so many parts that are followed one by one, 0 for melodies."""
    steps, forms = vocabulary.longest + 1, vocabulary.sizes[FORM] + 1
    context = {"position": steps, "phase": steps, "left": steps, "hold": steps}
    context |= {"bar": 9, "phrase": 9, "bars_left": MAX_BARS_LEFT + 2}
    context |= {"last": _PITCHED, "form": forms}
    context |= {f"form{lag}": forms for lag in FORM_LAGS}
    context |= {f"close{lag}": _PITCHED for lag in FORM_LAGS}
    context |= {"goal": _PITCHED, "goal_source": _PITCHED}
    onset = {"onset_position": steps, "onset_phase": steps, "onset_left": steps}
    onset |= {"sounding": WINDOW + 1, "low": _PITCHED, "high": _PITCHED, "velocity": 129}
    state, chord, voice = _voice_columns(vocabulary, voices) if voices else ({}, {}, {})
    # A candidate is a class of its field plus 1; a duration also says whether its note is the same.
    classes = {
        "time": vocabulary.sizes[TIME] + 1,
        "part": vocabulary.sizes[PART] + 1,
        "pitch": vocabulary.sizes[PITCH] + 1,
        "duration": 2 * vocabulary.sizes[DURATION] + 1,
    }
    slots = [f"after{n}" for n in SUFFIXES] + [f"back{n}" for n in PLACES] + ["form"]
    candidates = {kind: tuple(f"{kind}_{slot}" for slot in slots) for kind in classes}
    sizes = context | onset
    for kind, names in candidates.items():
        sizes |= dict.fromkeys(names, classes[kind])
    sizes |= state | chord | voice
    plan, at_plan, moved = _plan_columns(vocabulary) if plans else ({}, {}, {})
    sizes |= plan | at_plan | moved
    pitched = {name for name, size in sizes.items() if size == _PITCHED} - {"velocity"}
    return Layout(
        context=tuple(context),
        time_candidates=candidates["time"],
        onset=tuple(onset),
        part_candidates=candidates["part"],
        pitch_candidates=candidates["pitch"],
        duration_candidates=candidates["duration"],
        state=tuple(state),
        chord=tuple(chord),
        voice=tuple(voice),
        plan=tuple(plan),
        at_plan=tuple(at_plan),
        moved_candidates=tuple(moved),
        sizes=sizes,
        pitched=frozenset(pitched),
        sets=frozenset(name for name, size in sizes.items() if size == _SET),
    )


def _voice_columns(
    vocabulary: Vocabulary, voices: int
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return the columns known before an event, once its time is known, once its part is known."""
    steps, mask, pitch = vocabulary.longest + 1, 1 << voices, _PITCHED
    state = {"sounds": mask, "stops": mask, "struck": mask, "release": steps}
    state |= {"bass": pitch, "top": pitch, "classes": _SET}
    state |= {f"voice{i}": pitch for i in range(voices)}
    chord = {"at_sounds": mask, "at_stops": mask, "at_struck": mask}
    chord |= {"at_last": vocabulary.sizes[PART] + 1}
    chord |= {"at_release": steps, "at_hold": steps, "at_classes": _SET}
    chord |= {f"{name}{i}": steps for name in ("until", "since") for i in range(voices)}
    chord |= {f"before{i}": pitch for i in range(voices)}
    voice = {"own": pitch, "own_before": pitch, "own_duration": steps}
    voice |= {"own_since": steps, "own_hold": steps}
    voice |= {"chord_low": pitch, "chord_size": SIZE + 1}
    voice |= {"was_low": pitch, "was_high": pitch, "was_size": SIZE + 1}
    voice |= {"above": pitch, "below": pitch, "program": _PROGRAMS, "family": _FAMILIES}
    return state, chord, voice


def _plan_columns(vocabulary: Vocabulary) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return the columns of a plan before an event and once its time is known, and the moved candidates."""
    # A quality stands right behind its root: see `symgen.nets.columns`.
    steps, pitch, quality = vocabulary.longest + 1, _PITCHED, len(PLAN_QUALITIES) + 1
    here = {"root": pitch, "quality": quality, "planned_bass": pitch, "chord_left": steps}
    here |= {"next_root": pitch, "next_quality": quality, "next_bass": pitch}
    here |= {"chord_classes": _SET, "next_classes": _SET}
    bar = {"open_root": pitch, "open_quality": quality}
    bar |= {"close_root": pitch, "close_quality": quality, "close_bass": pitch}
    bar |= {f"same{lag}": 3 for lag in vocabulary.lags}
    at = {f"at_{name}": size for name, size in here.items()}
    slots = (*(f"back{n}" for n in PLACES), "form")
    moved = {
        f"pitch_{kind}_{slot}": vocabulary.sizes[PITCH] + 1 for slot in slots for kind in MOVES
    }
    return here | bar, at, moved
