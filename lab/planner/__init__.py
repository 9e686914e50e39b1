"""Training of the planner: pieces as rows of chords, read from corpora."""
