"""Which model fits a job."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.nets import models, network
from symgen.nets.models import find_model
from symgen.system.errors import CheckpointError
from symgen.system.files import seal_json
from symgen.writing.generator import load_model


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of models with nothing but what choosing needs."""
    for name, styles, periods in (
        ("chamber", ["quartet", "song"], ["classical"]),
        ("chorale", ["chorale", "hymn", "song"], ["baroque"]),
        ("folk", ["jig", "waltz"], []),
        ("piano", ["mazurka", "waltz"], ["baroque", "romantic"]),
    ):
        (tmp_path / name).mkdir()
        card = {"format": 1, "config": {"styles": styles, "periods": periods}}
        (tmp_path / name / "model.json").write_text(seal_json(card), encoding="utf-8")
    for module in (models, network):
        monkeypatch.setattr(module, "data_folder", lambda kind: tmp_path)
    models._config.cache_clear()
    yield tmp_path
    models._config.cache_clear()


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "folk"),
        ({"style": "jig"}, "folk"),
        ({"style": "waltz"}, "folk"),
        ({"style": "mazurka"}, "piano"),
        ({"style": "song"}, "chorale"),
        ({"style": "quartet", "programs": (0,)}, "chamber"),
        ({"style": "unheard of"}, "folk"),
        ({"period": "baroque"}, "chorale"),
        ({"period": "romantic"}, "piano"),
        ({"programs": (73,)}, "folk"),
        ({"programs": (0,)}, "piano"),
        ({"programs": (0, 0), "period": "baroque"}, "piano"),
        ({"programs": (52, 52, 52, 52)}, "chorale"),
        ({"programs": (19, 19, 19, 19)}, "chorale"),
        ({"programs": (40, 40, 41, 42)}, "chamber"),
        ({"programs": (40, 0)}, "chamber"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("shelf")
def test_a_model_for_a_new_piece(asked: dict[str, object], name: str) -> None:
    assert models.choose_model(**asked) == name  # type: ignore[arg-type]


def line(pitch: int, program: int = 0) -> Part:
    return Part(tuple(Note(24 * i, pitch + i % 3, 24) for i in range(8)), program=program)


def chords(pitch: int, program: int = 0) -> Part:
    return Part(
        tuple(Note(48 * i, pitch + k, 48) for i in range(8) for k in (0, 4, 7)), program=program
    )


DRUMS = Part((Note(0, 36, 12),), is_drum=True)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ([line(60)], "folk"),
        ([line(60), DRUMS, Part(())], "folk"),
        ([chords(60)], "piano"),
        ([chords(60), line(40)], "piano"),
        ([line(72), line(67), line(60), line(48)], "chorale"),
        ([line(60, 73), chords(48)], "chamber"),
        ([line(60), line(50), line(40)], "chamber"),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_a_model_for_a_tune(parts: list[Part], name: str) -> None:
    score = Score(tuple(parts), resolution=24, meters=(MeterChange(0, Meter.parse("4/4")),))
    assert models.choose_for_tune(score) == name
    assert models.choose_for_tune(score, part=1) == ("piano" if parts[0] == chords(60) else "folk")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ([line(34)], "chamber"),  # a bass alone
        ([chords(30)], "chamber"),
        ([line(36, 20), line(34, 20)], "chamber"),
        ([chords(60, 20), line(40, 16)], "piano"),
        ([chords(60, 21), line(40, 16)], "chamber"),
        ([line(72), line(67), line(60), chords(48)], "chamber"),
        ([], "folk"),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_a_model_for_a_bass_for_hands_and_for_nothing(parts: list[Part], name: str) -> None:
    score = Score(tuple(parts), resolution=24)
    assert models.choose_for_tune(score) == name
    assert models.choose_for_tune(score, part=9) == name


@pytest.mark.parametrize(("notes", "is_line"), [(20, True), (19, False)])
def test_one_note_in_twenty_may_overlap(notes: int, is_line: bool) -> None:
    rows = [Note(24 * i, 60, 24) for i in range(notes)]
    rows[3] = Note(72, 60, 25)
    assert models._is_line(Part(tuple(rows))) is is_line


@pytest.mark.usefixtures("shelf")
def test_bound_notes_are_a_melody() -> None:
    bound = Part(tuple(Note(24 * i, 60 + i % 5, 28) for i in range(16)))
    doubled = Part(tuple(Note(24 * i, 60 + i % 5, 48) for i in range(16)))
    assert models.choose_for_tune(Score((bound,), resolution=24)) == "folk"
    assert models.choose_for_tune(Score((doubled,), resolution=24)) == "piano"


@pytest.mark.parametrize(
    ("programs", "name"),
    [((7,), "piano"), ((8,), "folk"), ((16, 20), "piano"), ((15, 0), "chamber"), ((21, 0), "chamber"),
     ((52, 53, 54, 54), "chorale"), ((52, 53, 54, 55), "chamber"), ((52, 52, 52), "chamber"),
     ((0, 0, 0, 0), "piano")],
)  # fmt: skip
@pytest.mark.usefixtures("shelf")
def test_a_model_for_instruments(programs: tuple[int, ...], name: str) -> None:
    assert models.choose_model(programs=programs) == name


@pytest.mark.usefixtures("shelf")
def test_models_are_asked_in_their_order(shelf: Path) -> None:
    (shelf / "another").mkdir()
    card = {"format": 1, "config": {"styles": ["song", "new"], "periods": []}}
    (shelf / "another" / "model.json").write_text(seal_json(card), encoding="utf-8")
    assert models._available() == ("folk", "chorale", "piano", "chamber", "another")
    assert models.choose_model(style="new") == "another"
    assert models.choose_model(style="song", period="baroque") == "chorale"
    assert models.choose_model(programs=(40, 41), period="baroque") == "chamber"


def test_what_is_not_there_is_not_chosen(shelf: Path) -> None:
    for name in ("piano", "chamber", "chorale"):
        (shelf / name / "model.json").unlink()
    assert models.choose_model(programs=(40, 41)) == "folk"
    assert models.choose_for_tune(Score((chords(60),))) == "folk"


def test_a_damaged_card_knows_nothing(shelf: Path) -> None:
    (shelf / "piano" / "model.json").write_text("{", encoding="utf-8")
    assert models.choose_model(style="mazurka") == "folk"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another installed package, which brings a copy of a shipped model."""
    folder = tmp_path / "celtic_model"
    shutil.copytree(find_model("folk"), folder)
    (folder / "__init__.py").touch()
    facts = tmp_path / "celtic_model-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: celtic-model\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[symgen.models]\nceltic = celtic_model\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_another_package_brings_a_model(package: Path) -> None:
    assert models.installed_names() == ("celtic",)
    assert find_model("celtic") == package
    assert load_model("celtic").name == "folk"
    with pytest.raises(CheckpointError, match=r"'nosuch': unknown; .*folk.*, celtic; or name"):
        find_model("nosuch")


def test_a_package_that_is_gone_is_named(package: Path) -> None:
    shutil.rmtree(package)
    with pytest.raises(CheckpointError, match=r"'celtic': the package celtic_model .* install"):
        find_model("celtic")


def test_nothing_of_a_package_is_run(package: Path) -> None:
    (package / "__init__.py").write_text("raise RuntimeError")
    assert find_model("celtic") == package
