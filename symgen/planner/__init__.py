"""Plans of chords: a small network draws the chords of a whole piece before its notes."""
