"""The end of a run: samples, what they copy, the model card and the report are written into its folder."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from symgen.corpus import Store
from symgen.nets.checkpoint import load_model_files
from symgen.nets.inference import InferenceNet
from symgen.pages.run import RunPage, write_run_page
from symgen.pages.takes import PageTake
from symgen.runs.card import CARD_HEAD, model_card
from symgen.runs.facts import RunFacts
from symgen.runs.samples import SAMPLE_BARS, draw_samples, remove_samples, write_samples
from symgen.system.files import read_bytes, write_atomic
from symgen.training import TrainOptions, TrainReport, read_facts
from symgen.training.language import CARD_FILE, CURVES, REPORT_FILE, SAMPLES
from symgen.training.run import BEST
from symgen.writing.generator import Generator

__all__ = ["finish_run", "remove_finish"]

_COLUMNS = {
    "step": "updates",
    "epoch": "passes",
    "train_bits_per_note": "training",
    "valid_bits_per_note": "held out",
    "valid_bits_per_16th": "held out, a 16th",
}


def finish_run(
    store: Store,
    report: TrainReport,
    options: TrainOptions,
    note: Callable[[str], object] | None = None,
) -> RunFacts:
    """Write what the best network writes, its card and the report of the run."""
    folder = report.folder
    model = load_model_files(folder / BEST)
    writer = Generator(InferenceNet(model), model.info, folder / BEST)
    corpus = read_facts(store)
    facts = RunFacts(
        folder=folder,
        config=model.config,
        info=model.info,
        parameters=writer.parameters,
        rows=report.rows,
        options=options,
        tunes=corpus.tunes,
        is_small=corpus.is_small,
        samples=draw_samples(writer, store),
    )
    write_samples(facts.samples, folder / SAMPLES, note)
    if _is_ours(folder / CARD_FILE):
        write_atomic(folder / CARD_FILE, model_card(facts))
    elif note:
        note(f"{folder / CARD_FILE}: is no card of this run and stays; the model has no card")
    write_run_page(_page(facts, read_bytes(folder / CURVES)), folder / REPORT_FILE)
    return facts


def remove_finish(folder: Path) -> None:
    """Remove what an earlier end of the run has left."""
    remove_samples(folder / SAMPLES)
    (folder / REPORT_FILE).unlink(missing_ok=True)
    if _is_ours(folder / CARD_FILE):
        (folder / CARD_FILE).unlink(missing_ok=True)


def _is_ours(path: Path) -> bool:
    """Whether a card may be replaced: it was written here, or there is none."""
    return not path.exists() or read_bytes(path, len(CARD_HEAD)).startswith(CARD_HEAD.encode())


def _page(facts: RunFacts, curves: bytes) -> RunPage:
    line = f"symgen generate --model {shlex.quote(facts.name)} --bars {SAMPLE_BARS} --seed"
    return RunPage(
        title=f"Run {facts.name}",
        told=facts.told(),
        facts=facts.table(),
        rows=facts.rows,
        columns=_COLUMNS,
        curves=curves,
        curves_told=_curves_told(facts.rows),
        takes=[
            PageTake(
                score=sample.score,
                name=sample.name,
                seed=sample.seed,
                command=f"{line} {sample.seed}",
            )
            for sample in facts.samples.kept
        ],
        commands=facts.commands(),
    )


def _curves_told(rows: Sequence[Mapping[str, float]]) -> str:
    """Say in words what the curves show."""
    name = "valid_bits_per_note"
    first, last = rows[0], rows[-1]
    best = min(rows, key=lambda row: row[name])
    told = (
        f"Bits a note on held-out pieces: {first[name]:.3f} at update {first['step']:.0f}, "
        f"best {best[name]:.3f} at update {best['step']:.0f}, {last[name]:.3f} at the end."
    )
    if last is not best and last[name] > 1.02 * best[name]:
        told += " After the best one it only learned its tunes by heart: the best network is kept."
    return told
