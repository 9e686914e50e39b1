"""The transcriber: a CNN and GRU over the spectrogram of one voice, and what makes notes of its answers."""
