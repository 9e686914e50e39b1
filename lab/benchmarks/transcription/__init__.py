"""How well recordings are heard: notes, beats, speed, continuations and bad recordings, beside basic-pitch and pYIN."""
