"""A melody on equal steps, bar by bar: at each step a pitch begins, the last one is held, or nothing sounds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.tokens.codec import encode, whole_notes
from symgen.tokens.events import Events, Header
from symgen.tokens.vocabulary import Vocabulary

__all__ = [
    "GRIDS",
    "HOLD",
    "PITCHES",
    "REST",
    "STEP_METERS",
    "STEP_MODES",
    "SYMBOLS",
    "StepTune",
    "bar_notes",
    "from_steps",
    "mode_index",
    "to_steps",
]

PITCHES = 36
"""A tune may span three octaves, from an octave below a tonic upwards: these are the symbols 0..35."""
HOLD, REST, SYMBOLS = PITCHES, PITCHES + 1, PITCHES + 2
GRIDS = (4, 12)
"""Steps a quarter: sixteenths, or twelfths that hold triplets too."""
STEP_METERS = ("4/4", "3/4", "6/8")
STEP_MODES = ("major", "minor", "dorian", "mixolydian")

_AS = {"2/2": "4/4"}
_NEAREST = {"lydian": "major", "phrygian": "minor", "locrian": "minor", "harmonic minor": "minor",
            "melodic minor": "minor", "major pentatonic": "major", "minor pentatonic": "minor", "blues": "minor",
            "whole tone": "major", "octatonic": "minor"}  # fmt: skip


Symbols = NDArray[np.uint8]


@dataclass(frozen=True)
class StepTune:
    """A melody on steps."""

    # shape (bars, steps); Symbols: ``0..35`` begin a pitch so many semitones above `base`, `HOLD`
    # and `REST`. A pickup is left out
    bars: Symbols = field(repr=False)
    meter: str  # one of `STEP_METERS`; 2/2 is read as 4/4, whose bar is as long
    key: Key
    base: int  # MIDI number of the pitch 0: an octave below a tonic
    grid: int = 4  # steps a quarter, one of `GRIDS`
    # What the tune is called, and the work whose versions lie in one part of a corpus
    title: str = ""
    group: str = ""

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def steps(self) -> int:
        """Steps a bar."""
        return int(self.bars.shape[1])


def mode_index(key: Key) -> int:
    """Return the place of a key's mode in `STEP_MODES`; modes that are not there count as their nearest."""
    return STEP_MODES.index(_NEAREST.get(key.mode, key.mode))


def to_steps(
    music: Score | Events, key: Key, *, grid: int = 4, vocabulary: Vocabulary | None = None
) -> StepTune:
    """Put a melody on steps."""
    # `key`: its tonic is where the pitches are counted from; `grid`: steps a quarter.
    if grid not in GRIDS:
        raise ControlError(f"grid {grid}: use {' or '.join(map(str, GRIDS))} steps a quarter")
    vocabulary = vocabulary or Vocabulary()
    events = encode(music, vocabulary)[0] if isinstance(music, Score) else music
    meter = _meter_of(events.header)
    onset, _, pitch, length, _ = whole_notes(events, vocabulary).T
    factor = vocabulary.grid // grid
    starts = events.header.bar_starts[int(events.header.pickup) :]
    times = np.concatenate([onset, length, starts])
    if (times % factor).any():
        raise FormatError(
            f"has notes between the {grid} steps of a quarter; quantize it, or use another grid"
        )
    steps = int(Meter.parse(meter).quarters * grid)
    lengths = np.diff(starts) // factor
    if not len(lengths) or (lengths[:-1] != steps).any() or lengths[-1] > steps:
        raise FormatError(f"has no full bars of {meter}")
    base = _base(pitch, key)
    rows = np.stack([(onset - starts[0]) // factor, length // factor, pitch - base], axis=1)
    bars = _lay(rows, len(lengths) * steps).reshape(len(lengths), steps)
    return StepTune(bars, meter, key, base, grid)


def _meter_of(header: Header) -> str:
    """Return the one meter of a melody, or refuse it."""
    meters = {str(meter) for meter in header.bar_meters[int(header.pickup) :]}
    name = str(header.meter)
    meter = _AS.get(name, name)
    if len(meters) != 1 or meter not in STEP_METERS:
        found = ", ".join(sorted(meters)) or name
        raise FormatError(f"is in {found}; only tunes in one of {', '.join(STEP_METERS)} fit")
    if len(header.programs) != 1 or header.drums[0]:
        raise FormatError(f"has {len(header.programs)} parts; keep the melody alone, with --part")
    return meter


def _base(pitches: NDArray[np.int64], key: Key) -> int:
    """Return an octave below the tonic that lies best below the melody."""
    low, high = int(pitches.min()), int(pitches.max())
    bases = range(key.tonic, 129 - PITCHES, 12)
    fitting = [base for base in bases if base <= low and high < base + PITCHES]
    if not fitting:
        where = f"lies at {low}..{high}"
        need = f"the pitches must fit into {PITCHES} semitones from a {key} tonic upwards"
        raise FormatError(f"{where}: {need}; choose fewer bars, or transpose it")
    middle = float(np.median(pitches))
    # Half way up the three octaves lies best.
    return min(fitting, key=lambda base: abs(middle - base - 19))


def _lay(rows: NDArray[np.int64], total: int) -> Symbols:
    """Lay notes, rows of onset, length and pitch, on steps."""
    symbols = np.full(total, REST, dtype=np.uint8)
    for begin, count, pitch in rows.tolist():
        if begin < 0:  # in the pickup
            continue
        if symbols[begin] != REST:
            raise FormatError("sounds several notes at once; keep the melody alone, with --part")
        symbols[begin + 1 : begin + count] = HOLD
        symbols[begin] = pitch
    return symbols


def bar_notes(symbols: Symbols) -> NDArray[np.int64]:
    """Read notes off a row of symbols; one that is held with nothing before it is silence."""
    # `symbols` has shape (steps,); returns shape (notes, 3), rows of onset and duration in steps,
    # and pitch 0..35.
    onset = np.flatnonzero(symbols < PITCHES)
    stops = np.append(np.flatnonzero(symbols != HOLD), len(symbols))
    end = stops[np.searchsorted(stops, onset, side="right")]
    return np.stack([onset, end - onset, symbols[onset].astype(np.int64)], axis=1)


def from_steps(
    tune: StepTune, *, tempo: float = 120.0, program: int = 0, velocity: int = 80
) -> Score:
    """Turn steps back into a score: exact for whatever `to_steps` made."""
    # `program`, `velocity`: general MIDI program, and loudness of every note.
    ticks = 480 // tune.grid
    notes = []
    for onset, duration, pitch in bar_notes(tune.bars.reshape(-1)).tolist():
        notes.append(Note(onset * ticks, tune.base + pitch, duration * ticks, velocity))
    return Score(
        (Part(tuple(notes), program),),
        480,
        tempos=(TempoChange.of_bpm(0, tempo),),
        meters=(MeterChange(0, Meter.parse(tune.meter)),),
        keys=(KeyChange(0, tune.key.sharps, tune.key.minor),),
        length=tune.bars.size * ticks,
        title=tune.title,
    )
