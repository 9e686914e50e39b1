"""Training on a CUDA device: the same losses as on the CPU, and a resumed run that goes on as it would have.

By hand, with ``pytest -m gpu -s``: some tests print how fast it learns.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
import torch

from symgen.corpus import Store
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import NetConfig, load_model_files
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store
from symgen.training.run import LAST, read_state
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


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_two_cards_learn_what_one_learns(store_folder: Path, tmp_path: Path) -> None:
    """With NCCL; sums of a GPU differ in order."""
    words = "--hidden 32 --head 24 --batch 8 --epochs 3 --precision float32 --device cuda"
    train = ["-m", "symgen", "train", str(store_folder), *words.split(), "-o"]
    several = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for name, start in (("one", []), ("two", several)):
        subprocess.run([sys.executable, *start, *train, tmp_path / name], check=True)
    one, two = (read_state(tmp_path / name)["rows"] for name in ("one", "two"))
    for there, here in zip(one, two, strict=True):
        assert here["valid_bits_per_note"] == pytest.approx(there["valid_bits_per_note"], rel=0.01)


FAST = replace(
    OPTIONS, net=replace(NET, hidden=320, head=224), epochs=40, steps=256, precision="auto"
)


def rates_of(store: Store, folder: Path, options: TrainOptions) -> tuple[float, float]:
    """Events a second, the median of the later half, and how busy the card was."""
    seen: list[TrainProgress] = []
    train_store(store, folder, options=options, callbacks=Callbacks(seen.append))
    rates = [progress.rate for progress in seen if progress.rate]
    return median(rates[len(rates) // 2 :]), max(progress.busy for progress in seen)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("batch", [32, 128, 512])
def test_how_fast_it_learns(store: Store, tmp_path: Path, batch: int, precision: str) -> None:
    """Printed, for the table of the docs: larger batches should fill the card."""
    options = replace(FAST, batch=batch, precision=precision)
    torch.cuda.reset_peak_memory_stats()
    rate, busy = rates_of(store, tmp_path / "run", options)
    used = torch.cuda.max_memory_allocated() / 1e9
    sys.stdout.write(
        f"\nbatch {batch}, {precision}: {rate:,.0f} events/s, busy {busy:.0%}, {used:.2f} GB\n"
    )
    assert rate > 0
    assert 0 < busy <= 1


def test_what_compiling_gains(store: Store, tmp_path: Path) -> None:
    plain, _ = rates_of(store, tmp_path / "plain", FAST)
    compiled, _ = rates_of(store, tmp_path / "compiled", replace(FAST, compile=True))
    sys.stdout.write(f"\ncompiled: {compiled / plain:.2f} times as fast\n")
    assert compiled > 0


def test_compiled_losses_are_those_that_are_not(store: Store) -> None:
    torch.manual_seed(1)
    task = EventTask(fit_config(replace(NET, dropout=0.0), store), store.vocabulary)
    split = load_split(store, store.pieces("train")[:4], task, GPU)
    task.net.to(GPU)
    (chunk, *_) = task.chunks([split.pieces[i] for i in range(4)], MASKS, 48)
    wanted, _ = task.losses(chunk, None)
    task.compile()
    found, _ = task.losses(chunk, None)
    for name, value in wanted.items():
        assert float(found[name].detach()) == pytest.approx(float(value.detach()), rel=2e-3)


def test_sixteen_bits_learn_as_32_do(store: Store, tmp_path: Path) -> None:
    found = [
        train_store(store, tmp_path / name, options=replace(OPTIONS, precision=name))
        for name in ("float32", "bfloat16")
    ]
    exact, rounded = (report.metrics["valid_bits_per_note"] for report in found)
    assert rounded == pytest.approx(exact, rel=0.03)


def test_batches_from_pinned_memory_are_those_of_the_cpu(store: Store) -> None:
    task = EventTask(fit_config(NET, store), store.vocabulary)
    here, there = (
        load_split(store, store.pieces("train")[:4], task, device) for device in (CPU, GPU)
    )
    made = EventTask(fit_config(NET, store), store.vocabulary)
    for one, other in zip(
        made.chunks([here.pieces[i] for i in range(4)], MASKS, 48),
        task.chunks([there.pieces[i] for i in range(4)], MASKS, 48),
        strict=True,
    ):
        assert torch.equal(one.rows, other.rows.cpu())
        for name, head in one.heads.items():
            for of, tensor in vars(head).items():
                moved = getattr(other.heads[name], of)
                assert (tensor is None and moved is None) or torch.equal(tensor, moved.cpu())
