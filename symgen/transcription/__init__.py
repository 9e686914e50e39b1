"""From a recording to notes, from notes to beats, from beats to a score."""
