"""What commands say: of pieces, of copies, of progress, and how they end."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from symgen import __version__
from symgen.cli import doctor, main, progress
from symgen.cli.commands import make_parser
from symgen.cli.describing import (
    check_written,
    copied_share,
    describe,
    report_checks,
    written_facts,
)
from symgen.cli.gan import _figures, _train_options
from symgen.cli.gan import _show as show_gan
from symgen.cli.learning import _show as show_training
from symgen.cli.learning import train_options
from symgen.cli.options import Context
from symgen.cli.progress import CLEAR, ProgressLine
from symgen.cli.reports import (
    _copies_facts,
    _copies_line,
    _floor_line,
    _of_score,
    _printable,
    _text,
)
from symgen.cli.signals import StopRequest, Terminated, _exception
from symgen.cli.writing import _part_lines, _tell_prompt
from symgen.copies.report import CopyReport, Floor, Match
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.nets.checkpoint import SIZES
from symgen.system.errors import ControlError, FormatError
from symgen.verification import Check

Told = pytest.CaptureFixture[str]

WRITING = {"count": 1, "temperature": 1.0, "top_p": 0.98}
MATCH = Match(notes=14, row=3, part=1, bars=(2, 5), title="Kesh", source="set")


# -- what is written ---------------------------------------------------------------------


def prompt(**more: Any) -> Any:
    drums = Part((Note(0, 36, 480),), is_drum=True)
    parts = (Part((Note(0, 60, 480),), name="Flute"), Part((Note(0, 50, 480),)), drums, Part())
    report = SimpleNamespace(max_shift=0.01, moved=2, notes=9)
    usual = {"score": Score(parts), "part": 0, "parts": (0,), "bars": 4, "meter": Meter(3, 4)}
    usual |= {"key": "G major", "key_origin": "signature", "inferred": None, "played": None}
    return SimpleNamespace(**{**usual, "report": report, "lanes": (0,), "drums": (), **more})


class Inferred(SimpleNamespace):
    def __str__(self) -> str:
        return "quarters"


def test_what_a_prompt_is_taken_for(capsys: Told) -> None:
    def told(options: argparse.Namespace, **more: Any) -> list[str]:
        found = prompt(**more)
        _tell_prompt(found.score, found, options)
        return capsys.readouterr().err.splitlines()

    free, second = argparse.Namespace(part=None), argparse.Namespace(part=2)
    first, rest = (
        told(free, parts=(0, 1), drums=(2,), lanes=(0, 1)),
        told(second, part=1, parts=(1,)),
    )
    assert first == [
        "continuing 2 of 4 parts: 4 bars in 3/4, key G major (signature)",
        "  part 3: drums, take up the bars of the prompt",
    ]
    assert rest[0] == "continuing part 2 of 4: 4 bars in 3/4, key G major (signature)"
    assert rest[1].startswith("  does not go on: part 1, 3; this model writes melodies")
    habits = Inferred(parts=("eighths", None))
    lines = told(free, inferred=habits, lanes=(0, 1), parts=(0, 1), drums=(2,))
    assert lines[0].endswith("(signature); quarters")
    assert lines[1] == "  part 1 (Flute): eighths"
    named = told(free, drums=(1, 2))
    assert named[0].startswith("continuing part 1 of 4 (Flute): 4 bars")
    alone = _part_lines(prompt(inferred=Inferred(parts=("eighths",)), drums=(1, 2)))
    assert [line[:8] for line in alone] == ["  part 2", "  part 3"]
    pulse = SimpleNamespace(file_bpm=120.0)
    shifted = SimpleNamespace(max_shift=0.0112, moved=2, notes=9)
    lines = told(free, played=SimpleNamespace(pulse=pulse), report=shifted, drums=(1, 2))
    assert lines[1].endswith("where the file says 120; the new bars go on so")
    assert lines[-1] == (
        "2 of 9 notes lie off the grid; the model reads them moved by up to 0.011 quarters, "
        "the file keeps them as they are"
    )


def test_controls_that_are_not_met_are_told(capsys: Told) -> None:
    checks = [Check("max_copy", 5, 4, True), Check("top_p", 1, 2, False)]
    assert report_checks(Path("x.mid"), checks).keys() == {"max_copy", "top_p"}
    assert capsys.readouterr().err == "x.mid: top-p 1 is not met: found 2\n"


def test_what_a_piece_shares_with_training_tunes() -> None:
    take: Any = SimpleNamespace(new_bars=Score)

    def model(report: CopyReport | None) -> Any:
        index = report and SimpleNamespace(find=lambda _: report)
        return SimpleNamespace(copy_index=lambda: index)

    assert copied_share(take, model(None)) is None
    assert copied_share(take, model(CopyReport(40, 0.123456, MATCH))) == {
        "longest": 14,
        "share": 0.1235,
        "title": "Kesh",
        "source": "set",
        "bars": [2, 5],
    }
    assert copied_share(take, model(CopyReport(40, 0.0, None))) == {"longest": 0, "share": 0.0}


# -- reports -----------------------------------------------------------------------------


def test_facts_of_a_score() -> None:
    """A pickup of a quarter and two bars of 3/4 at 90: 7 quarters of 2/3 of a second."""
    notes = tuple(Note(480 * i, pitch, 480) for i, pitch in enumerate((67, 72, 76, 79, 72, 71, 60)))
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4)))
    drums = Part((Note(0, 36, 60),), is_drum=True)
    score = Score(
        (Part(notes, 73), drums, Part((), 40, name="Solo")),
        480,
        (TempoChange.of_bpm(0, 90),),
        meters,
    )
    found = _of_score(score)
    assert found["parts"] == ["Flute: 7 notes", "drums: 1 notes", "Solo: 0 notes"]
    facts = ("notes", "bars", "pickup", "meter", "key", "range", "resolution")
    assert [found[name] for name in facts] == [8, 2, True, ["3/4"], "C major", "C4-G5", 480]
    assert found["seconds"] == pytest.approx(14 / 3, abs=1e-3)
    assert found["tempo"] == [pytest.approx(90, abs=1e-3)]
    silent = _of_score(Score((drums,)))
    assert (silent["key"], silent["range"], silent["meter"]) == ("none", "none", ["4/4"])


def test_lines_of_facts() -> None:
    assert _text({"": 2, "jig": 1}) == "(none) 2, jig 1"
    assert (_text({}), _text([1, "a"]), _text(None)) == ("none", "1, a", "None")
    assert _printable("a\x1bb é") == "a?b é"


@pytest.mark.parametrize(
    ("report", "verdict", "line"),
    [
        (
            CopyReport(40, 0.354, MATCH),
            "copy",
            (
                "x: copy: more than 99 of 100 real tunes share; longest match 14 notes, bars 2-5 of part 2, "
                "as in Kesh (set); 35% of 40 notes in matches of 12 or more"
            ),
        ),
        (
            CopyReport(40, 0.0, Match(8, 0, 0, (3, 3), "K", "s")),
            "",
            (
                "x: longest match 8 notes, bar 3 of part 1, as in K (s); "
                "0% of 40 notes in matches of 12 or more"
            ),
        ),
        (
            CopyReport(40, 0.0, None),
            "usual",
            "x: usual: no more than 9 of 10 real tunes share; no match of 8 notes or more",
        ),
    ],
)
def test_lines_on_copies(report: CopyReport, verdict: str, line: str) -> None:
    assert _copies_line("x", report, 12, 8, verdict) == line


def test_facts_on_copies() -> None:
    assert _copies_facts(CopyReport(40, 0.123456, MATCH)) == {
        "notes": 40,
        "longest": 14,
        "share": 0.1235,
        "part": 2,
        "bars": [2, 5],
        "title": "Kesh",
        "source": "set",
    }
    nothing = _copies_facts(CopyReport(40, 0.0, None))
    assert [name for name, found in nothing.items() if found is None] == [
        *("part", "bars", "title", "source")
    ]
    floor = Floor(30, (9.0, 12.0, 20.4), (0.0, 0.25, 0.5))
    assert _floor_line("folk", floor) == (
        "folk: 30 real tunes that it was not trained on share at most "
        "9 notes and 0% (half), 12 notes and 25% (90 %), 20 notes and 50% (99 %)"
    )
    assert _floor_line("folk", Floor()) == "folk: no held-out tunes to compare with"


# -- progress ----------------------------------------------------------------------------


def on_terminal(monkeypatch: pytest.MonkeyPatch, *, live: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: live)
    monkeypatch.setenv("TERM", "xterm")


def test_a_line_is_written_over_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    clock = iter([10.0, 10.0, 10.5, 11.0, 11.5])
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    on_terminal(monkeypatch, live=True)
    line = ProgressLine(1.0)
    for text in "abcd":
        line.show(text)
    line.keep("e")
    # Shown after 11 s, not at 11 s.
    assert capsys.readouterr().err == f"{CLEAR}d{CLEAR}e\n"
    on_terminal(monkeypatch, live=False)
    monkeypatch.setattr(progress, "monotonic", lambda: 0.0)
    line = ProgressLine(-1.0)
    line.show("a")
    line.keep("b")
    assert capsys.readouterr().err == "b\n"


class Lines:
    """Takes what is shown and what is kept."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.show: Callable[[str], None] = self.told.append
        self.keep: Callable[[str], None] = lambda text: self.told.append(f"kept {text}")


