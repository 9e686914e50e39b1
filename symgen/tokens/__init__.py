"""Tokens: a piece as events, one a bar and one a note, and the features that follow from them."""

from symgen.tokens.codec import decode, encode
from symgen.tokens.events import BarRun, Events, Header, SnapReport
from symgen.tokens.vocabulary import FIELDS, Vocabulary

__all__ = ["FIELDS", "BarRun", "Events", "Header", "SnapReport", "Vocabulary", "decode", "encode"]
