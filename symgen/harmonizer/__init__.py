"""The harmonizer: which chords suit a melody, beat by beat, and the best row of them."""
