"""Measure the bars of a GAN against real ones that were held out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from symgen.corpus import Store
from symgen.evaluation.evaluate import piece_likelihoods
from symgen.evaluation.pieces import Piece, read_pieces
from symgen.gan.metrics import compare_bars, measure_bars
from symgen.gan.model import BarGan
from symgen.gan.steps import StepTune, from_steps
from symgen.gan.tunes import requests_like, some_tunes
from symgen.gan.writing import Request
from symgen.nets.checkpoint import load_model_files
from symgen.nets.models import find_model
from symgen.system.errors import ControlError
from symgen.system.files import PathLike, check_writable, make_folder, write_together

__all__ = ["GanEvaluation", "evaluate_gan", "save_evaluation"]

Row = dict[str, float]

_LABELS = {
    "empty": "empty bars",
    "pitch_classes": "pitch classes a bar",
    "notes": "notes a bar",
    "eighths": "notes of an eighth or more",
    "in_scale": "notes in the scale",
    "leaps": "leaps beyond an octave",
    "kl_pitch_class": "pitch classes above the tonic, bits from real",
    "kl_duration": "durations, bits from real",
    "kl_place": "places of onsets, bits from real",
    "kl_interval": "intervals, bits from real",
    "unique_bars": "different bars",
    "copied_bars": "bars that a training tune has",
    "other_latent": "pairs of random numbers that give different bars",
    "bits_per_16th": "bits a 16th, by the language model",
}
_SHARES = ("empty", "eighths", "in_scale", "leaps", "unique_bars", "copied_bars", "other_latent")
_FILES = ("report.md", "report.json", "distributions.png")


@dataclass(frozen=True)
class GanEvaluation:
    """What was measured."""

    facts: dict[str, Any]  # names, seed, numbers of tunes and bars
    # By figure: ``real``, ``generated``, and ``floor``: the same of a second real set beside the
    # first. Divergences have ``kl`` and ``floor``
    table: dict[str, Row]
    # The tunes that were written, and those that they were held to
    made: tuple[StepTune, ...] = field(repr=False)
    real: tuple[StepTune, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {**self.facts, "table": self.table}

    def to_markdown(self) -> str:
        """Return the table as Markdown."""
        facts = self.facts
        lines = [
            f"# {facts['generated_tunes']} tunes by {facts['model']} beside {facts['real_tunes']} real ones",
            "",
            "| | real | a second real set | generated |",
            "|---|---|---|---|",
        ]
        for name, row in self.table.items():
            cells = [_cell(name, row.get(column)) for column in ("real", "floor", "generated")]
            if "kl" in row:
                cells = ["", _cell(name, row.get("floor")), _cell(name, row["kl"])]
            lines.append(f"| {_LABELS[name]} | {' | '.join(cells)} |")
        about = f"Real: {facts['split']}; second real set: {facts['second']}. Seed {facts['seed']}"
        model = f", language model {facts['language_model']}" if facts.get("language_model") else ""
        return "\n".join([*lines, "", f"{about}{model}."])


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if name in _SHARES else f"{value:.3f}"


def evaluate_gan(
    gan: BarGan,
    store: Store,
    *,
    split: str = "test",
    tunes: int = 300,
    bars: int = 16,
    seed: int = 0,
    language_model: PathLike | None = None,
) -> GanEvaluation:
    """Measure tunes of a GAN against real ones that were held out."""
    # `store`: one split gives the real bars, another one the second real set; the training part is
    # searched for copies; `language_model`: asked for the likelihood of both sets: bits a 16th,
    # from bar line to bar line, without pickups.
    _check(tunes, bars, split)
    second = "valid" if split == "test" else "test"
    real, other, training = (some_tunes(store, name, gan.grid) for name in (split, second, "train"))
    made = gan.write(requests_like(real, tunes, bars), seed=seed)
    table = _table((made, real, other, training), language_model)
    table["other_latent"] = {"generated": _differ(gan, real, seed)}
    facts: dict[str, Any] = {
        "model": gan.name,
        "split": split,
        "second": second,
        "real_tunes": len(real),
    }
    facts |= {"generated_tunes": len(made), "bars": bars, "seed": seed}
    facts["language_model"] = None if language_model is None else str(language_model)
    return GanEvaluation(facts, table, tuple(made), tuple(real))


def _check(tunes: int, bars: int, split: str) -> None:
    if not (1 <= tunes <= 100_000 and 1 <= bars <= 512):
        raise ControlError(f"n {tunes}, bars {bars}: use 1..100000 tunes of 1..512 bars")
    if split not in ("train", "valid", "test"):
        raise ControlError(f"split {split!r}: use train, valid or test")


def _table(sets: tuple[Sequence[StepTune], ...], language_model: PathLike | None) -> dict[str, Row]:
    """Compare generated tunes, and a second real set, with real ones; the last set is searched for copies."""
    made, real, other, training = sets
    table = {name: dict(row) for name, row in compare_bars(made, real, training).items()}
    for name, row in compare_bars(other, real, training).items():
        table[name]["floor"] = row["kl"] if "kl" in row else row["generated"]
    if language_model is not None:
        sides = {"real": real, "floor": other, "generated": made}
        table["bits_per_16th"] = {
            side: bits_per_16th(some, language_model) for side, some in sides.items()
        }
    return table


def _differ(gan: BarGan, real: Sequence[StepTune], seed: int) -> float:
    """Write one bar twice after the first half of each tune, from other random numbers, as they come."""
    requests = [Request(tune.meter, tune.key, 1, tune.bars[: len(tune) // 2]) for tune in real]
    own = gan.as_it_comes()
    pairs = zip(
        *(own.write(requests, seed=seed + offset) for offset in (10_001, 10_002)), strict=True
    )
    return float(np.mean([not np.array_equal(one.bars, other.bars) for one, other in pairs]))


def bits_per_16th(tunes: Sequence[StepTune], model: PathLike) -> float:
    """Ask a language model how many bits a 16th tunes take, over all their music."""
    scores = [score for tune in tunes if (score := from_steps(tune)).note_count]
    pieces: Sequence[Piece] = read_pieces(scores).pieces
    found = [
        one
        for one in piece_likelihoods(pieces, load_model_files(find_model(model)))
        if not one.problem
    ]
    return sum(sum(one.bits.values()) for one in found) / max(
        1e-9, sum(one.sixteenths for one in found)
    )


def save_evaluation(
    found: GanEvaluation, folder: PathLike, *, overwrite: bool = False
) -> list[Path]:
    """Write table and distributions into a folder."""
    from symgen.gan.plots import plot_bar_distributions

    place = make_folder(folder)
    for name in _FILES:
        check_writable(place / name, overwrite=overwrite)
    plot_bar_distributions(measure_bars(found.made), measure_bars(found.real), place / _FILES[2])
    data = {
        _FILES[0]: found.to_markdown() + "\n",
        _FILES[1]: json.dumps(found.to_json(), indent=1) + "\n",
    }
    written = write_together(place, {name: text.encode() for name, text in data.items()})
    return [*written, place / _FILES[2]]
