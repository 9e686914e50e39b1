"""Train the transcriber on clips of a corpus and soundfonts, and measure it on such clips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.renditions import Clip, ClipOptions, make_clips
from lab.transcriber.clip_store import ClipFile, read_clips, write_clips
from lab.transcriber.fitting import TranscriberOptions, fit_transcriber
from lab.transcriber.matching import count_matches, f_measure
from lab.transcriber.targets import Targets, frame_targets
from symgen.corpus import Store
from symgen.music.score import Score
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import (
    PathLike,
    locked_folder,
    new_folder,
    seal_json,
    unseal_json,
    write_atomic,
)
from symgen.system.inputs import check_folder_apart
from symgen.tokens import decode
from symgen.training.fit import Callbacks, TrainReport
from symgen.training.run import Run, check_run, remove_run
from symgen.transcriber.checkpoint import TRANSCRIBER, TranscriberModel
from symgen.transcriber.inference import InferenceTranscriber
from symgen.transcriber.notes import detect_notes
from symgen.transcriber.spectrum import log_spectrogram

__all__ = ["ClipPlan", "judge_clips", "train_transcriber"]

_FILE_HOURS = 0.25
"""Of clips a file: one is in memory while it is written."""
_PLAN = "clips.json"
_VALID_SECONDS = 600.0
_VALID_SEED = 1_000_003
"""Added to the seed: clips of validation are drawn from other numbers than those of training."""
_MOST_TUNES = 4000
_NEGATIVE = 0.08
"""Share of clips without a melody, speech above all."""


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What a transcriber is trained on."""

    soundfonts: Sequence[PathLike]
    # Training does not hear this one: the network that does best with it is kept, as users play
    # other instruments than those of the clips.
    val_soundfont: PathLike
    # Of all clips.
    hours: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.soundfonts:
            raise ControlError("soundfont: name at least one for the clips of training")
        if Path(self.val_soundfont).resolve() in {Path(font).resolve() for font in self.soundfonts}:
            raise ControlError(
                f"val-soundfont {self.val_soundfont}: is trained on; name another, it is to be unknown"
            )
        if not 0.02 <= self.hours <= 1000:
            raise ControlError(f"hours {self.hours}: must be 0.02..1000")

    @property
    def files(self) -> int:
        """How many files the clips fill."""
        return max(1, round(self.hours / _FILE_HOURS))

    def to_json(self) -> dict[str, Any]:
        """Return what the clips depend on, but the tunes."""
        fonts = [Path(font).name for font in self.soundfonts]
        return {
            "soundfonts": fonts,
            "val": Path(self.val_soundfont).name,
            "hours": self.hours,
            "seed": self.seed,
        }


def train_transcriber(
    store: Store,
    output: PathLike,
    *,
    plan: ClipPlan,
    options: TranscriberOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: Callbacks | None = None,
) -> TrainReport:
    """Train a transcriber, in a folder that gets ``clips`` (190 MB an hour), ``best`` and ``last``.

    The training part of the store gives the tunes to learn from, its validation part those to choose
    the network by. Clips of the same plan are used again, whatever becomes of the run.
    """
    folder, callbacks = Path(output), callbacks or Callbacks()
    check_folder_apart(folder, [store.path], may_hold=True)
    with new_folder(folder), locked_folder(folder):
        check_run(folder, TRANSCRIBER, resume=resume, overwrite=overwrite)
        options = options or TranscriberOptions(seed=plan.seed)
        run = Run(folder, store.digest, asdict(options))
        # Before the clips, which would be made anew for another corpus.
        if resume:
            run.check_corpus()
        if overwrite:
            remove_run(folder, TRANSCRIBER)
        clips = _make_files(store, folder / "clips", plan, callbacks)
        held_out = list(_valid_clips(store, plan))
        corpus = {"sha256": store.digest, "pieces": len(store), "licence": store.licence}
        return fit_transcriber(
            clips,
            run,
            options,
            validate=lambda model: _validate(model, held_out),
            info={"name": folder.name, "corpus": corpus, "clips": plan.to_json()},
            resume=resume,
            callbacks=callbacks,
        )


