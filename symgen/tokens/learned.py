"""Pieces as networks learn them: with all that is drawn beside their notes."""

from __future__ import annotations

from symgen.tokens.events import Events
from symgen.tokens.form import with_forms, with_goals
from symgen.tokens.planned import with_plan
from symgen.tokens.vocabulary import Vocabulary

__all__ = ["as_learned"]


def as_learned(
    events: Events, vocabulary: Vocabulary, voices: int, *, goals: bool, plans: bool
) -> Events:
    """Return a piece with the goals of its bars, and with its plan of chords and the forms that go with it."""
    if goals:
        events = with_goals(events, vocabulary, voices)
    if plans:
        events = with_plan(with_forms(events, vocabulary), vocabulary)
    return events
