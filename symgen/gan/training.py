"""Train a GAN on the melodies of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.corpus import Store
from symgen.gan.checkpoint import GAN, GanModel, save_gan
from symgen.gan.metrics import compare_bars
from symgen.gan.model import BarGan
from symgen.gan.steps import StepTune
from symgen.gan.tunes import describe_corpus, some_tunes, wishes_like
from symgen.system.errors import ExistsError
from symgen.system.files import PathLike, check_writable, locked_folder, new_folder
from symgen.system.inputs import check_folder_apart
from symgen.system.requirements import need

if TYPE_CHECKING:
    from lab.gan_tutorial_fitting import TutorialOptions
    from symgen.gan.fitting import GanReport, Hooks
    from symgen.gan.options import GanOptions

__all__ = ["train_gan", "train_tutorial"]

_CHART = "training.png"
_VALID_TUNES, _VALID_BARS = 300, 16
_AIMS = {"kl_pitch_class": 0.05, "kl_duration": 0.10, "kl_place": 0.05, "kl_interval": 0.15}
"""What counts as near: a network is chosen by the sum of its divergences in these units."""


def train_gan(
    store: Store,
    output: PathLike,
    *,
    options: GanOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    hooks: Hooks = (None, None),
) -> GanReport:
    """Train a bar GAN on the melodies of a corpus.

    Parameters
    ----------
    store : Store
        Its training part teaches, its validation part chooses the generator.
    output : path
        Folder of the run: gets ``best`` (the generator), ``last`` (what is needed to go on), ``training.png``.
    options : GanOptions, optional
        On resume those of the run by default.
    resume, overwrite, hooks
        As for `lab.transcriber.trainer.train_transcriber`.

    Returns
    -------
    GanReport

    Raises
    ------
    SymgenError
        If the corpus holds no tune that the GAN can read, or the run is there, damaged or cannot be written.
    """
    need("torch", "safetensors", "matplotlib")
    from symgen.gan.fitting import fit_gan
    from symgen.gan.options import GanOptions
    from symgen.gan.plots import plot_gan_training
    from symgen.gan.state import load_options

    folder = Path(output)
    check_folder_apart(folder, [store.path], may_hold=True)
    if options is None:
        options = GanOptions.from_json(load_options(folder)) if resume else GanOptions()
    with new_folder(folder), locked_folder(folder):
        _check_run(folder, resume=resume, overwrite=overwrite)
        train, valid = (some_tunes(store, split, options.net.grid) for split in ("train", "valid"))
        info = {"name": folder.name, **describe_corpus(store, train)}
        validate = partial(_validate, real=valid)
        report = fit_gan(
            train, folder, options, validate=validate, info=info, resume=resume, hooks=hooks
        )
        if report.rows:
            plot_gan_training(report.rows, folder / _CHART)
        return report


def train_tutorial(
    store: Store,
    output: PathLike,
    *,
    options: TutorialOptions | None = None,
    overwrite: bool = False,
    stop: Callable[[], bool] | None = None,
) -> Path:
    """Train the GAN of the tutorial on the tunes of a corpus in 4/4: see `lab.gan_tutorial`.

    Parameters
    ----------
    store : Store
    output : path
        Folder of the run: gets ``best`` and ``training.png``.
    options : TutorialOptions, optional
    overwrite : bool
        Start anew over a run that is there.
    stop : callable, optional
        Asked after each update whether to end; what is learned by then is kept.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    SymgenError
        As `train_gan`.
    """
    need("torch", "safetensors", "matplotlib")
    from lab.gan_tutorial_fitting import TutorialOptions, fit_tutorial
    from symgen.gan.checkpoint import GanConfig
    from symgen.gan.plots import plot_gan_training

    folder, options = Path(output), options or TutorialOptions()
    check_folder_apart(folder, [store.path], may_hold=True)
    with new_folder(folder), locked_folder(folder):
        _check_run(folder, resume=False, overwrite=overwrite)
        tunes = [tune for tune in some_tunes(store, "train", 4) if tune.meter == "4/4"]
        weights, rows = fit_tutorial(tunes, options, stop=stop)
        training = {
            "minutes": options.minutes,
            "batch": options.batch,
            "rate": options.rate,
            "seed": options.seed,
        }
        info = {
            "name": folder.name,
            "preset": "tutorial",
            "training": training,
            **describe_corpus(store, tunes),
        }
        save_gan(GanModel(GanConfig(), weights, info), folder / "best")
        if rows:
            plot_gan_training(rows, folder / _CHART)
    return folder


def _check_run(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that holds a run, unless it is to be resumed or replaced, or that cannot be written."""
    from symgen.training.snapshot import holds_snapshot

    check_writable(folder / _CHART, overwrite=True)
    if (holds_snapshot(folder) or (folder / "best" / GAN.card).exists()) and not (
        resume or overwrite
    ):
        raise ExistsError(
            f"{folder}: holds a run already; pass --resume to go on, or --overwrite to start anew"
        )


def _validate(model: GanModel, real: Sequence[StepTune]) -> Mapping[str, float]:
    """Measure a generator; its score is the lower the farther its bars are from real ones, or the more alike."""
    made = BarGan(model).as_it_comes().write(wishes_like(real, _VALID_TUNES, _VALID_BARS), seed=1)
    table = compare_bars(made, real)
    row = {name: table[name]["kl"] for name in _AIMS}
    row |= {name: table[name]["generated"] for name in ("unique_bars", "leaps", "in_scale")}
    far = sum(min(4.0, row[name] / aim) for name, aim in _AIMS.items())
    alike = max(0.0, 0.8 - table["unique_bars"]["ratio"])
    astray = max(0.0, row["leaps"] - 0.01) + max(0.0, abs(table["in_scale"]["difference"]) - 0.05)
    return row | {"score": -far - 20 * alike - 20 * astray}