def judge_clips(net: InferenceTranscriber, clips: Sequence[Clip]) -> dict[str, float]:
    """Measure a transcriber on clips: F1 by name, and notes a minute where there are none."""
    # "f1" is of onset and pitch, "f1_offsets" of the ends too, "f1_KIND" of one kind of clip;
    # "invented" are the notes heard a minute in clips without a melody.
    counts: dict[str, list[int]] = {}
    invented, silent = 0, 0.0
    for clip in clips:
        heard = detect_notes(clip.samples, net)
        if not len(clip.rows):
            invented, silent = invented + len(heard.rows), silent + len(clip.samples) / 16000
            continue
        kind = f"f1_{clip.facts['kind']}"
        for name, offsets in (("f1", False), ("f1_offsets", True), (kind, False)):
            row = counts.setdefault(name, [0, 0, 0])
            row[0] += count_matches(clip.rows, heard.rows, offsets=offsets)
            row[1] += len(clip.rows)
            row[2] += len(heard.rows)
    figures = {name: f_measure(*row) for name, row in sorted(counts.items())}
    return figures | {"invented": invented / max(silent / 60, 1e-9)}


def _validate(model: TranscriberModel, clips: Sequence[Clip]) -> Mapping[str, float]:
    """Measure a network."""
    figures = judge_clips(InferenceTranscriber(model.config, model.weights), clips)
    # The mean of the kinds, not of all clips: voices count as much as instruments.
    parts = [figures[name] for name in ("f1_soundfont", "f1_voice") if name in figures]
    parts.append(figures.get("f1_offsets", 0.0))
    # Up to 20 notes a minute: more are no worse to a user than these.
    score = float(np.mean(parts)) - 0.002 * min(20.0, figures["invented"])
    return figures | {"score": score}


def _make_files(
    store: Store,
    folder: Path,
    plan: ClipPlan,
    callbacks: Callbacks,
) -> list[ClipFile]:
    """Make the clips that are not there yet."""
    tunes: list[Score] = []
    wanted = plan.to_json() | {"corpus": store.digest}
    if _read_plan(folder) != wanted:
        for path in folder.glob("shelf-*.safetensors"):
            path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / _PLAN, seal_json(wanted))
    fonts = tuple(Path(font) for font in plan.soundfonts)
    options = ClipOptions(soundfonts=fonts, negative=_NEGATIVE)
    found = []
    for number in range(plan.files):
        path = folder / f"shelf-{number:04d}.safetensors"
        if not path.exists():
            # Read as late as this: a run that goes on has all its clips, and needs none of the tunes.
            tunes = tunes or _melodies(store, "train")
            # A seed for each file, so that clips do not depend on where the making was stopped.
            seed = plan.seed * 100_000 + number
            clips = make_clips(tunes, plan.hours / plan.files, seed, options)
            write_clips(path, map(_pictured, clips))
            if callbacks.note:
                callbacks.note(f"clips: {number + 1} of {plan.files} files")
        found.append(read_clips(path))
    return found


def _pictured(clip: Clip) -> tuple[NDArray[np.float32], Targets]:
    picture = log_spectrogram(clip.samples)
    return picture, frame_targets(clip.rows, clip.others, len(picture))


def _read_plan(folder: Path) -> dict[str, Any]:
    try:
        return unseal_json((folder / _PLAN).read_bytes())
    except (OSError, ValueError):
        return {}


def _valid_clips(store: Store, plan: ClipPlan) -> Iterator[Clip]:
    options = ClipOptions(soundfonts=(Path(plan.val_soundfont),), negative=_NEGATIVE)
    return make_clips(
        _melodies(store, "valid"), _VALID_SECONDS / 3600, _VALID_SEED + plan.seed, options
    )


def _melodies(store: Store, split: str) -> list[Score]:
    """Return the pieces of a split, spread evenly if there are very many."""
    records = store.pieces(split)
    if not records:
        raise CheckpointError(
            f"{store.path}: has no pieces in its part {split!r}; build it from more music"
        )
    step = max(1, len(records) // _MOST_TUNES)
    return [decode(store.events(record), store.vocabulary) for record in records[::step]]
