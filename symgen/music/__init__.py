"""Music as values: scores, meter, keys, chords, instruments, lines, and the controls that ask for it."""
