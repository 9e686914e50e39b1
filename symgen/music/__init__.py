"""Music as values: scores, metre, keys, chords, instruments, lines, and the controls that ask for it."""
