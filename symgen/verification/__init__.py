"""Whether a written piece holds what was asked for; shares no code with the sampler."""

from symgen.verification.changes import check_changes, check_pins
from symgen.verification.checks import FILTERED, HARD, Check, check_piece
from symgen.verification.facts import Facts, compare_parts, read_facts, score_facts
from symgen.verification.playing import PartPlayed, played_parts, sung_voices

__all__ = [
    "FILTERED",
    "HARD",
    "Check",
    "Facts",
    "PartPlayed",
    "check_changes",
    "check_piece",
    "check_pins",
    "compare_parts",
    "played_parts",
    "read_facts",
    "score_facts",
    "sung_voices",
]
