"""The planner in torch: it reads whole pieces at once, to learn from them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.planner.checkpoint import PlannerConfig
from symgen.planner.memory import NOTHING
from symgen.planner.sonorities import CADENCES, CHORDS, NO_CHORD, NONE
from symgen.planner.tables import LAGS, LONGEST_PHRASE, MATCHES, PHRASE_ROWS

__all__ = ["PlannerNet", "Reading"]

_FAR = -1e9


@dataclass
class Reading:
    """Pieces side by side as the network reads them; shapes begin with (pieces, beats)."""

    rows: Tensor  # of the table of inputs
    phrase_rows: Tensor
    candidates: Tensor  # (..., lags), `NOTHING` where there is no such bar
    matches: Tensor  # (..., lags)
    last: Tensor  # sonority of the beat before
    target: Tensor  # sonority of the beat
    weight: Tensor  # 1 where it counts, 0 behind the end
    # Where a phrase begins whose end is known: its length in beats, else 0.
    length: Tensor
    cadence: Tensor  # of that phrase
    beats_left: Tensor  # after this beat, -1 where the end is not known


class PlannerNet(nn.Module):
    """Log likelihoods of chords, beat by beat; `dropout` is the share of numbers left out."""

    def __init__(self, config: PlannerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        c, lags = config, len(LAGS)
        self.config = config
        self.inputs = nn.Embedding(c.input_rows, c.width)
        self.gru = nn.GRU(c.width, c.hidden, batch_first=True)
        self.phrase = nn.Embedding(PHRASE_ROWS, c.head)
        self.narrow = nn.Linear(c.hidden, c.head)
        self.stay = nn.Linear(c.head, 1)
        self.chord = nn.Linear(c.head, CHORDS)
        # The bass by its place above the root, and by its place above the tonic.
        self.above = nn.Linear(c.head, 12)
        self.bass = nn.Linear(c.head, 12)
        self.inversion = nn.Embedding(CHORDS, 12)
        self.length = nn.Linear(c.hidden, LONGEST_PHRASE)
        self.cadence = nn.Linear(c.hidden, len(CADENCES))
        # The last row is added where the phrase is the last one.
        self.cadence_length = nn.Embedding(LONGEST_PHRASE + 1, len(CADENCES))
        # How much is copied from each of the earlier bars.
        self.stay_copy = nn.Linear(c.head, lags)
        self.chord_copy = nn.Linear(c.head, lags)
        self.stay_match = nn.Embedding(lags, len(MATCHES) + 1)
        self.chord_match = nn.Embedding(lags, len(MATCHES) + 1)
        self.bass_match = nn.Embedding(lags, len(MATCHES) + 1)
        for table in self.children():
            if isinstance(table, nn.Embedding):
                nn.init.normal_(table.weight, std=0.1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """Return the log likelihoods of the chords and of the phrases that begin, shape (pieces, beats) each."""
        shape = reading.rows.shape
        rows = F.embedding_bag(reading.rows.flatten(0, 1), self.inputs.weight, mode="sum")
        states, _ = self.gru(self.dropout(rows.view(*shape[:2], -1)))
        states = self.dropout(states)
        return self._chords(states, reading), self._phrases(states, reading)

    def _phrases(self, states: Tensor, reading: Reading) -> Tensor:
        length = self.length(states)
        steps = torch.arange(length.shape[-1], device=length.device)
        left = reading.beats_left[..., None]
        length = length.masked_fill((left >= 0) & (steps > left), _FAR)
        number = (reading.length - 1).clamp(0, length.shape[-1] - 1)
        is_last = reading.beats_left == reading.length - 1
        table = self.cadence_length.weight
        cadence = self.cadence(states) + table[number] + table[-1] * is_last[..., None]
        found: Tensor = F.log_softmax(length, -1).gather(-1, number[..., None])[..., 0]
        kind = reading.cadence.clamp(min=0)[..., None]
        of_cadence = F.log_softmax(cadence, -1).gather(-1, kind)[..., 0]
        # Of what is hidden nothing is learned.
        found = found + of_cadence * (reading.cadence >= 0)
        return found * (reading.length > 0)

    def _chords(self, states: Tensor, reading: Reading) -> Tensor:
        rows = reading.phrase_rows
        phrase = F.embedding_bag(rows.flatten(0, 1), self.phrase.weight, mode="sum")
        head = torch.relu(self.narrow(states) + phrase.view(*rows.shape[:2], -1))
        last, target = reading.last, reading.target
        known = reading.candidates != NOTHING
        lags = torch.arange(len(LAGS), device=last.device)
        stay = self._stay(head, reading, known, lags)
        is_stay = target == last
        chord = self.chord(head)
        pull = self.chord_copy(head) + self.chord_match.weight[lags, reading.matches]
        kinds = _classes(reading.candidates.clamp(min=0))
        chord = chord.scatter_add(-1, kinds, pull * known)
        # To change from no chord to none is no change.
        none = (last == NONE)[..., None]
        chord[..., NO_CHORD:] = chord[..., NO_CHORD:].masked_fill(none, _FAR)
        kind = _classes(target)
        change = F.log_softmax(chord, -1).gather(-1, kind[..., None])[..., 0]
        change = change + self._bass(head, reading, kind, lags) * (target < NONE)
        return (
            torch.where(is_stay, F.logsigmoid(stay), F.logsigmoid(-stay) + change) * reading.weight
        )

    def _stay(self, head: Tensor, reading: Reading, known: Tensor, lags: Tensor) -> Tensor:
        pull = self.stay_copy(head) + self.stay_match.weight[lags, reading.matches]
        same = (reading.candidates == reading.last[..., None]) & known
        other = known & ~same
        stay: Tensor = self.stay(head)[..., 0] + (pull * same).sum(-1) - (pull * other).sum(-1)
        # Before the first beat nothing stands that could stay.
        return stay.masked_fill(reading.last > NONE, _FAR)

    def _bass(self, head: Tensor, reading: Reading, kind: Tensor, lags: Tensor) -> Tensor:
        steps = torch.arange(12, device=kind.device)
        chord = kind.clamp(max=NO_CHORD - 1)
        above = self.inversion.weight[kind] + self.above(head)
        above = above + self.bass(head).gather(-1, (chord[..., None] + steps) % 12)
        pull = self.bass_match.weight[lags, reading.matches]
        fits = (reading.candidates >= 0) & (_classes(reading.candidates) == kind[..., None])
        above = above.scatter_add(-1, reading.candidates.clamp(0, NONE - 1) % 12, pull * fits)
        same = (_classes(reading.last) == kind)[..., None] & (reading.last[..., None] % 12 == steps)
        above = above.masked_fill(same, _FAR)
        return F.log_softmax(above, -1).gather(-1, (reading.target % 12)[..., None])[..., 0]


def _classes(sonorities: Tensor) -> Tensor:
    """Return the classes of the chords, as `chord_class` does."""
    return torch.where(sonorities >= NONE, NO_CHORD, sonorities.div(12, rounding_mode="floor"))
