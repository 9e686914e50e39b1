"""Standard MIDI files as values: their events, the notes that these make, and the parts that play them."""

from symgen.midifile.encoding import encode_midi, encode_vlq
from symgen.midifile.events import Event, MidiFile, Track

__all__ = ["Event", "MidiFile", "Track", "encode_midi", "encode_vlq"]
