"""Accompaniments: chords in time become parts for a piano, a guitar, a pad or strings, without a network."""
