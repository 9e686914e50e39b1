"""Training on a CUDA device: the same losses as on the CPU, and a resumed run that goes on as it would have.

By hand, with ``pytest -m gpu -s``: the last test prints how fast it learns.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from symgen.corpus import Store
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import NetConfig, load_model_files
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store
from symgen.training.run import LAST
from symgen.training.tasks import EventTask, fit_config, load_split, total_loss

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.filterwarnings("default"),
]

GPU, CPU = torch.device("cuda"), torch.device("cpu")
NET = NetConfig(hidden=32, head=24, dropout=0.2, goals=True)
OPTIONS = TrainOptions(
    net=NET, epochs=4, batch=4, steps=64, rate=1e-2, device="cuda", precision="float32", seed=3
)
MASKS = [
    Masking(),
    Masking(shift=3),
    Masking(shift=-2, style=True, key=True, bars_left=True),
    Masking(ensemble=True),
]


def test_the_loss_and_its_gradient_are_those_of_the_cpu(store: Store) -> None:
    found = []
    for device in (CPU, GPU):
        torch.manual_seed(1)
        task = EventTask(fit_config(replace(NET, dropout=0.0), store), store.vocabulary)
        split = load_split(store, store.pieces("train")[:4], task, device)
        assert isinstance(split.pieces[0].fields, torch.Tensor) == (device == GPU)
        task.net.to(device)
        state, nats = None, torch.zeros((), device=device)
        for chunk in task.chunks(split.pieces, MASKS, 48):
            losses, state = task.losses(chunk.to(device), state)
            nats = nats + total_loss(losses)
        nats.backward()  # type: ignore[no-untyped-call]
        size = (
            sum(float(p.grad.square().sum()) for p in task.net.parameters() if p.grad is not None)
            ** 0.5
        )
        found.append((float(nats.detach()), size))
    assert found[1] == pytest.approx(found[0], rel=2e-3)


def test_a_resumed_run_goes_on_as_it_would_have(store: Store, tmp_path: Path) -> None:
    """The sums of a GPU differ in order; random numbers and the order of pieces do not."""

    def stop(progress: TrainProgress) -> None:
        if progress.metrics and progress.epoch == 2:
            raise KeyboardInterrupt

    whole = train_store(store, tmp_path / "whole", options=OPTIONS)
    with pytest.raises(KeyboardInterrupt):
        train_store(store, tmp_path / "run", options=OPTIONS, callbacks=Callbacks(stop))
    torch.cuda.manual_seed(99)  # what is saved replaces it
    resumed = train_store(store, tmp_path / "run", options=OPTIONS, resume=True)
    assert [row["epoch"] for row in resumed.rows] == [1, 2, 3, 4]
    for there, here in zip(whole.rows, resumed.rows, strict=True):
        assert here["train_bits_per_note"] == pytest.approx(there["train_bits_per_note"], rel=0.01)
        assert here["valid_bits_per_note"] == pytest.approx(there["valid_bits_per_note"], rel=0.01)
    one, two = (load_model_files(report.folder / LAST).weights for report in (whole, resumed))
    assert all(abs(one[name] - two[name]).max() < 0.05 for name in one)


def test_a_run_of_a_gpu_can_be_resumed_on_the_cpu(store: Store, tmp_path: Path) -> None:
    train_store(store, tmp_path / "run", options=replace(OPTIONS, epochs=2))
    more = train_store(store, tmp_path / "run", options=replace(OPTIONS, device="cpu"), resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2, 3, 4]
    assert more.rows[-1]["valid_bits_per_note"] < more.rows[0]["valid_bits_per_note"]


def test_how_fast_it_learns(store: Store, tmp_path: Path) -> None:
    rates: list[float] = []
    options = replace(
        OPTIONS,
        net=replace(NET, hidden=320, head=224),
        epochs=30,
        batch=32,
        steps=256,
        precision="auto",
    )
    started = time.monotonic()
    callbacks = Callbacks(lambda progress: rates.append(progress.rate))
    train_store(store, tmp_path / "run", options=options, callbacks=callbacks)
    sys.stdout.write(
        f"\n{max(rates):,.0f} events a second at best, {time.monotonic() - started:.1f} s\n"
    )
    assert max(rates) > 0
