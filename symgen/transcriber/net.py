"""The transcriber in torch: convolutions over log frequency, a stack of harmonics, a bidirectional GRU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symgen.transcriber.checkpoint import HARMONIC_BINS, PITCH_BINS, SEMITONES, TranscriberConfig
from symgen.transcriber.spectrum import BINS

__all__ = ["TranscriberNet"]


class TranscriberNet(nn.Module):
    """Pitch, onset and company of each frame; `dropout` is the share of units left out around the GRU."""

    def __init__(self, config: TranscriberConfig, dropout: float = 0.0) -> None:
        super().__init__()
        c = config
        self.config = c
        self.conv1 = nn.Conv2d(2, c.first, (5, 3), padding=(2, 1))
        self.conv2 = nn.Conv2d(c.first, c.second, (1, 5), padding=(0, 2))
        # Each place on the axis of pitch sees its own harmonics side by side, through the same weights,
        # so that what is learned at one pitch holds at all; the GRU then sees the whole axis over time.
        self.conv3 = nn.Conv2d(c.second * len(HARMONIC_BINS), c.third, 1)
        self.conv4 = nn.Conv2d(c.third, c.third, 3, padding=1)
        self.salience = nn.Conv2d(c.third, 1, 1)
        self.squeeze = nn.Conv2d(c.third, c.squeezed, 1)
        self.inputs = nn.Linear(c.squeezed * SEMITONES + BINS, c.width)
        self.gru = nn.GRU(c.width, c.hidden, batch_first=True, bidirectional=True)
        self.pitch = nn.Linear(2 * c.hidden, PITCH_BINS + 1)
        self.events = nn.Linear(2 * c.hidden + c.width, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Transcribe a batch of stretches."""
        # `picture`: shape (batch, frames, bins, 2), as
        # `symgen.transcriber.spectrum.log_spectrogram` gives it; returns shape (batch, frames,
        # pitch bins + 1), logits of the pitch that sounds; the last one says that none does;
        # returns shape (batch, frames, 2), logits of a note that begins, and of other notes that
        # sound beside the melody.
        x = torch.relu(self.conv1(picture.permute(0, 3, 1, 2)))
        x = torch.relu(self.conv2(x))
        x = torch.relu(self.conv3(_harmonics(x)))
        x = torch.relu(self.conv4(x))
        salience = self.salience(x).squeeze(1)
        batch, _, frames, _ = x.shape
        small = torch.relu(self.squeeze(x))
        by_semitone = small.reshape(batch, self.config.squeezed, frames, SEMITONES, -1).amax(-1)
        flat = by_semitone.permute(0, 2, 1, 3).reshape(batch, frames, -1)
        seen = torch.cat([flat, picture[..., 1]], dim=-1)
        inside = torch.relu(self.inputs(seen))
        state, _ = self.gru(self.dropout(inside))
        state = self.dropout(state)
        pitch = self.pitch(state)
        # What the convolutions find at each place goes past the GRU, which need only choose.
        sounding, silent = pitch[..., :-1], pitch[..., -1:]
        pitch = torch.cat([sounding + salience, silent], dim=-1)
        return pitch, self.events(torch.cat([state, inside], dim=-1))


def _harmonics(x: Tensor) -> Tensor:
    """Put beside each pitch what stands at its harmonics, shape (batch, channels * harmonics, frames, pitch bins)."""
    low = max(0, -min(HARMONIC_BINS))
    high = max(0, max(HARMONIC_BINS) + PITCH_BINS - x.shape[-1])
    padded = nn.functional.pad(x, (low, high))
    starts = [low + harmonic for harmonic in HARMONIC_BINS]
    return torch.cat([padded[..., start : start + PITCH_BINS] for start in starts], dim=1)
