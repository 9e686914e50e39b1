"""Tokens: a piece as events, one a bar and one a note, and the features that follow from them.

`Tokenizer` is for training elsewhere: scores as arrays of integers, and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.tokens.codec import decode as decode
    from symgen.tokens.codec import encode as encode
    from symgen.tokens.events import BarRun as BarRun
    from symgen.tokens.events import Events as Events
    from symgen.tokens.events import Header as Header
    from symgen.tokens.events import SnapReport as SnapReport
    from symgen.tokens.tokenizer import RoundTrip as RoundTrip
    from symgen.tokens.tokenizer import Tokenizer as Tokenizer
    from symgen.tokens.vocabulary import FIELDS as FIELDS
    from symgen.tokens.vocabulary import Vocabulary as Vocabulary
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "codec": "decode encode",
            "events": "BarRun Events Header SnapReport",
            "tokenizer": "RoundTrip Tokenizer",
            "vocabulary": "FIELDS Vocabulary",
        },
    )
