"""Standard MIDI files as values, and scores written into them event for event."""
