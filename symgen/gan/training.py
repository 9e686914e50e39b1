"""Training a GAN on the melodies of a corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.corpus import Store
from symgen.gan.checkpoint import GAN, GanModel
from symgen.gan.metrics import compare_bars
from symgen.gan.model import BarGan
from symgen.gan.steps import StepTune
from symgen.gan.tunes import describe_corpus, requests_like, some_tunes
from symgen.system.files import PathLike, locked_folder, new_folder
from symgen.system.inputs import check_folder_apart
from symgen.system.requirements import need

if TYPE_CHECKING:
    from symgen.gan.options import GanOptions
    from symgen.training import Callbacks, TrainReport

__all__ = ["train_gan"]

_CHART = "training.png"
_AIMS = {"kl_pitch_class": 0.05, "kl_duration": 0.10, "kl_place": 0.05, "kl_interval": 0.15}
"""What counts as near: a network is chosen by the sum of its divergences in these units."""


def train_gan(
    store: Store,
    output: PathLike,
    *,
    options: GanOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: Callbacks | None = None,
    valid_size: tuple[int, int] = (300, 16),
) -> TrainReport:
    """Train a bar GAN on a corpus, in a folder that gets ``best``, ``last`` and ``training.png``.

    The training part of the store teaches, its validation part chooses the generator; `valid_size`
    are the tunes that a validation writes, and the bars of each. On resume the options are those of
    the run by default.
    """
    need("torch", "safetensors", "matplotlib")
    from symgen.gan.fitting import fit_gan
    from symgen.gan.options import GanOptions
    from symgen.gan.plots import plot_gan_training
    from symgen.training.run import check_run, read_options, remove_run

    folder = Path(output)
    check_folder_apart(folder, [store.path], may_hold=True)
    if options is None:
        options = read_options(folder, GanOptions.from_json) if resume else GanOptions()
    with new_folder(folder), locked_folder(folder):
        check_run(folder, GAN, resume=resume, overwrite=overwrite)
        train, valid = (some_tunes(store, split, options.net.grid) for split in ("train", "valid"))
        if overwrite:
            remove_run(folder, GAN)
        report = fit_gan(
            train,
            folder,
            options,
            validate=partial(_validate, real=valid, size=valid_size),
            info={"name": folder.name, **describe_corpus(store, train)},
            resume=resume,
            callbacks=callbacks,
        )
        if report.rows:
            plot_gan_training(report.rows, folder / _CHART)
        return report


def _validate(
    model: GanModel, real: Sequence[StepTune], size: tuple[int, int]
) -> Mapping[str, float]:
    """Measure a generator; its score falls as its bars are unlike real ones, or all alike."""
    requests = requests_like(real, *size)
    made = BarGan(model).as_it_comes().write(requests, seed=1)
    table = compare_bars(made, real)
    row = {name: table[name]["kl"] for name in _AIMS}
    row |= {name: table[name]["generated"] for name in ("unique_bars", "leaps", "in_scale")}
    # No divergence counts for more than four aims: early networks are far off in all of them.
    far = sum(min(4.0, row[name] / aim) for name, aim in _AIMS.items())
    alike = max(0.0, 0.8 - table["unique_bars"]["ratio"])
    astray = max(0.0, row["leaps"] - 0.01) + max(0.0, abs(table["in_scale"]["difference"]) - 0.05)
    return row | {"score": -far - 20 * alike - 20 * astray}
