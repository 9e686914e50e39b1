"""Training of the transcriber."""
