"""From controls to the filters that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.theory import Chord, Key
from symgen.sampling.charting import PlacedTones, checked_chart
from symgen.sampling.endings import HIGHEST_BASS, Closing, Ending
from symgen.sampling.filters import Filter, FormPlan, FromBar, Grammar, NoParallels, NoUnison
from symgen.sampling.limits import (
    BarDensity,
    ChordTones,
    MostNotes,
    OnGrid,
    Pitches,
    PitchRule,
    Tones,
    closing_steps,
)
from symgen.sampling.swing import STRAIGHT, can_swing
from symgen.system.errors import ControlError
from symgen.tokens import Header, Vocabulary

__all__ = ["check_together", "make_filters"]


def make_filters(
    controls: Controls,
    header: Header,
    vocabulary: Vocabulary,
    info: Mapping[str, Any],
    *,
    first: int,
    tracks_parts: bool,
    given: frozenset[int] = frozenset(),
) -> list[Filter]:
    """Put together what holds the controls of a piece; the grammar comes first, what may give way last."""
    # `given`: the parts that are given.
    monophonic, monophonic_parts = bool(info.get("monophonic")), bool(info.get("monophonic_parts"))
    parts = len(header.programs)
    filters: list[Filter] = [
        Grammar(vocabulary, parts=parts, monophonic=monophonic, voices=monophonic_parts)
    ]
    rules = _pitch_rules(controls, header, vocabulary, first)
    if rules:
        filters.append(Pitches(rules))
    if controls.max_polyphony:
        filters.append(MostNotes(controls.max_polyphony))
    grid = OnGrid(controls.grid, vocabulary) if controls.grid else None
    if grid:
        filters.append(grid)
    if controls.density:
        single = monophonic or monophonic_parts or controls.max_polyphony is not None
        unit = grid.unit if grid else 1
        filters.append(
            _density(controls.density, controls, header, first, unit=unit, monophonic_parts=single)
        )
    if controls.form:
        filters.append(FormPlan(controls.form, vocabulary, first=first, bars=header.bars - first))
    if first and not controls.complete_bar:
        filters.append(FromBar(first))
    if controls.end:
        alone = monophonic or monophonic_parts
        filters.append(
            _ending(controls, header, vocabulary, first, monophonic_parts=alone, given=given)
        )
    if tracks_parts:
        filters.append(NoParallels(parts) if monophonic_parts else NoUnison())
    return filters


def _density(
    density: Density,
    controls: Controls,
    header: Header,
    first: int,
    *,
    unit: int,
    monophonic_parts: bool,
) -> BarDensity:
    closing = _closing_bars(controls, header.bars, first)
    return BarDensity(
        density, unit=unit, first=first, monophonic_parts=monophonic_parts, closing=closing
    )


def _ending(
    controls: Controls,
    header: Header,
    vocabulary: Vocabulary,
    first: int,
    *,
    monophonic_parts: bool,
    given: frozenset[int],
) -> Ending:
    if header.key is None:
        raise ControlError("end: no key is known to close in; add --key")
    parts, most = len(header.programs), controls.max_polyphony or 128
    pitched = [part for part, is_drum in enumerate(header.drums) if not (is_drum or part in given)]
    strong = _closing_steps(controls.grid, header, vocabulary)
    bass = pitched[-1] if pitched else 0
    span = controls.range or PitchRange(0, 127)
    closing = Closing(
        frozenset(strong),
        _closing_bar(controls, header.bars - 1, first),
        bass,
        monophonic_parts and parts <= most,
        most,
        span,
        given,
    )
    return Ending(header.key, vocabulary, closing)


def _closing_bars(controls: Controls, bars: int, first: int) -> frozenset[int]:
    """Return the bars in which a piece closes: its last one, and those that are the same by its form."""
    if not controls.end:
        return frozenset()
    closing = _closing_bar(controls, bars - 1, first)
    form = controls.form
    wanted = (closing - first, False)
    copies = [
        bar
        for bar in range(first, bars)
        if form and form.bar_source(bar - first, bars - first) == wanted
    ]
    return frozenset({closing, *copies})


def _closing_bar(controls: Controls, last: int, first: int) -> int:
    """Return the bar that closes: where the last one returns literally, its source."""
    form = controls.form
    source = form.bar_source(last - first, last - first + 1) if form else None
    return last if source is None or source[1] else source[0] + first


def _closing_steps(grid: NoteGrid | None, header: Header, vocabulary: Vocabulary) -> list[int]:
    """Return the places of the last bar on which a piece may close, as far as they lie on the grid."""
    steps = sorted(closing_steps(header.runs[-1].meter, vocabulary))
    units = [int(unit * vocabulary.grid) for unit in grid.units] if grid else [1]
    return [step for step in steps if any(step % unit == 0 for unit in units)]


def _pitch_rules(
    controls: Controls, header: Header, vocabulary: Vocabulary, first: int
) -> list[PitchRule]:
    rules: list[PitchRule] = []
    if controls.range:
        rules.append(Tones(range(controls.range.low, controls.range.high + 1)))
    if controls.strict_key:
        if header.key is None:
            raise ControlError("strict-key: no key is known; add --key")
        rules.append(Tones([pitch for pitch in range(128) if pitch % 12 in header.key.scale]))
    if controls.chords and controls.strict_chords:
        placed = PlacedTones(controls.chords, header, vocabulary, first)
        rules.append(ChordTones(placed, header.bar_meters, vocabulary, first))
    return rules


# Sections of fewer notes are not varied.
_FEW = 4


def check_together(
    controls: Controls, header: Header, vocabulary: Vocabulary, *, new_bars: int
) -> None:
    """Refuse what contradicts."""
    placed = None
    if controls.chords:
        placed = checked_chart(controls.chords, header, vocabulary, new_bars)
    _check_pitches(controls, header, placed if controls.strict_chords else None, vocabulary)
    meters = list(dict.fromkeys(header.bar_meters[-new_bars:]))
    if controls.grid:
        _check_grid(controls.grid, meters)
    if controls.swing not in (None, STRAIGHT) and not any(can_swing(meter) for meter in meters):
        raise ControlError(
            f"swing {controls.swing} and meter {meters[0]}: only quarters can swing; leave swing out"
        )
    if controls.form:
        _check_form(controls.form, controls, header, vocabulary, new_bars)
    if controls.density:
        _check_density(controls.density, controls, meters, vocabulary)


def _check_pitches(
    controls: Controls, header: Header, placed: PlacedTones | None, vocabulary: Vocabulary
) -> None:
    pitches, named = set(range(128)), []
    if controls.range:
        pitches &= set(range(controls.range.low, controls.range.high + 1))
        named.append(f"range {controls.range}")
    if controls.strict_key:
        if header.key is None:
            raise ControlError("strict-key: no key is known; add --key")
        pitches = {pitch for pitch in pitches if pitch % 12 in header.key.scale}
        named.append(f"strict-key {header.key}")
    if not pitches:
        raise ControlError(f"{' and '.join(named)}: no pitch is in both; widen the range")
    if placed:
        parts_together = header.drums.count(False) > 1
        _check_chords(placed, pitches, named, with_basses=parts_together)
    if controls.end and header.key is not None:
        _check_end(header.key, pitches, named)
        if placed:
            steps = _closing_steps(controls.grid, header, vocabulary)
            last = int(header.bar_starts[-2])
            _check_last_chord(header.key, [placed.at(last + step) for step in steps])


def _check_chords(
    placed: PlacedTones, pitches: set[int], named: list[str], *, with_basses: bool
) -> None:
    classes = {pitch % 12 for pitch in pitches}
    for chord in dict.fromkeys(placed.chords):
        if chord is None:
            continue
        lacks = "" if classes & chord.pitch_classes else "no tone of it is in"
        if with_basses and chord.names_bass and chord.bass not in classes:
            lacks = lacks or "its bass is not in"
        if lacks:
            raise ControlError(
                f"strict-chords {chord}: {lacks} {' and '.join(named)}; change one of them"
            )


def _check_end(key: Key, pitches: set[int], named: list[str]) -> None:
    closing = {pitch for pitch in pitches if pitch % 12 == key.tonic and pitch <= HIGHEST_BASS}
    if not closing:
        tonic = str(key).split()[0]
        raise ControlError(
            f"end closes on {tonic}, which is not in {' and '.join(named)}; change one of them"
        )


def _check_last_chord(key: Key, closing: list[Chord | None]) -> None:
    """Refuse an end whose chords, where the piece may close, lack the tonic."""
    if all(chord and key.tonic not in chord.tones for chord in closing):
        names = " and ".join(dict.fromkeys(map(str, closing)))
        raise ControlError(
            f"end closes in {key}, but strict-chords has {names} in the last bar, without the tonic; change one of them"
        )


def _check_form(
    form: Form, controls: Controls, header: Header, vocabulary: Vocabulary, new_bars: int
) -> None:
    if new_bars % len(form.sections):
        count = len(form.sections)
        raise ControlError(
            f"form {form}: bars {new_bars} do not divide into {count} sections; ask for a multiple"
        )
    notes = controls.density.high * new_bars // len(form.sections) if controls.density else _FEW
    if notes < _FEW and any(varied for _, varied in form.sections):
        raise ControlError(
            f"form {form}: with density {controls.density} a section has {notes} notes, too few to vary"
        )
    if controls.end and new_bars == len(form.sections):
        _check_closing(form, new_bars)
    first, chart = header.bars - new_bars, controls.chords if controls.strict_chords else None
    for bar in range(new_bars):
        source = form.bar_source(bar, new_bars)
        if source is None:
            continue
        one, other = header.bar_meters[first + bar], header.bar_meters[first + source[0]]
        if one != other:
            raise ControlError(
                f"form {form} takes bar {source[0] + 1} up in bar {bar + 1}, but meter has {other} and {one}"
            )
        if source[1] and bar - source[0] not in vocabulary.lags:
            known = ", ".join(map(str, sorted(vocabulary.lags)))
            raise ControlError(
                f"form {form}: variations lie {known} bars apart, not {bar - source[0]}; change bars"
            )
        if chart and not source[1]:
            new, old = chart.bar(bar), chart.bar(source[0])
            if new.tones != old.tones:
                raise ControlError(
                    f"form {form} repeats bar {source[0] + 1} as bar {bar + 1}, but strict-chords has {old} and {new}"
                )


def _check_closing(form: Form, bars: int) -> None:
    """Refuse to vary a bar that closes, where sections have no other one."""
    last = form.bar_source(bars - 1, bars)
    if (
        last
        and not last[1]
        and (last[0], True) in [form.bar_source(bar, bars) for bar in range(bars)]
    ):
        raise ControlError(
            f"form {form} and end: bar {last[0] + 1} closes, and is all there is to vary; add bars"
        )


def _check_grid(grid: NoteGrid, meters: list[Meter]) -> None:
    for meter in meters:
        if (meter.quarters / grid.units[0]).denominator != 1:
            raise ControlError(
                f"grid {grid}: a bar of meter {meter} is no whole number of them; take a finer grid"
            )


def _check_density(
    density: Density, controls: Controls, meters: list[Meter], vocabulary: Vocabulary
) -> None:
    unit = max(controls.grid.units) * vocabulary.grid if controls.grid else 1
    for meter in meters:
        room = int(meter.quarters * vocabulary.grid / unit)
        if density.low > room:
            grid = f" on grid {controls.grid}" if controls.grid else ""
            raise ControlError(
                f"density {density}: a bar of meter {meter}{grid} has room for {room} notes in a row; ask for fewer"
            )
