"""The twelve songs: their page, and what is heard of them."""

from __future__ import annotations

import re
import shlex

import numpy as np

from lab.docs.twelve_songs import RULE, SHOWN, heard
from lab.modules import ROOT
from symgen.cli.commands import make_parser
from symgen.music.score import Note, Part, Score
from symgen.pages.sound import RATE, small_encoded
from symgen.writing.song_styles import SONG_STYLES

PAGE = (ROOT / "docs" / "songs.md").read_text(encoding="utf-8")


def test_the_page_has_a_row_for_each_style_with_the_seeds_of_the_rule() -> None:
    rows = re.findall(r"^\| (\d+) \| ([\w-]+) \|", PAGE, re.M)
    assert [(int(seed), style) for seed, style in rows] == list(enumerate(SONG_STYLES, 1))


def test_the_rule_can_be_typed_and_its_sounds_are_there_and_small() -> None:
    words = ["generate", "--style", "rock", *RULE]
    assert make_parser().parse_args(words).bars == 32
    assert shlex.join(RULE) in PAGE
    for style in SHOWN:
        assert f"songs/{style}.ogg" in PAGE
        assert (ROOT / "docs" / "songs" / f"{style}.ogg").stat().st_size < 600_000
        assert (ROOT / "docs" / "songs" / f"{style}.png").stat().st_size < 200_000


def test_a_chorus_that_is_louder_and_higher_is_heard_so() -> None:
    melody = [Note(bar * 1920, 60 + 5 * (bar // 8 % 2), 1920) for bar in range(32)]
    score = Score((Part(tuple(melody)),), 480)
    frames = round(score.seconds(score.length) * RATE)
    places = np.arange(frames) * 4 // frames
    wave = np.where(places % 2, 2000, 1000) * np.sin(np.arange(frames) / 5)
    found = heard(score, np.stack([wave, wave], axis=1).astype(np.int16))
    assert found.rise == 5
    assert 5.8 < found.chorus < 6.2
    assert abs(found.mono) < 0.01


def test_minutes_of_sound_become_a_small_ogg() -> None:
    assert small_encoded(np.zeros((150 * RATE, 2), np.int16), ".ogg").startswith(b"OggS")
