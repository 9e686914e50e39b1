"""A tune that was worked on, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypedDict

from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.verification import (
    Check,
    Facts,
    PartPlayed,
    check_changes,
    check_pins,
    score_facts,
    sung_voices,
)

if TYPE_CHECKING:
    from symgen.music.pins import Pins

__all__ = ["Chosen", "Heard", "Rewritten", "share_kept"]


class Chosen(TypedDict, total=False):
    """Keywords that say which notes of a tune are written anew."""

    # Counted from 1: this part alone is worked on.
    part: int | None
    # Such as ``"bass,drums"``: these parts alone are.
    parts: str | Sequence[str | int] | None
    # Notes that stay exactly, whatever is written around them.
    pins: Pins | None
    # Takes that are drawn side by side.
    particles: int | None


class Heard(Protocol):
    """What was read of a tune: a `symgen.sampling.continuation.Prompt`, or as much of one."""

    @property
    def score(self) -> Score:
        """The tune."""

    @property
    def key(self) -> Key:
        """Its key."""

    @property
    def key_origin(self) -> str:
        """``"given"``, ``"from the file"`` or ``"inferred"``."""

    @property
    def bars(self) -> int:
        """Full bars, a pickup not counted."""


@dataclass(frozen=True)
class Rewritten:
    """A tune that was worked on.

    Parameters
    ----------
    score : Score
    seed : int
        Gives it again.
    prompt : Heard
        What was read of the tune.
    kept : float
        Share of the notes that stayed as they were.
    stays : Score
        What had to stay of the tune.
    share : float
        So much of that, at least.
    particles : int
        Takes that were drawn side by side.
    notices : tuple of str
        What became of the parts that were not worked on.
    line : int, optional
        Which of four voices was there, from 0; nothing where no voices were set.
    pinned : Score, optional
        The notes that were pinned, in the parts and ticks of the tune; nothing where none could be.
    """

    score: Score
    seed: int
    prompt: Heard
    kept: float
    stays: Score
    share: float = 1.0
    particles: int = 1
    notices: tuple[str, ...] = ()
    line: int | None = None
    pinned: Score | None = None

    def voices(self, facts: Facts) -> list[PartPlayed]:
        """Hold the new ones of four voices to their ranges in a written file; none where no voices were set."""
        return [] if self.line is None else sung_voices(facts, self.line)

    def checks(self, controls: Controls, facts: Facts | None = None) -> list[Check]:
        """Hold the tune to controls.

        Parameters
        ----------
        controls : Controls
        facts : Facts, optional
            Of the written file; of what would be written, if left out.
        """
        before, after = score_facts(self.prompt.score), facts or score_facts(self.score)
        stay = score_facts(self.stays).notes
        checks = check_changes(
            before, after, controls, stay=stay, share=self.share, key=self.prompt.key
        )
        if self.pinned is None or not self.pinned.note_count:
            return checks
        return [*checks, check_pins(score_facts(self.pinned), score_facts(self.score), after)]


def share_kept(before: Score, after: Score) -> float:
    """Return the share of the notes that a tune still has."""
    old = {
        (i, note.onset, note.pitch) for i, part in enumerate(before.parts) for note in part.notes
    }
    new = {(i, note.onset, note.pitch) for i, part in enumerate(after.parts) for note in part.notes}
    return len(old & new) / max(1, len(old))
