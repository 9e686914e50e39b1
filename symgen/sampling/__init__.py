"""Sampling: controls, filters, the sampler, new pieces and continuations."""

from symgen.music.controls import Controls

__all__ = ["Controls"]
