"""The plain baseline: its tokens by hand, and what its loss counts."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small import PIECES, TINY, V, random_events, tune

from lab.baseline import PlainNet, PlainPiece, PlainTask, main, plain_chunks, plain_piece
from symgen.corpus import Store
from symgen.music.theory import Key
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import SIZES, load_model_files
from symgen.system.errors import CheckpointError
from symgen.tokens import encode
from symgen.training import TrainOptions, train_store
from symgen.writing.model import load_model

PLAIN = replace(TINY, kind="plain")
BAR, END, POSITION = 1, 2, 3
PART = POSITION + 4 * V.longest
PITCH = PART + 32
DURATION = PITCH + 128
VELOCITY = DURATION + 98
STYLE = VELOCITY + 128
TONIC = STYLE + 3
MODE = TONIC + 13
NUMERATOR = MODE + 16
DENOMINATOR = NUMERATOR + 33
PICKUP = DENOMINATOR + 9
BARS = PICKUP + 49


def piece(text: str = "G4|C4 - D4:2", *, key: str = "G major") -> PlainPiece:
    events, _ = encode(
        tune(text, pickup="1/4"), V, key=Key.parse(key) if key else None, style="reel"
    )
    return plain_piece(events, V, PLAIN)


def test_the_tokens_of_a_small_tune() -> None:
    made = piece()
    given = [STYLE + 2, TONIC + 7, MODE + 1, NUMERATOR + 4, DENOMINATOR + 3, PICKUP + 12, BARS + 2]
    notes = [(0, 67, 12), (0, 60, 12), (24, 62, 24)]
    words = [[POSITION + time, PITCH + pitch, DURATION + length] for time, pitch, length in notes]
    assert made.tokens.tolist() == [*given, BAR, *words[0], BAR, *words[1], *words[2], END]
    assert made.given == len(given)
    assert made.tokens[made.is_pitch].tolist() == [PITCH + 67, PITCH + 60, PITCH + 62]


def test_chords_share_a_position_and_free_fields_are_tokens() -> None:
    events = random_events(4, parts=3, chords=True, bars=4)
    free, fixed = plain_piece(events, V, replace(PLAIN, fixed=())), plain_piece(events, V, PLAIN)
    notes = int((events.fields[:, 0] < V.skip).sum())
    assert len(free.tokens) - len(fixed.tokens) == 2 * notes
    positions = int(((fixed.tokens >= POSITION) & (fixed.tokens < PART)).sum())
    assert positions < notes
    assert len(fixed.tokens) == 7 + events.header.bars + positions + 2 * notes + 1


def test_a_shift_moves_the_pitches_and_the_tonic() -> None:
    """The network is told the key it hears."""
    for key, tonic in (("G major", 10), ("", 12)):
        made = piece(key=key)
        (chunk,) = plain_chunks([made], [Masking(shift=3)], 100)
        moved = chunk.tokens[0].tolist()
        there = piece("Bb4|Eb4 - F4:2", key="Bb major" if key else "").tokens[:-1].tolist()
        assert moved == there
        assert moved[1] == TONIC + tonic


def test_given_tokens_cost_nothing_and_every_other_one_counts_once() -> None:
    """With all weights zero each token costs the logarithm of their number, in any batch and any chunks."""
    net = PlainNet(PLAIN, V)
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
    pieces = [plain_piece(random_events(**{**a, "bars": 5}), V, PLAIN) for a in PIECES[:4]]
    wanted = sum(len(p.tokens) - p.given for p in pieces)
    for steps in (1, 9, 10_000):
        state, nats, counted = None, 0.0, 0
        for chunk in plain_chunks(pieces, [Masking()] * 4, steps):
            with torch.no_grad():
                losses, state = net.loss(chunk, state)
            nats, counted = nats + float(losses["token"]), counted + chunk.events
        assert counted == wanted
        assert nats == pytest.approx(wanted * math.log(net.logits.out_features), rel=1e-5)


def test_padding_and_chunks_change_no_loss() -> None:
    torch.manual_seed(0)
    net = PlainNet(replace(PLAIN, layers=2), V).eval()
    pieces = [plain_piece(random_events(**{**a, "bars": 5}), V, PLAIN) for a in PIECES[:4]]

    def nats(some: list[PlainPiece], steps: int) -> float:
        state, total = None, 0.0
        with torch.no_grad():
            for chunk in plain_chunks(some, [Masking()] * len(some), steps):
                losses, state = net.loss(chunk, state)
                total += float(losses["token"])
        return total

    alone = sum(nats([one], 10_000) for one in pieces)
    assert nats(pieces, 10_000) == pytest.approx(alone, rel=1e-5)
    assert nats(pieces, 11) == pytest.approx(alone, rel=1e-5)


def test_it_learns_and_cannot_write(store: Store, tmp_path: Path) -> None:
    options = TrainOptions(
        net=replace(PLAIN, hidden=16), epochs=2, batch=4, rate=1e-2, device="cpu", seed=3
    )
    run = tmp_path / "plain"
    report = train_store(store, run, options=options, make_task=PlainTask)
    assert report.rows[1]["valid_bits_per_note"] < report.rows[0]["valid_bits_per_note"]
    again = train_store(
        store, run, options=replace(options, epochs=3), resume=True, make_task=PlainTask
    )
    assert again.rows[:2] == report.rows
    with pytest.raises(CheckpointError, match="plain baseline, which only measures"):
        load_model(run)


def test_the_command_trains_it(
    store_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(SIZES, "base", PLAIN)
    run = tmp_path / "run"
    command = [str(store_folder), "-o", str(run), "--device", "cpu", "--seed", "2"]
    assert main([*command, "--epochs", "1"]) == 0
    assert load_model_files(run / "best").config.kind == "plain"
    assert main([*command, "--epochs", "2", "--resume"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{run}\n" * 2
    assert [line.partition(":")[0] for line in err.splitlines()] == ["step 1", "step 2"]
