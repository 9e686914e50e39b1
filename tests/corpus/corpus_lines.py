"""A line of notes for the tests of the corpus."""

from symgen.music.score import Note, Part

# -- what is fit -------------------------------------------------------------------------


def line_of(pitches, length=480, name=""):
    notes = [Note(i * length, pitch, length) for i, pitch in enumerate(pitches)]
    return Part(tuple(notes), name=name)
