"""Corpora: find, clean, compare, split and pack pieces for training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.corpus.build import build_corpus as build_corpus
    from symgen.corpus.candidate import CorpusReport as CorpusReport
    from symgen.corpus.options import CorpusOptions as CorpusOptions
    from symgen.corpus.store import PieceRecord as PieceRecord
    from symgen.corpus.store import Store as Store
    from symgen.corpus.windows import TokenWindows as TokenWindows
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "build": "build_corpus",
            "candidate": "CorpusReport",
            "options": "CorpusOptions",
            "store": "PieceRecord Store",
            "windows": "TokenWindows",
        },
    )
