"""What a score can do: files, sound, and how it is told in one line."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import tune

import symgen
from symgen import FormatError, Note, Part, Score
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange

TUNE = tune("C4 D4 E4 F4|G4 E4 C4:2", resolution=480)


@pytest.mark.parametrize("name", ["a.mid", "a.musicxml", "Ünïcödé ♪.mid"])
def test_it_is_saved_as_save_score_saves_it(tmp_path: Path, name: str) -> None:
    TUNE.save(tmp_path / name)
    symgen.save_score(TUNE, tmp_path / f"other{Path(name).suffix}")
    written = (tmp_path / name).read_bytes()
    assert written == (tmp_path / f"other{Path(name).suffix}").read_bytes()
    assert written == TUNE.to_bytes(Path(name).suffix) == TUNE.to_bytes(name.rsplit(".", 1)[1])
    with pytest.raises(symgen.ExistsError):
        TUNE.save(tmp_path / name)
    TUNE.save(tmp_path / name, overwrite=True)


def test_a_format_wins_over_a_suffix(tmp_path: Path) -> None:
    TUNE.save(tmp_path / "a.dat", "mid")
    assert (tmp_path / "a.dat").read_bytes() == TUNE.to_bytes()
    assert symgen.load_score(tmp_path / "a.dat") == TUNE


def test_open_files_are_written_and_read() -> None:
    for kind in ("mid", "musicxml"):
        file = io.BytesIO(b"before")
        file.seek(6)
        TUNE.save(file, kind)
        assert file.getvalue() == b"before" + TUNE.to_bytes(kind)
        file.seek(6)
        assert symgen.load_score(file).note_count == TUNE.note_count
        assert not file.closed
    assert symgen.load_score(TUNE.to_bytes("musicxml")).note_count == TUNE.note_count
    abc = "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GEC2|\n"
    for source in (io.StringIO(abc), io.BytesIO(abc.encode()), abc.encode()):
        assert symgen.load_score(source).note_count == 7  # type: ignore[arg-type]


def test_files_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="the open file: is open for text; open it with 'wb'"):
        TUNE.save(io.StringIO())  # type: ignore[arg-type]
    (tmp_path / "a.mid").write_bytes(TUNE.to_bytes())
    with (
        (tmp_path / "a.mid").open("rb") as file,
        pytest.raises(FormatError, match=r"a\.mid: cannot be written .*; open it with 'wb'"),
    ):
        TUNE.save(file)
    with (
        (tmp_path / "b.mid").open("wb") as file,
        pytest.raises(FormatError, match=r"b\.mid: cannot be read .*; open it with 'rb'"),
    ):
        symgen.load_score(file)
    closed = io.BytesIO()
    closed.close()
    with pytest.raises(FormatError, match="cannot be read"):
        symgen.load_score(closed)
    with pytest.raises(FormatError, match="format 'doc': cannot be written; use one of mid"):
        TUNE.to_bytes("doc")
    with pytest.raises(FormatError, match=r"a\.wav: is a kind of sound; use render"):
        TUNE.save(tmp_path / "a.wav")
    with pytest.raises(FormatError, match="holds no notes"):
        symgen.load_score(io.BytesIO(Score().to_bytes()))


def test_sound_comes_as_a_file_as_bytes_and_as_numbers(tmp_path: Path) -> None:
    report = TUNE.render(tmp_path / "a.wav", rate=8000)
    data = (tmp_path / "a.wav").read_bytes()
    assert TUNE.render(rate=8000) == data
    file = io.BytesIO()
    told = TUNE.render(file, rate=8000)
    assert (file.getvalue(), told.seconds, told.peak) == (data, report.seconds, report.peak)
    samples = TUNE.samples(8000)
    with wave.open(io.BytesIO(data)) as sound:
        assert samples.shape == (sound.getnframes(), 2)
    assert samples.dtype == np.float32
    assert abs(float(np.abs(samples).max()) - report.peak) < 1e-3


def test_bad_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(symgen.ControlError, match=r"no keyword ratte \(did you mean rate\?\)"):
        TUNE.render(ratte=8000)  # type: ignore[call-overload]
    with pytest.raises(symgen.ControlError, match="stems: need a path"):
        TUNE.render(io.BytesIO(), stems=True)
    with pytest.raises(symgen.ControlError, match=r"rate x: use 8000\.\.96000"):
        TUNE.samples("x")  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="holds no notes"):
        Score().samples()


def test_it_is_played_by_what_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    from symgen.audio import playing

    heard = []
    monkeypatch.setattr(playing, "play", lambda score, **how: heard.append((score, how)))
    TUNE.play(soundfont="a.sf2", feel=0)
    assert heard == [(TUNE, {"soundfont": "a.sf2", "feel": 0})]


def test_it_is_drawn_into_files_and_as_text(tmp_path: Path) -> None:
    TUNE.plot(tmp_path / "a.svg", title="A title")
    symgen.plot_score(TUNE, tmp_path / "b.svg", title="A title")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    file = io.BytesIO()
    TUNE.plot(file)
    assert file.getvalue().startswith(b"\x89PNG")
    assert TUNE.plot().startswith("<?xml") or TUNE.plot().startswith("<svg")
    with pytest.raises(FormatError, match="open it with 'wb'"):
        TUNE.plot(io.StringIO())  # type: ignore[call-overload]


def test_it_is_described_in_words() -> None:
    found = TUNE.describe()
    assert isinstance(found, symgen.Description)
    assert (found.bars, found.notes, str(found.key)) == (2, 7, "C major")
    assert "bars, 4" in str(found)


def test_a_notebook_shows_it_and_a_terminal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def shell(*kinds: str) -> Any:
        formatter = SimpleNamespace(active_types=list(kinds))
        return SimpleNamespace(get_ipython=lambda: SimpleNamespace(display_formatter=formatter))

    monkeypatch.setitem(sys.modules, "IPython", shell("text/plain"))
    assert TUNE._repr_mimebundle_(include=None, exclude=None) == {"text/plain": repr(TUNE)}
    monkeypatch.setitem(sys.modules, "IPython", shell("text/plain", "text/html"))
    views = TUNE._repr_mimebundle_(include=None, exclude=None)
    assert views["text/plain"] == repr(TUNE)
    assert "<svg" in views["text/html"]
    assert (
        "&lt;audio controls preload=&quot;metadata&quot; src=&quot;data:audio/mpeg;base64,"
        in views["text/html"]
    )
    assert "no notes" in Score()._repr_mimebundle_()["text/html"].lower()


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (TUNE, "<Score 2 bars 4/4, 7 notes, 4 s>"),
        (Score(), "<Score 0 bars, 0 notes, 0 s>"),
        (
            Score(
                (Part((Note(0, 60, 480 * 3 * 400),)),) * 2, meters=(MeterChange(0, Meter(6, 8)),)
            ),
            "<Score 400 bars 6/8, 2 parts, 2 notes, 600 s>",
        ),
        (
            Score((Part((Note(0, 60, 100),)),), keys=(KeyChange(0, -3, minor=True),), length=1920),
            "<Score 1 bar 4/4 C minor, 1 note, 2 s>",
        ),
        (
            Score(
                (Part((Note(0, 60, 4000),)),),
                meters=(MeterChange(0), MeterChange(1920, Meter(3, 4))),
            ),
            "<Score 3 bars changing meter, 1 note, 4.2 s>",
        ),
    ],
)
def test_a_score_is_told_in_one_line(score: Score, told: str) -> None:
    assert repr(score) == told


def test_a_part_is_told_in_one_line() -> None:
    assert repr(TUNE.parts[0]) == f"<Part {'Acoustic Grand Piano'}, 7 notes>"
    assert repr(Part(name="flute", program=73)) == "<Part Flute, 0 notes>"
    assert repr(Part(name="Tom ♪", is_drum=True)) == "<Part 'Tom ♪' (drums), 0 notes>"
    assert repr(Note(0, 60, 480)) == "Note(onset=0, pitch=60, duration=480, velocity=80)"
