"""Controls that cannot hold together, refused before anything is drawn, in one line that names both."""

from __future__ import annotations

from symgen.music.constraints import Density, Form, NoteGrid
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.sampling.endings import HIGHEST_BASS
from symgen.sampling.swing import STRAIGHT, can_swing
from symgen.system.errors import ControlError
from symgen.tokens import Header, Vocabulary

__all__ = ["check_together"]


_FEW = 4
"""Sections of fewer notes are not varied."""


def check_together(
    controls: Controls, header: Header, vocabulary: Vocabulary, *, new_bars: int
) -> None:
    """Refuse what contradicts.

    Parameters
    ----------
    controls : Controls
    header : Header
        Of the whole piece; its last bars are the new ones.
    vocabulary : Vocabulary
    new_bars : int

    Raises
    ------
    ControlError
        Naming both sides.
    """
    _check_pitches(controls, header, new_bars)
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


def _check_pitches(controls: Controls, header: Header, new_bars: int) -> None:
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
    _check_chords(controls, new_bars, pitches, named)
    if controls.end and header.key is not None:
        _check_end(controls, header.key, new_bars, pitches, named)


def _check_chords(controls: Controls, new_bars: int, pitches: set[int], named: list[str]) -> None:
    chords = controls.chords
    if len(chords) > new_bars:
        raise ControlError(
            f"chords: {len(chords)} of them, one a bar, but bars {new_bars}; name fewer or ask for more"
        )
    for chord in chords if controls.strict_chords else ():
        if not any(pitch % 12 in chord.pitch_classes for pitch in pitches):
            raise ControlError(
                f"strict-chords {chord}: no tone of it is in {' and '.join(named)}; change one of them"
            )


def _check_end(
    controls: Controls, key: Key, new_bars: int, pitches: set[int], named: list[str]
) -> None:
    closing = {pitch for pitch in pitches if pitch % 12 == key.tonic and pitch <= HIGHEST_BASS}
    if not closing:
        tonic = str(key).split()[0]
        raise ControlError(
            f"end closes on {tonic}, which is not in {' and '.join(named)}; change one of them"
        )
    chords = controls.chords if controls.strict_chords else ()
    if chords and key.tonic not in (last := chords[(new_bars - 1) % len(chords)]).pitch_classes:
        raise ControlError(
            f"end closes in {key}, but strict-chords has {last} in the last bar, without the tonic; change one of them"
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
    first, chords = header.bars - new_bars, controls.chords if controls.strict_chords else ()
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
        if chords and not source[1]:
            new, old = chords[bar % len(chords)], chords[source[0] % len(chords)]
            if new.pitch_classes != old.pitch_classes:
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
