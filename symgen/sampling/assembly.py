"""From controls to the filters that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgen.music.constraints import Density, NoteGrid, PitchRange
from symgen.music.controls import Controls
from symgen.sampling.endings import Closing, Ending
from symgen.sampling.filters import Filter, Grammar, NoUnison
from symgen.sampling.forms import FormPlan, FromBar
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
from symgen.sampling.voice_leading import NoParallels
from symgen.system.errors import ControlError
from symgen.tokens import Header, Vocabulary

__all__ = ["make_filters"]


def make_filters(
    controls: Controls,
    header: Header,
    vocabulary: Vocabulary,
    info: Mapping[str, Any],
    *,
    first: int,
    followed: bool,
) -> list[Filter]:
    """Put together what holds the controls of a piece; the grammar comes first, what may give way last.

    Parameters
    ----------
    controls : Controls
    header : Header
        Of the whole piece.
    vocabulary : Vocabulary
    info : mapping
        Of the model: ``monophonic``, ``monophonic_parts``.
    first : int
        Index of the first new bar.
    followed : bool
        Whether the network follows parts one by one.

    Raises
    ------
    ControlError
        If a control needs a key and none is known.
    """
    monophonic, alone = bool(info.get("monophonic")), bool(info.get("monophonic_parts"))
    parts = len(header.programs)
    filters: list[Filter] = [Grammar(vocabulary, parts=parts, monophonic=monophonic, voices=alone)]
    rules = _pitch_rules(controls, header, vocabulary, first)
    if rules:
        filters.append(Pitches(rules))
    if controls.max_polyphony:
        filters.append(MostNotes(controls.max_polyphony))
    grid = OnGrid(controls.grid, vocabulary) if controls.grid else None
    if grid:
        filters.append(grid)
    if controls.density:
        single = monophonic or alone or controls.max_polyphony is not None
        unit = grid.unit if grid else 1
        filters.append(_density(controls.density, controls, header, first, unit=unit, alone=single))
    if controls.form:
        filters.append(FormPlan(controls.form, vocabulary, first=first, bars=header.bars - first))
    if first and not controls.complete_bar:
        filters.append(FromBar(first))
    if controls.end:
        filters.append(_ending(controls, header, vocabulary, first, alone=monophonic or alone))
    if followed:
        filters.append(NoParallels(parts) if alone else NoUnison())
    return filters


def _density(
    density: Density, controls: Controls, header: Header, first: int, *, unit: int, alone: bool
) -> BarDensity:
    closing = _closing_bars(controls, header.bars, first)
    return BarDensity(density, unit=unit, first=first, alone=alone, closing=closing)


def _ending(
    controls: Controls, header: Header, vocabulary: Vocabulary, first: int, *, alone: bool
) -> Ending:
    if header.key is None:
        raise ControlError("end: no key is known to close in; add --key")
    parts, most = len(header.programs), controls.max_polyphony or 128
    pitched = [part for part, is_drum in enumerate(header.drums) if not is_drum]
    strong = _closing_steps(controls.grid, header, vocabulary)
    bass = pitched[-1] if pitched else 0
    span = controls.range or PitchRange(0, 127)
    closing = Closing(
        frozenset(strong),
        _closing_bar(controls, header.bars - 1, first),
        bass,
        alone and parts <= most,
        most,
        span,
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
        rules.append(ChordTones(controls.chords, header.bar_meters, vocabulary, first))
    return rules
