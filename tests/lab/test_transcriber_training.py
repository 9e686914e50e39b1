"""Training of the transcriber: files of clips, learning, stopping and going on."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import ticking

from lab.transcriber import command
from lab.transcriber.clip_store import ClipFile, read_clips, write_clips
from lab.transcriber.fitting import TranscriberOptions, fit_transcriber
from lab.transcriber.targets import frame_targets
from lab.transcriber.trainer import ClipPlan
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import seal_json, unseal_json
from symgen.training import TrainProgress, TrainReport
from symgen.training.run import Run
from symgen.transcriber.checkpoint import TranscriberModel, read_transcriber
from symgen.transcriber.spectrum import BINS

NOBODY = np.zeros((0, 4))


def make_clips(folder: Path, clips: int = 6, frames: int = 60) -> ClipFile:
    """Pictures of steps: a bright line at the pitch and its octave."""
    rng = np.random.default_rng(0)

    def clip() -> tuple[np.ndarray, object]:
        pitch = int(rng.integers(48, 84))
        rows = np.array([[0.1, 0.3, pitch, 1.0], [0.3, 0.5, pitch + 2, 1.0]])
        picture = rng.uniform(0, 0.1, (frames, BINS, 2)).astype(np.float32)
        for start, end, height, _ in rows:
            for bin_ in ((int(height) - 35) * 3, (int(height) + 12 - 35) * 3):
                picture[round(start * 100) : round(end * 100), bin_] = 0.9
        return picture, frame_targets(rows, NOBODY, frames)

    return write_clips(folder / "clips-0000.safetensors", [clip() for _ in range(clips)])  # type: ignore[misc]


def by_step(model: TranscriberModel) -> dict[str, float]:
    return {"score": float(model.info["training"]["steps"])}


OPTIONS = TranscriberOptions(
    minutes=8 / 60, batch=3, frames=50, validations=2, precision="float32", device="cpu"
)


def test_a_file_there_and_back(tmp_path: Path) -> None:
    clips = make_clips(tmp_path)
    assert read_clips(clips.path) == clips
    assert clips.bounds == tuple(range(0, 361, 60))
    crop = clips.read(60, 90)
    assert crop.picture.shape == (30, BINS, 2)
    assert crop.picture.dtype == np.uint8
    assert crop.targets.shape == (30, 4)
    assert np.isnan(crop.targets[:9, 0]).all()


@pytest.mark.parametrize("frames", [25, 50, 60, 500])
def test_crops_stay_within_their_clips(tmp_path: Path, frames: int) -> None:
    clips = make_clips(tmp_path)
    spans = list(clips.crops(frames, np.random.default_rng(1)))
    assert len(spans) == 6 * max(1, 60 // frames)
    assert all(
        first // 60 == (last - 1) // 60 and last - first == min(frames, 60) for first, last in spans
    )
    assert (
        len(
            {first for first, _ in clips.crops(25, np.random.default_rng(2))}
            ^ {first for first, _ in spans}
        )
        > 0
    )


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    clips = make_clips(tmp_path)
    clips.path.write_bytes(clips.path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="--overwrite"):
        read_clips(clips.path)
    with pytest.raises(CheckpointError, match="--overwrite"):
        clips.read(0, 10)


def test_it_learns_and_keeps_the_best(tmp_path: Path) -> None:
    losses: list[float] = []

    def note(progress: TrainProgress) -> None:
        losses.append(progress.loss)

    options = TranscriberOptions(
        minutes=20 / 60, batch=4, frames=60, validations=2, precision="float32", device="cpu"
    )
    report = fit_transcriber(
        [make_clips(tmp_path)],
        Run(tmp_path / "run", "", {}),
        options,
        validate=by_step,
        info={"name": "x"},
        callbacks=ticking(note),
    )
    assert np.mean(losses[-5:]) < 0.8 * losses[0]
    assert not report.stopped
    assert report.metrics["score"] == len(losses) == 20
    kept = read_transcriber(tmp_path / "run" / "best")
    assert kept.info["metrics"]["score"] == 20
    assert kept.info["name"] == "x"


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path: Path, stop_after: int) -> None:
    clips = make_clips(tmp_path)

    def fit(folder: Path, *, resume: bool = False, steps: int = 1000) -> None:
        count = itertools.count(1)
        fit_transcriber(
            [clips],
            Run(folder, "", {}),
            OPTIONS,
            validate=by_step,
            info={},
            resume=resume,
            callbacks=ticking(None, lambda: next(count) >= steps),
        )

    fit(tmp_path / "whole")
    fit(tmp_path / "parts", steps=stop_after)
    torch.rand(7)  # whatever happens in between
    fit(tmp_path / "parts", resume=True)
    whole, parts = (read_transcriber(tmp_path / name / "best") for name in ("whole", "parts"))
    assert whole.info["metrics"] == parts.info["metrics"]
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(value, parts.weights[name])


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """Its state did not say what corpus it was of."""
    clips, count = make_clips(tmp_path), itertools.count(1)
    how: dict[str, Any] = {"validate": by_step, "info": {}}
    stops = ticking(None, lambda: next(count) >= 3)
    fit_transcriber([clips], Run(tmp_path / "run", "", {}), OPTIONS, callbacks=stops, **how)
    path = tmp_path / "run" / "last" / "state.json"
    state = unseal_json(path.read_bytes())
    known = ("files", "step", "epoch", "batch", "seconds", "rows")
    path.write_text(seal_json({name: state[name] for name in known}))
    run = Run(tmp_path / "run", "a corpus", {})
    report = fit_transcriber([clips], run, OPTIONS, resume=True, callbacks=ticking(), **how)
    assert report.rows[-1]["step"] == 8


def test_nothing_or_something_damaged_to_resume(tmp_path: Path) -> None:
    clips = make_clips(tmp_path)

    def fit(*, resume: bool = False) -> None:
        run = Run(tmp_path / "run", "", {})
        how: dict[str, Any] = {"validate": by_step, "info": {}, "callbacks": ticking()}
        fit_transcriber([clips], run, OPTIONS, resume=resume, **how)

    with pytest.raises(CheckpointError, match="nothing to resume"):
        fit(resume=True)
    fit()
    (file,) = (tmp_path / "run" / "last").glob("state-*.safetensors")
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match="does not belong"):
        fit(resume=True)


def test_plans_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ControlError, match="at least one"):
        ClipPlan((), "c.sf2")
    with pytest.raises(ControlError, match="is trained on"):
        ClipPlan(("a.sf2", "b.sf2"), "./b.sf2")
    with pytest.raises(ControlError, match="hours 0"):
        ClipPlan(("a.sf2",), "b.sf2", hours=0)


def test_what_is_asked_of_the_command_reaches_it(
    store_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: dict[str, Any] = {}

    def train(_: Any, output: str, **how: Any) -> TrainReport:
        asked.update(how, output=output)
        callbacks = how["callbacks"]
        callbacks.note("clips: 1 of 2 files")
        callbacks.report(TrainProgress(9, 0, 0.7))
        callbacks.report(TrainProgress(10, 0, 0.6, metrics={"f1": 0.9, "score": 0.7}))
        figures = {"f1": 0.912, "score": 0.7}
        return TrainReport(Path(output), figures, (), 2.0, stopped=how["resume"])

    monkeypatch.setattr(command, "train_transcriber", train)
    fonts = ["--soundfont", "a.sf2", "--soundfont", "b.sf2", "--val-soundfont", "c.sf2"]
    more = ["--hours", "2.5", "--minutes", "7", "--seed", "3", "--device", "cpu"]
    assert command.main([str(store_folder), "-o", "run", *fonts, *more]) == 0
    out, err = capsys.readouterr()
    assert out == "run\n"
    assert err.splitlines() == ["clips: 1 of 2 files", "step 10: f1 0.900", "best: f1 0.912"]
    plan, options = asked["plan"], asked["options"]
    assert (list(plan.soundfonts), plan.val_soundfont) == (["a.sf2", "b.sf2"], "c.sf2")
    assert (plan.hours, plan.seed, options.minutes, options.seed) == (2.5, 3, 7.0, 3)
    assert (asked["resume"], asked["overwrite"], asked["output"]) == (False, False, "run")
    command.main([str(store_folder), "-o", "run", *fonts, "--resume"])
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1][:19]) == ("", "stopped; go on with")
