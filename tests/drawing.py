"""Pieces drawn straight from a session, without controls."""

from __future__ import annotations

from typing import Any

from symgen.nets.session import Session
from symgen.sampling.sampler import draw_bars
from symgen.tokens import Events


def draw_piece(session: Session, **how: Any) -> Events:
    """Draw events until the piece of a session is whole."""
    return [session, *draw_bars(session, **how)][-1].events
