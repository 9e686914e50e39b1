"""Pictures of the docs show what the code gives."""

from __future__ import annotations

import shlex

import numpy as np
import pytest

import symgen
from lab.docs import pictures
from lab.modules import ROOT
from symgen.cli.commands import make_parser
from symgen.plots.drawing import Words
from symgen.plots.svg import to_svg
from symgen.tokens import encode

FOLDER = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def model() -> symgen.Model:
    return symgen.load_model("folk")


@pytest.fixture(scope="module")
def song(model: symgen.Model) -> symgen.Score:
    options = make_parser().parse_args(shlex.split(pictures.SONG[0]))
    return model.generate(
        bars=options.bars,
        meter=options.meter,
        key=options.key,
        style=options.style,
        seed=options.seed,
    )


def events(song: symgen.Score, model: symgen.Model) -> symgen.tokens.Events:
    found, _ = encode(song, model.vocabulary, key=pictures.KEY, style=pictures.STYLE, whole=True)
    return model.planned(found)


def test_the_picture_of_the_events_is_that_of_the_song(
    song: symgen.Score, model: symgen.Model
) -> None:
    drawing = pictures.tokens(song, events(song, model), model)
    assert to_svg(drawing) == (FOLDER / "tokens.svg").read_text(encoding="utf-8")


def test_the_picture_of_the_network_is_as_it_is(model: symgen.Model) -> None:
    assert to_svg(pictures.network(model)) == (FOLDER / "network.svg").read_text(encoding="utf-8")


def test_the_place_is_the_most_open_one(song: symgen.Score, model: symgen.Model) -> None:
    logits = pictures.most_open_pitch(events(song, model), model)
    assert pictures._entropy(logits) > 1.0
    drawing = pictures.sampling(events(song, model), model)
    shares = [m.text for m in drawing.marks if isinstance(m, Words) and m.text.endswith("%")]
    assert len(shares) >= 6


def test_arrows_end_where_they_point() -> None:
    line, head = pictures._arrow(0, 0, 10, 0)
    assert line.rows.tolist() == [[0, 0, 10, 0]]
    assert np.allclose(head.rows[:, :2], [10, 0])
    assert (head.rows[:, 2] < 10).all()


def test_the_song_is_made_by_the_commands_that_the_readme_shows() -> None:
    assert f"symgen {pictures.SONG[0]}" in (ROOT / "docs" / "how-it-works.md").read_text(
        encoding="utf-8"
    )
