"""Labelled audio out of tunes: performances by soundfonts and by synthetic voices, in rooms and on recorders."""

from lab.renditions.clips import Clip, ClipOptions, make_clip, make_clips

__all__ = ["Clip", "ClipOptions", "make_clip", "make_clips"]
