"""How commands end, what `symgen doctor` finds, and what is told of a written piece."""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from told_tools import MATCH, Told, prompt

from symgen import __version__
from symgen.cli import doctor, main
from symgen.cli.commands import make_parser
from symgen.cli.describing import (
    check_written,
    written_facts,
)
from symgen.cli.learning import given_options
from symgen.cli.options import Context
from symgen.cli.signals import StopRequest, Terminated, _exception
from symgen.copies.report import CopyReport
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score
from symgen.nets.checkpoint import SIZES
from symgen.system.errors import ControlError, FormatError
from symgen.training.planning import CorpusFacts, Machine, plan_training
from symgen.writing.reporting import describe

# -- signals and installation ------------------------------------------------------------


def test_a_second_signal_ends_at_once(capsys: Told) -> None:
    request = StopRequest()
    assert not request.is_set()
    request.receive(signal.SIGTERM, None)
    assert (request.is_set(), request.status) == (True, 143)
    assert capsys.readouterr().err == "\nstopping after this step; once more to stop at once\n"
    with pytest.raises(KeyboardInterrupt):
        request.receive(signal.SIGINT, None)
    with pytest.raises(Terminated):
        request.receive(signal.SIGTERM, None)
    assert request.status == 143
    assert Terminated().status == 143
    assert isinstance(_exception(signal.SIGINT), KeyboardInterrupt)


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 10, 0), True), ((3, 9, 9), False), ((4, 0, 0), True)]
)
def test_pythons(version: tuple[int, ...], ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=version))
    check = doctor._check_python()
    assert (check.ok, check.remedy) == (ok, "" if ok else "install Python 3.10 or newer")


def test_requirements_have_their_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requires", lambda _: ["numpy>=1.26", "pretty-midi<1", "torch"])
    assert doctor._requirement("numpy") == "numpy>=1.26"
    assert doctor._requirement("pretty_midi") == "pretty-midi<1"
    assert doctor._requirement("mido") == "mido"
    monkeypatch.setattr(doctor, "requires", lambda _: None)
    assert doctor._requirement("numpy") == "numpy"


