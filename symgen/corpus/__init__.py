"""Corpora: find, clean, compare, split and pack pieces for training."""

from symgen.corpus.build import build_corpus
from symgen.corpus.candidate import CorpusReport
from symgen.corpus.options import CorpusOptions
from symgen.corpus.store import PieceRecord, Store

__all__ = ["CorpusOptions", "CorpusReport", "PieceRecord", "Store", "build_corpus"]