def test_steps_of_training() -> None:
    lines: Any = Lines()
    step = SimpleNamespace(step=7, loss=2.34567, rate=12345.6, left=150.0, metrics=None, done=0.25)
    show_training(lines, step)
    show_training(lines, SimpleNamespace(**{**vars(step), "left": 1e6}))
    figures = {
        "valid_bits_per_note": 3.21987,
        "valid_bits_per_16th": 1.5,
        "train_bits_per_note": 3.0,
    }
    show_training(lines, SimpleNamespace(**{**vars(step), "metrics": figures}))
    show_gan(lines, step)
    show_gan(lines, SimpleNamespace(**{**vars(step), "metrics": {"kl_place": 0.5}}))
    assert lines.told == [
        "step 7  2.346 bits a note  12,346 events/s  2 min left",
        "step 7  2.346 bits a note  12,346 events/s  ",
        "kept step 7: 3.220 bits a note, 1.500 a 16th on held-out pieces (training 3.000)",
        "step 7  gap 2.35  25%",
        "kept step 7: bits from real bars: places 0.500",
    ]
    row = {"kl_interval": 0.1, "kl_pitch_class": 0.25, "unique_bars": 0.875}
    assert (
        _figures(row)
        == "bits from real bars: intervals 0.100, pitch classes 0.250, 88% of the bars differ"
    )
    assert _figures({"unique_bars": 1.0}) == "no figures"


