"""Music whose chords are known, and the network that is fitted on it."""

from __future__ import annotations

import numpy as np
import pytest

from lab.chords.accompanying import PATTERNS, UNSEEN, accompanied
from lab.chords.cases import NO_CHORD, Case, KnownChord, is_held_out
from lab.chords.drills import drill
from lab.chords.kinds import mir_label, nearest, tones_of
from symgen.music.chord_decoder import ChordDecoder
from symgen.music.chord_features import Features
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key

Q = 480
SHEET = Case(
    Score((Part((Note(0, 72, 16 * Q),)),), Q),
    (
        KnownChord(0, 2 * Q, NO_CHORD, NO_CHORD),
        KnownChord(2 * Q, 8 * Q, 0, 0),
        KnownChord(8 * Q, 10 * Q, 9, 9, "m7"),
        KnownChord(10 * Q, 16 * Q, 7, 11, "7"),
    ),
)


@pytest.mark.parametrize("pattern", [*PATTERNS, *UNSEEN])
def test_accompaniments_play_the_chords(pattern: str) -> None:
    case = accompanied(SHEET, pattern, 1)
    assert [chord.root for chord in case.truth] == [NO_CHORD, 0, 9, 7]
    played = case.score.parts[1].notes
    assert min(note.onset for note in played) == 2 * Q
    inside = 0
    for chord in case.truth[1:]:
        tones = {(chord.root + step) % 12 for step in tones_of(chord.quality)}
        assert chord.bass in tones
        mine = [note for note in played if chord.start <= note.onset < chord.end]
        assert mine
        assert max(note.end for note in mine) <= chord.end
        inside += sum(note.pitch % 12 in tones for note in mine)
    # The walking bass alone leaves the chords.
    assert inside >= (0.8 if pattern in UNSEEN else 1.0) * len(played)
    assert accompanied(SHEET, pattern, 1) == case


def test_titles_are_held_out_by_what_they_are() -> None:
    titles = [f"Song {number}" for number in range(400)]
    held = [title for title in titles if is_held_out(title)]
    assert 70 < len(held) < 130
    assert held == [title for title in titles if is_held_out(f" {title.upper()} ")]


def test_kinds_have_names_and_neighbors() -> None:
    assert [mir_label(root, kind) for root, kind in ((0, "m7b5"), (10, "7b9"), (-1, ""), (2, "7b5"))] == [
        "C:hdim7", "A#:7", "N", "X",
    ]  # fmt: skip
    assert nearest("maj7") == ("maj7",)
    assert nearest("13b9") == ("7",)
    assert nearest("anything") == ("", "m")


def test_drills_have_all_kinds() -> None:
    kinds = {chord.quality for number in range(12) for chord in drill(number).truth}
    assert kinds == {"", "m", "7", "m7", "maj7", "dim", "dim7", "m7b5", "aug", "sus4"}


def test_the_network_and_the_decoder_are_one() -> None:
    torch = pytest.importorskip("torch")
    from lab.chords.net import Batch, ChordNet

    torch.manual_seed(1)
    net = ChordNet(first=8, second=6, width=5, dropout=0.0).eval()
    with torch.no_grad():
        for table in net.parameters():
            table.add_(0.3 * torch.randn_like(table))
    draw = np.random.default_rng(0)
    features = Features(draw.random((9, 8, 12)), draw.random((9, 9)), draw.random((9, 14)))
    tensors = [torch.tensor(table, dtype=torch.float32)[None] for table in features]
    everything = torch.ones(1, 9, 121, dtype=torch.bool)
    batch = Batch(*tensors, torch.tensor([1]), everything, torch.ones(1, 9, dtype=torch.bool))
    decoder = ChordDecoder({name: table.numpy() for name, table in net.state_dict().items()})
    key = Key(0, "minor")
    with torch.no_grad():
        assert np.allclose(net.said(batch)[0].numpy(), decoder.said(features, key), atol=1e-4)
        assert np.allclose(net.stays(batch)[0].numpy(), decoder.stays(features), atol=1e-4)
        moves = net.moves()[1].T.numpy()
        assert float(net.loss(batch)) == pytest.approx(0.0, abs=1e-4)
    ours = decoder.moves(key)
    known = np.isfinite(ours)
    known[-1, -1] = False
    assert np.allclose(moves[known], ours[known], atol=1e-4)


def test_the_loss_is_that_of_all_rows() -> None:
    torch = pytest.importorskip("torch")
    from lab.chords.net import Batch, ChordNet

    torch.manual_seed(2)
    net = ChordNet(first=4, second=4, width=3, dropout=0.0).eval()
    draw = np.random.default_rng(3)
    tensors = [
        torch.tensor(draw.random(shape), dtype=torch.float32)
        for shape in ((1, 2, 8, 12), (1, 2, 9), (1, 2, 14))
    ]
    allowed = torch.zeros(1, 2, 121, dtype=torch.bool)
    allowed[0, 0, 5] = allowed[0, 1, 7] = True
    batch = Batch(*tensors, torch.tensor([0]), allowed, torch.ones(1, 2, dtype=torch.bool))
    with torch.no_grad():
        said, stay = net.said(batch)[0], net.stays(batch)[0, 1]
        pairs = said[0][:, None] + said[1] + net.moves()[0].masked_fill(torch.eye(121).bool(), -1e9)
        pairs = torch.where(torch.eye(121).bool(), said[0][:, None] + said[1] + stay, pairs)
        expected = (torch.logsumexp(pairs.ravel(), 0) - pairs[5, 7]) / 2
        assert float(net.loss(batch)) == pytest.approx(float(expected), rel=1e-4)
