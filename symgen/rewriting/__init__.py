"""Work on a tune that is there: fill in bars, harmonize a melody, vary it. What is kept comes back note for note."""

from __future__ import annotations

from symgen.rewriting.harmonizing import HARMONY_MODEL, HARMONY_TEMPERATURE, harmonize
from symgen.rewriting.infilling import infill
from symgen.rewriting.rewritten import Rewritten
from symgen.rewriting.varying import vary

__all__ = ["HARMONY_MODEL", "HARMONY_TEMPERATURE", "Rewritten", "harmonize", "infill", "vary"]
