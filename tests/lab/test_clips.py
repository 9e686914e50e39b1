"""Clips: what every one of them keeps to."""

from __future__ import annotations

import numpy as np
import pytest
from renditions_tunes import TUNE

from lab.renditions import Clip, ClipOptions, make_clip, make_clips
from symgen.audio.reading import RATE
from symgen.audio.soundfonts import open_soundfont
from symgen.music.score import Part, Score
from symgen.system.errors import ControlError

FONT = open_soundfont().path
OPTIONS = ClipOptions(soundfonts=(FONT,), seconds=(3.0, 5.0))


def check(clip: Clip) -> None:
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert np.isfinite(clip.samples).all()
    assert np.abs(clip.samples).max() <= 1.0
    assert clip.rows.shape[1:] == clip.others.shape[1:] == (4,)
    rows = clip.rows
    assert (np.diff(rows[:, 0]) > 0).all()
    assert (rows[:, 1] > rows[:, 0]).all()
    assert (rows[1:, 0] >= rows[:-1, 1] - 1e-9).all()
    if len(rows):
        assert rows[0, 0] >= 0
        assert rows[-1, 1] <= len(clip.samples) / RATE
        assert (rows[:, 3] > 0).all()
        assert (rows[:, 3] <= 1).all()


@pytest.mark.parametrize("kind", ["soundfont", "voice", "negative"])
@pytest.mark.parametrize("degraded", [False, True])
def test_clips_keep_to_their_form(kind: str, degraded: bool) -> None:
    shares = {"voice": float(kind == "voice"), "negative": float(kind == "negative")}
    options = ClipOptions(
        soundfonts=(FONT,), seconds=(2.0, 4.0), accompaniment=0.5, degraded=degraded, **shares
    )
    for seed in range(5):
        clip = make_clip(TUNE, np.random.default_rng(seed), options)
        check(clip)
        assert clip.facts["kind"] == kind
        assert (len(clip.rows) > 0) == (kind != "negative")


def test_the_same_seed_gives_the_same_clips_whatever_was_played_before() -> None:
    first = list(make_clips([TUNE], 0.005, 5, OPTIONS))
    make_clip(
        TUNE, np.random.default_rng(77), ClipOptions(soundfonts=(FONT,), voice=0.0, negative=0.0)
    )
    again = list(make_clips([TUNE], 0.005, 5, OPTIONS))
    assert len(first) == len(again) > 2
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.samples, b.samples)
        assert np.array_equal(a.rows, b.rows)


def test_other_seeds_give_other_clips() -> None:
    one, other = (make_clip(TUNE, np.random.default_rng(seed), OPTIONS) for seed in (1, 2))
    assert not np.array_equal(one.samples, other.samples)


@pytest.mark.parametrize("tune", [Score(), Score((Part(),)), Score((Part(is_drum=True),))])
def test_a_tune_without_notes_gives_a_clip_without_a_melody(tune: Score) -> None:
    clip = make_clip(tune, np.random.default_rng(0), OPTIONS)
    check(clip)
    assert clip.rows.shape == (0, 4)


def test_without_soundfonts_all_melodies_are_sung() -> None:
    kinds = {
        make_clip(TUNE, np.random.default_rng(s), ClipOptions(seconds=(2, 3))).facts["kind"]
        for s in range(8)
    }
    assert kinds <= {"voice", "negative"}


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ControlError, match=r"must be in 0\.\.1"):
        ClipOptions(voice=1.5)
    with pytest.raises(ControlError, match="shortest and longest"):
        ClipOptions(seconds=(5.0, 2.0))
    with pytest.raises(ControlError, match="no tunes"):
        next(make_clips([], 1.0, 0, OPTIONS))
