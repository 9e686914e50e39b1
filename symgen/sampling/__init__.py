"""Sampling: controls, filters, the sampler, new pieces and continuations."""

from symgen.sampling.controls import Controls

__all__ = ["Controls"]
