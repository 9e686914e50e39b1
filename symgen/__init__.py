"""symgen writes symbolic music: generate MIDI, continue a melody, render WAV."""

__version__ = "0.1.0"