def test_options_of_a_gan() -> None:
    options = make_parser().parse_args(
        ["gan", "train", "S", "-o", "O", "--grid", "12", "--batch", "6", "--seed", "0"]
    )
    found = _train_options(options)
    assert (found.net.grid, found.batch, found.seed, found.device) == (12, 6, 0, "auto")


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
        header=SimpleNamespace(key=None, bars=2, meter=Meter(4, 4), style="", period="modern"),
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


@pytest.mark.parametrize(
    ("repeats", "returns", "told"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_bars_that_only_repeat_the_prompt_are_told(
    repeats: bool, returns: bool, told: bool, tmp_path: Path, capsys: Told
) -> None:
    save_score(Score((Part((Note(0, 60, 480),)),)), tmp_path / "x.mid")
    take: Any = SimpleNamespace(
        repeats=repeats, checks=lambda *_, **__: [], new_bars=Score, played=None, written_end=None
    )
    found = SimpleNamespace(find=lambda _: CopyReport(40, 0.5, MATCH))
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
        return train_options(make_parser().parse_args(["train", "S", "-o", "O", *line.split()]))

    usual = options("")
    assert (usual.net, usual.device) == (SIZES["base"], "auto")
    assert options("--size small").net == SIZES["small"]
    found = options("--size small --hidden 8 --batch 3 --seed 0 --precision float32")
    assert found.net == replace(SIZES["small"], hidden=8)
    assert (found.batch, found.seed, found.precision) == (3, 0, "float32")
    assert (found.rate, found.epochs) == (usual.rate, usual.epochs)
    plain = options("--no-copy").net
    assert (plain.copy, plain.features) == (False, True)
    plain = options("--no-features").net
    assert (plain.copy, plain.features) == (False, False)
    for line, words in (
        ("--size huge", "use small, base"),
        ("--net plain", "is in the lab"),
        ("--net other", "use event"),
    ):
        with pytest.raises(ControlError, match=words):
            options(line)
