"""Whether a song has its parts, its form and its close, and keeps to what is asked of its melody."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symgen.music.constraints import Form
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.instruments import program_name
from symgen.music.theory import Key, pitch_name
from symgen.verification.bands import BandAsked, check_band
from symgen.verification.checks import Check, check_piece
from symgen.verification.facts import Facts

__all__ = ["SongAsked", "check_song"]

_MELODY, _BASS = "Melody", "Bass"


@dataclass(frozen=True)
class SongAsked:
    """What a song is held to, beside its controls."""

    # The names of its parts, without their numbers.
    parts: tuple[str, ...]
    # First tick behind the introduction, and first tick of the ending.
    span: tuple[int, int]
    form: Form
    # In ticks.
    chords: tuple[PlacedChord, ...]
    # The drums of the style.
    kit: frozenset[int]
    closes: bool = True

    def chord_at(self, tick: int) -> PlacedChord:
        """Return the chord that sounds at a tick."""
        return self.chords[max(0, bisect_right([each.at for each in self.chords], tick) - 1)]


def check_song(facts: Facts, controls: Controls, song: SongAsked, key: Key | None) -> list[Check]:
    """Hold a written song to what was asked for: its melody to the controls, its band to the chords."""
    wanted = replace(
        controls, form=song.form, end=song.closes, instruments=None, key=controls.key or key
    )
    if _MELODY in facts.names:
        checks = check_piece(_melody_facts(facts, song), wanted, key=key)
    else:
        alone = Controls(meter=controls.meter, tempo=controls.tempo)
        checks = check_piece(_between(facts, song), alone, key=key)
        checks += _bars(facts, controls, song)
    if controls.instruments:
        checks.append(_instruments(facts, controls))
    return [
        *checks,
        *_sections(song),
        *_parts(facts, song),
        *_close(facts, song, key),
        *_band(facts, song),
    ]


def _between(facts: Facts, song: SongAsked) -> Facts:
    """Return what stands between introduction and ending."""
    start, end = song.span
    return replace(
        facts,
        notes=tuple(note for note in facts.notes if start <= note.onset < end),
        bars=tuple(bar for bar in facts.bars if start <= bar.start < end),
    )


def _melody_facts(facts: Facts, song: SongAsked) -> Facts:
    """Return what stands between introduction and ending of the melody."""
    inner, melody = _between(facts, song), facts.names.index(_MELODY)
    notes = tuple(note._replace(part=0) for note in inner.notes if note.part == melody)
    return replace(
        inner, notes=notes, programs=facts.programs[melody : melody + 1], names=(_MELODY,)
    )


def _bars(facts: Facts, controls: Controls, song: SongAsked) -> Iterator[Check]:
    if controls.bars:
        found = len(_between(facts, song).bars)
        yield Check("bars", controls.bars, found, found == controls.bars)


def _instruments(facts: Facts, controls: Controls) -> Check:
    asked = [program_name(program) for program in controls.instruments or ()]
    found = [program_name(program) for program in facts.programs if program >= 0]
    return Check("instruments", asked, found, asked == found)


def _sections(song: SongAsked) -> Iterator[Check]:
    """Yield whether sections that return have the same chords."""
    start, end = song.span
    count = len(song.form.sections)
    length, rows = (end - start) // count, []
    for number in range(count):
        first = start + number * length
        inside = {first: song.chord_at(first)}
        inside |= {each.at: each for each in song.chords if first < each.at < first + length}
        rows.append([(at - first, c.root, c.quality, c.bass) for at, c in sorted(inside.items())])
    returns = [(number, song.form.source(number)) for number in range(count)]
    same = [rows[number] == rows[source] for number, source in returns if source is not None]
    if same:
        found = {"sections that return": len(same), "with the same chords": sum(same)}
        yield Check("chords_return", "the chords of their letter", found, all(same))


def _parts(facts: Facts, song: SongAsked) -> Iterator[Check]:
    """Yield whether each part that is asked for plays."""
    there = {facts.names[note.part] for note in facts.notes}
    missing = [name for name in song.parts if not any(each.startswith(name) for each in there)]
    yield Check("parts", list(song.parts), sorted(there), not missing)


def _close(facts: Facts, song: SongAsked, key: Key | None) -> Iterator[Check]:
    """Yield whether the bass, or else the lowest of the last notes, closes on the tonic."""
    pitched = [note for note in facts.notes if note.program >= 0]
    if not song.closes or key is None or not pitched:
        return
    basses = [note for note in pitched if facts.names[note.part].startswith(_BASS)]
    if basses:
        lowest = max(basses, key=lambda note: (note.onset, -note.pitch)).pitch
    else:
        last = max(note.end for note in pitched)
        lowest = min(note.pitch for note in pitched if note.end == last)
    yield Check("close", str(key).split()[0], pitch_name(lowest), lowest % 12 == key.tonic)


def _band(facts: Facts, song: SongAsked) -> list[Check]:
    """Hold the band to its chords, its kit and what its players can play."""
    behind = int(_MELODY in facts.names)
    band = BandAsked(
        tuple(name for name in song.parts if name != _MELODY),
        song.chords,
        song.kit,
        facts.bars[-1].end,
    )
    names = {number: name for number, name in enumerate(facts.names) if number >= behind}
    return [check for check in check_band(facts, band, names) if check.name != "parts"]