def test_findings_are_told(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    found = (
        doctor.Check("a", True, "x", "r"),
        doctor.Check("b", False, "y", "do"),
        doctor.Check("c", False, "z"),
    )
    monkeypatch.setattr(doctor, "diagnose", lambda: found)
    for json, lines in (
        (False, ["ok  a: x", "NO  b: y", "    do", "NO  c: z"]),
        (True, ['{"name": "a", "ok": true, "detail": "x", "remedy": "r"}']),
    ):
        result = doctor.doctor(Context(argparse.Namespace(json=json), ""))
        assert (result.status, result.notices) == (0, ())
        assert capsys.readouterr().out.splitlines()[: len(lines)] == lines


def test_one_system_has_one_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all programs are there, a Mac takes brew all the same."""
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    for system, line in (
        ("Darwin", "brew install fluid-synth"),
        ("Linux", "sudo apt-get install libfluidsynth3"),
    ):
        monkeypatch.setattr(doctor.platform, "system", lambda system=system: system)
        assert doctor.install_line() == line


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (OSError(28, "No space", "f.mid"), 3, "f.mid: cannot be read or written (No space); "),
        (OSError(28, "No space"), 3, "cannot write what is to be printed (No space); "),
        (BrokenPipeError(), 0, ""),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
        (Terminated(1), 129, "terminated"),
        (ControlError("a\nb"), 2, "a b"),
    ],
)
def test_how_a_command_ends(
    error: BaseException, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    def fail(_: object) -> int:
        raise error

    silenced: list[bool] = []
    monkeypatch.setattr("symgen.cli._silence", lambda: silenced.append(True))
    monkeypatch.setattr("symgen.cli._command", fail)
    assert main([]) == status
    told = capsys.readouterr().err
    assert told.startswith(f"symgen: {line}") if line else not told
    assert bool(silenced) == (isinstance(error, OSError))


def test_facts_of_a_written_piece() -> None:
    """Part 1 of a prompt of four bars goes on for eight; the take is the second of three."""
    score = Score((Part(tuple(Note(480 * i, 60, 480) for i in range(8)), 73),))
    scores = SimpleNamespace(to_json=lambda: {"real": 0.5})
    going_on = prompt(new_bars=8, inferred=SimpleNamespace(to_json=lambda: {"grid": 12}))
    take: Any = SimpleNamespace(
        header=SimpleNamespace(
            key=None, bars=2, meter=Meter(4, 4), style="", period="modern", labels={}
        ),
        prompt=going_on,
        seed=5,
        repeats=True,
        bits=3.14159,
        scores=scores,
        rank=2,
        table=[scores, scores, scores],
    )
    model: Any = SimpleNamespace(name="folk", copy_index=lambda: None)
    found = describe(take, score, Path("x.mid"), {"wav": Path("x.wav")}, model)
    assert found == {
        "path": "x.mid",
        "wav": "x.wav",
        "seed": 5,
        "bars": 2,
        "new_bars": 8,
        "key": "G major",
        "meter": "3/4",
        "tempo": 120.0,
        "style": None,
        "period": "modern",
        "instruments": ["Flute"],
        "notes": 8,
        "model": "folk",
        "version": __version__,
        "copied": None,
        "inferred": {
            "key": "G major",
            "key_origin": "signature",
            "meter": "3/4",
            "bars": 4,
            "parts": [1],
            "grid": 12,
        },
        "repeats_prompt": True,
        "bits_a_note": 3.142,
        "score": {"real": 0.5},
        "rank": 2,
        "candidates": 3,
        "scores": [{"real": 0.5}] * 3,
    }
    new = describe(
        SimpleNamespace(**{**vars(take), "prompt": None, "bits": None, "scores": None}),  # type: ignore[arg-type]
        score,
        Path("x.mid"),
        {},
        model,
    )
    assert (new["new_bars"], new["key"], new["meter"], new["bits_a_note"]) == (2, None, "4/4", None)
    assert "inferred" not in new
    assert "rank" not in new


def test_where_new_bars_begin(tmp_path: Path) -> None:
    score = Score((Part((Note(0, 60, 480),)),))
    save_score(score, tmp_path / "x.mid")
    for played, begun, written, expected in (
        (None, None, None, 0),
        (None, None, 480, 480),
        (True, prompt(end=960), 480, 960),
        (True, None, 480, 0),
    ):
        take: Any = SimpleNamespace(played=played, score=score, prompt=begun, written_end=written)
        assert written_facts(tmp_path / "x.mid", take)[1] == expected


NEW = Score((Part((Note(0, 60, 480),)),))


@pytest.mark.parametrize(
    ("repeats", "returns", "told"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_bars_that_only_repeat_the_prompt_are_told(
    repeats: bool, returns: bool, told: bool, tmp_path: Path, capsys: Told
) -> None:
    save_score(Score((Part((Note(0, 60, 480),)),)), tmp_path / "x.mid")
    take: Any = SimpleNamespace(
        repeats=repeats,
        checks=lambda *_, **__: [],
        new_bars=lambda: NEW,
        of_style=(),
        prompt="given",
        played=None,
        written_end=None,
    )
    found = SimpleNamespace(find=lambda _: CopyReport(40, 0.5, MATCH))
    found.of_others = found
    model: Any = SimpleNamespace(copy_index=lambda: found)
    # A match of 14 notes is one too many where 14 are asked for, and none at all where 15 are.
    for most, met in ((14, False), (15, True)):
        controls: Any = SimpleNamespace(max_copy=most, asks_for_returns=returns)
        checks = check_written(tmp_path / "x.mid", take, controls, model, with_prompt=False)
        assert checks["max_copy"]["met"] == met
        assert ("repeat the prompt note for note" in capsys.readouterr().err) == told


def test_models_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "data_folder", lambda _: tmp_path)
    (tmp_path / "transcriber").mkdir()
    (tmp_path / "readme.md").write_text("")
    check = doctor._check_models()
    assert (check.ok, check.detail) == (False, f"{tmp_path} holds no model")
    for name in ("folk", "chamber"):
        (tmp_path / name).mkdir()
    check = doctor._check_models()
    assert (check.ok, check.detail) == (True, f"chamber, folk in {tmp_path}")

    def missing(_: str) -> Path:
        raise FormatError("nothing there")

    monkeypatch.setattr(doctor, "data_folder", missing)
    check = doctor._check_models()
    assert (check.ok, check.detail) == (False, "nothing there")
    assert check.remedy.startswith("install symgen again")


@pytest.mark.parametrize(
    ("count", "detail"),
    [(0, "no CUDA device: the processor does the work"), (2, "CUDA: GPU 0, GPU 1")],
)
def test_accelerators(count: int, detail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: count > 0,
        device_count=lambda: count,
        get_device_name=lambda number: f"GPU {number}",
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))  # type: ignore[arg-type]
    assert doctor._check_accelerator() == doctor.Check("accelerator", True, detail)


def test_folders_that_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._check_folder().ok

    def refuse(*_: object, **__: object) -> None:
        raise FormatError("read only")

    monkeypatch.setattr(doctor, "check_writable", refuse)
    assert not doctor._check_folder().ok


def test_options_of_a_network() -> None:
    def options(line: str) -> Any:
        words = ["train", "S", "-o", "O", *line.split()]
        given = given_options(make_parser().parse_args(words))
        size = given.pop("size", "")
        return plan_training(
            CorpusFacts(500, 25, 500, 90_000, 700), Machine(), given, size=size
        ).options

    usual = options("")
    assert (usual.net.hidden, usual.device) == (SIZES["base"].hidden, "auto")
    for word in ("s", "small"):
        assert options(f"--size {word}").net == replace(SIZES["small"], dropout=0.3)
    found = options("--size small --hidden 8 --batch 3 --seed 0 --precision float32")
    assert found.net == replace(SIZES["small"], hidden=8, dropout=0.3)
    assert (found.batch, found.seed, found.precision) == (3, 0, "float32")
    plain = options("--no-copy").net
    assert (plain.copy, plain.features) == (False, True)
    plain = options("--no-features").net
    assert (plain.copy, plain.features) == (False, False)
    for line, words in (
        ("--size huge", "use s, m, l"),
        ("--net plain", "is in the lab"),
        ("--net other", "use event"),
        ("--epochs 0", "epochs 0"),
    ):
        with pytest.raises(ControlError, match=words):
            options(line)
