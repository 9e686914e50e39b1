"""What leads a piece by the figures of a model's card: what was measured to bring it nearer to real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgen.sampling.guides import Guide
from symgen.sampling.returning import return_guide
from symgen.sampling.stepwise import step_guide
from symgen.tokens import Header, Vocabulary

__all__ = ["measured_guides"]


def measured_guides(info: Mapping[str, Any], header: Header, vocabulary: Vocabulary) -> list[Guide]:
    """Put together what leads the pieces of a model."""
    found: list[Guide | None] = [return_guide(info, header, vocabulary), step_guide(info)]
    return [each for each in found if each is not None]
