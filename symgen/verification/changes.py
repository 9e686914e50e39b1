"""Whether a tune that was worked on holds what was asked for: of what is new, and of what had to stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from symgen.music.controls import Controls
from symgen.music.theory import Key
from symgen.verification.checks import Check, check_piece
from symgen.verification.facts import Facts, NoteFact

__all__ = ["check_changes", "check_pins"]


def check_changes(
    before: Facts,
    after: Facts,
    controls: Controls,
    *,
    stay: Iterable[NoteFact],
    share: float,
    key: Key | None,
) -> list[Check]:
    """Hold a tune that was worked on to the controls, by its new notes alone."""
    # `before`, `after`: the tune, and what was written; in the same ticks.
    written, wanted = Counter(map(_same, after.notes)), Counter(map(_same, stay))
    kept = (written & wanted).total() / wanted.total() if wanted else 1.0
    old = Counter(map(_same, before.notes))
    fresh = []
    for note in after.notes:
        if old[_same(note)] > 0:
            old[_same(note)] -= 1
        else:
            fresh.append(note)
    checks = [Check("kept", round(share, 4), round(kept, 4), kept >= share - 1e-9)]
    # A new note may not add to many that stay: polyphony is that of all notes.
    alone = replace(controls, max_polyphony=None)
    checks += check_piece(replace(after, notes=tuple(fresh)), alone, key=key)
    if controls.max_polyphony is not None:
        checks.append(_polyphony(after, fresh, controls.max_polyphony or 0))
    return checks


def check_pins(pinned: Facts, made: Facts, after: Facts) -> Check:
    """Count the pinned notes that a written tune still has: onset, end, pitch, velocity and part of each.

    Velocities are left out where the file does not hold them.
    """
    # `pinned`, `made`, `after`: those notes, the tune that was to be written, and what was written; in the same ticks.
    # A file may leave out parts without notes, so that parts are counted among those that have some.
    wanted = _held(pinned, _ranks(made), velocity=after.tells_velocity)
    found = (_held(after, _ranks(after), velocity=after.tells_velocity) & wanted).total()
    return Check("pins", wanted.total(), found, found == wanted.total())


def _ranks(facts: Facts) -> dict[int, int]:
    """Return which one each part is of those with notes."""
    return {part: rank for rank, part in enumerate(sorted({note.part for note in facts.notes}))}


def _held(facts: Facts, ranks: dict[int, int], *, velocity: bool) -> Counter[tuple[int, ...]]:
    """Count notes by all that a pinned note keeps."""
    return Counter(
        (*_same(note), ranks.get(note.part, -1), note.velocity if velocity else 0)
        for note in facts.notes
    )


def _same(note: NoteFact) -> tuple[int, int, int]:
    """Return what makes two notes the same: onset, end and pitch."""
    return note.onset, note.end, note.pitch


def _polyphony(after: Facts, fresh: list[NoteFact], asked: int) -> Check:
    """Count the notes that sound with a new one."""
    most = 0
    for tick in {note.onset for note in after.notes}:
        if any(note.onset <= tick < note.end for note in fresh):
            sounding = sum(note.onset <= tick < note.end for note in after.notes)
            most = max(most, sounding)
    return Check("max_polyphony", asked, most, most <= asked)
