"""Music whose chords are known: what the reader of chords learns from, and is measured on."""
