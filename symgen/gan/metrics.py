"""Measures of bars on steps: what two sets of melodies hold bar by bar, how they differ, and what was copied.

They are for generators that write bars of steps. The ideas of empty bars, used pitch classes and qualified notes are
those of MuseGAN (Dong et al. 2018, MuseGAN: multi-track sequential generative adversarial networks for symbolic music
generation and accompaniment); the definitions are our own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.distances import kl_bits
from symgen.evaluation.table import STEPS
from symgen.gan.steps import GRIDS, HOLD, PITCHES, REST, STEP_METERS, StepTune, bar_notes
from symgen.music.meter import Meter
from symgen.music.theory import MODES
from symgen.system.errors import ControlError

__all__ = ["BarSet", "StepBar", "compare_bars", "copied_bars", "measure_bars", "unique_share"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
StepBar = tuple[str, bytes]
"""Meter and symbols of a bar."""

_OCTAVE = 12
_LONGEST = 8 * STEPS
_FIGURES = ("empty", "pitch_classes", "notes", "eighths", "in_scale", "leaps")
_RAISED = {"minor": frozenset({11})}
_SILENCE = bytes([REST])


@dataclass(frozen=True)
class BarSet:
    """What was measured of a set of melodies."""

    # Figures without a bar, a note or an interval to count are 0.

    grid: int  # steps a quarter; 0 without tunes
    # Meter and symbols of each bar, in order. Pitches are relative to the tonic as in `StepTune`; a
    # note held over from the bar before is in it, as `HOLD`; a `HOLD` of nothing is written as
    # `REST`
    contents: tuple[StepBar, ...] = field(repr=False)
    empty: float  # share of bars in which nothing sounds: no note begins, and none is held over
    pitch_classes: float  # mean number of different pitch classes of the notes that begin in a bar
    notes: float  # mean number of notes that begin in a bar
    eighths: float  # share of notes that are at least an eighth long
    # Share of notes in the scale of the tune's key; in minor, the raised seventh too
    in_scale: float
    # Share of intervals between consecutive notes of a tune that are wider than an octave
    leaps: float
    pitch_class: Ints = field(repr=False)  # shape (12,); notes by pitch class above the tonic
    # shape (27,); intervals between consecutive notes of a tune, -12..12 semitones in bins 1..25;
    # wider ones in bins 0 and 26
    interval: Ints = field(repr=False)
    # shape (97,); notes by duration in twelfths of a quarter, 1..96, longer ones at the end
    duration: Ints = field(repr=False)
    # shape (twelfths of a bar,); by each of `STEP_METERS`, notes by place of their onset in the bar
    # in twelfths of a quarter
    place: dict[str, Ints] = field(repr=False)

    def __len__(self) -> int:
        return len(self.contents)

    @property
    def figures(self) -> dict[str, float]:
        """The shares and means by name."""
        return {name: float(getattr(self, name)) for name in _FIGURES}

    @property
    def histograms(self) -> dict[str, Ints]:
        """The histograms by name; that of places is one for all meters, which lie one after the other."""
        places = np.concatenate([self.place[meter] for meter in STEP_METERS])
        return {
            "pitch_class": self.pitch_class,
            "duration": self.duration,
            "place": places,
            "interval": self.interval,
        }


@dataclass(frozen=True)
class _Notes:
    """All notes of a set: tune and bar that each begins in, pitch above the tonic, duration and place in twelfths."""

    tune: Ints
    bar: Ints
    pitch: Ints
    duration: Ints
    place: Ints


def measure_bars(tunes: Sequence[StepTune]) -> BarSet:
    """Measure a set of melodies."""
    grid = _common_grid(tunes)
    contents, found = _read(tunes, grid)
    classes = found.pitch % _OCTAVE
    steps = np.diff(found.pitch)[np.diff(found.tune) == 0]
    wide = _OCTAVE + 1
    of_meter = np.array([STEP_METERS.index(meter) for meter, _ in contents], dtype=np.int64)[
        found.bar
    ]
    bars, notes = max(1, len(contents)), max(1, len(found.pitch))
    return BarSet(
        grid=grid,
        contents=contents,
        empty=sum(map(_silent, contents)) / bars,
        pitch_classes=len(np.unique(_OCTAVE * found.bar + classes)) / bars,
        notes=len(found.pitch) / bars,
        eighths=int((2 * found.duration >= STEPS).sum()) / notes,
        in_scale=int(_scales(tunes)[found.tune, classes].sum()) / notes,
        leaps=int((np.abs(steps) > _OCTAVE).sum()) / max(1, len(steps)),
        pitch_class=np.bincount(classes, minlength=_OCTAVE),
        interval=np.bincount(np.clip(steps, -wide, wide) + wide, minlength=2 * wide + 1),
        duration=np.bincount(np.minimum(found.duration, _LONGEST), minlength=_LONGEST + 1),
        place={
            meter: np.bincount(
                found.place[of_meter == number], minlength=int(Meter.parse(meter).quarters * STEPS)
            )
            for number, meter in enumerate(STEP_METERS)
        },
    )


def unique_share(bars: Sequence[StepBar], size: int) -> float:
    """Share of different bars among `size` bars."""
    # The share falls as more bars are looked at, so that only shares of one size can be compared.
    if size < 1:
        raise ControlError(f"unique bars in sets of {size}: use a size of 1 or more")
    if not bars:
        return 0.0
    size = min(size, len(bars))
    shares = [len(set(bars[i : i + size])) / size for i in range(0, len(bars) - size + 1, size)]
    return sum(shares) / len(shares)


def copied_bars(bars: Sequence[StepBar], training: Collection[StepBar]) -> float:
    """Share of bars that stand literally in the training set."""
    # Same meter, same symbols above the tonic.
    #
    # Empty bars count as bars, but not as copied.
    known = training if isinstance(training, set | frozenset) else set(training)
    return sum(bar in known and not _silent(bar) for bar in bars) / max(1, len(bars))


def compare_bars(
    generated: Sequence[StepTune], real: Sequence[StepTune], training: Sequence[StepTune] = ()
) -> dict[str, dict[str, float]]:
    """Compare generated melodies with real ones."""
    known, ours, theirs = measure_bars(training), measure_bars(generated), measure_bars(real)
    for name, found in (("generated", ours), ("real", theirs)):
        if not len(found):
            raise ControlError(f"the {name} set has no bars; give at least one tune with a bar")
    if len({found.grid for found in (ours, theirs, known) if found.grid}) > 1:
        raise ControlError(f"the sets have {ours.grid}, {theirs.grid} and {known.grid or 'no'} steps a quarter "
                           "(generated, real, training); put all tunes on one grid")  # fmt: skip
    real_figures, size = theirs.figures, min(len(ours), len(theirs))
    unique = {
        "real": unique_share(theirs.contents, size),
        "generated": unique_share(ours.contents, size),
    }
    table = {
        name: {
            "real": real_figures[name],
            "generated": value,
            "difference": value - real_figures[name],
        }
        for name, value in ours.figures.items()
    }
    table |= {
        f"kl_{name}": {"kl": kl_bits(theirs.histograms[name], ours.histograms[name])}
        for name in ours.histograms
    }
    table["unique_bars"] = {**unique, "ratio": unique["generated"] / unique["real"]}
    if len(known):
        copies = set(known.contents)
        table["copied_bars"] = {
            "real": copied_bars(theirs.contents, copies),
            "generated": copied_bars(ours.contents, copies),
        }
    return table


def _common_grid(tunes: Sequence[StepTune]) -> int:
    grids = sorted({tune.grid for tune in tunes})
    if len(grids) > 1:
        raise ControlError(
            f"tunes have {' and '.join(map(str, grids))} steps a quarter; put all of them on one grid"
        )
    if grids and grids[0] not in GRIDS:
        raise ControlError(f"grid {grids[0]}: use {' or '.join(map(str, GRIDS))} steps a quarter")
    if odd := sorted({tune.meter for tune in tunes} - set(STEP_METERS)):
        raise ControlError(f"meter {odd[0]}: use tunes in {', '.join(STEP_METERS)}")
    return grids[0] if grids else 0


def _read(tunes: Sequence[StepTune], grid: int) -> tuple[tuple[StepBar, ...], _Notes]:
    """Read bars and notes off all tunes at once; a rest before each tune keeps them apart."""
    rest = np.full(1, REST, dtype=np.uint8)
    flat = np.concatenate(
        [rest, *(part for tune in tunes for part in (tune.bars.reshape(-1), rest))]
    )
    steps = np.arange(len(flat))
    source = np.maximum.accumulate(np.where(flat == HOLD, 0, steps))
    flat = np.where(flat[source] < PITCHES, flat, REST).astype(np.uint8)
    counts = np.array([len(tune) for tune in tunes], dtype=np.int64)
    widths = np.repeat(np.array([tune.steps for tune in tunes], dtype=np.int64), counts)
    of_tune = np.repeat(np.arange(len(tunes)), counts)
    starts = np.cumsum(widths) - widths + of_tune + 1
    data = flat.tobytes()
    contents = tuple(
        (tunes[tune].meter, data[start : start + width])
        for tune, start, width in zip(
            of_tune.tolist(), starts.tolist(), widths.tolist(), strict=True
        )
    )
    onset, duration, pitch = bar_notes(flat).T
    bar = np.searchsorted(starts, onset, side="right") - 1
    unit = STEPS // max(1, grid)
    return contents, _Notes(of_tune[bar], bar, pitch, duration * unit, (onset - starts[bar]) * unit)


def _scales(tunes: Sequence[StepTune]) -> Bools:
    """Which pitch classes above the tonic lie in the scale of each tune, shape (tunes, 12)."""
    found = np.zeros((len(tunes), _OCTAVE), dtype=np.bool_)
    for row, tune in zip(found, tunes, strict=True):
        row[[*MODES[tune.key.mode], *_RAISED.get(tune.key.mode, ())]] = True
    return found


def _silent(bar: StepBar) -> bool:
    return not bar[1].strip(_SILENCE)
