"""Sampling: controls become filters and guides, the sampler draws new pieces and continuations under them.

In this room `first` is the index of the first new bar, `bars` how many bars there are, `info` the metadata of the
model, `lanes` for each part of the network the part of the music that it belongs to: both hands of a keyboard have
one number.
"""

from symgen.music.controls import Controls

__all__ = ["Controls"]
