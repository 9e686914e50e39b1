"""What a piece is like, as facts and in words that can be read aloud."""

from symgen.analysis.describing import Description, describe
from symgen.analysis.reading import read_bars

__all__ = ["Description", "describe", "read_bars"]
