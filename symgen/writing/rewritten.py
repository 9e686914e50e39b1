"""A tune that was worked on, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.verification import (
    Check,
    Facts,
    PartPlayed,
    check_changes,
    score_facts,
    sung_voices,
)

__all__ = ["Heard", "Rewritten", "share_kept"]


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
        return check_changes(
            before, after, controls, stay=stay, share=self.share, key=self.prompt.key
        )


def share_kept(before: Score, after: Score) -> float:
    """Return the share of the notes that a tune still has."""
    old = {
        (i, note.onset, note.pitch) for i, part in enumerate(before.parts) for note in part.notes
    }
    new = {(i, note.onset, note.pitch) for i, part in enumerate(after.parts) for note in part.notes}
    return len(old & new) / max(1, len(old))
