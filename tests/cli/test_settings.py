"""Presets and the configuration file: what they set, what wins, what they may not."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from commands import Command, refused

from symgen.cli.commands import make_parser
from symgen.cli.front import Line, read_line
from symgen.cli.settings import config_path, preset_about, preset_names
from symgen.system.errors import ControlError

PRESETS = (
    "chorale", "happy", "jig", "lead-sheet", "loop", "lullaby", "mazurka", "quartet", "reel", "sad", "waltz",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which ``config.toml`` is the configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMGEN_CONFIG", "config.toml")
    Path("config.toml").touch()
    return tmp_path


def read(line: str) -> Line:
    return read_line(shlex.split(line), make_parser())


def added(line: str) -> str:
    """The line as it is understood, without the command."""
    return shlex.join(read(line).words)


def config(text: str) -> None:
    Path("config.toml").write_text(text, encoding="utf-8")


def preset(text: str, name: str = "mine.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


# -- presets that come along -------------------------------------------------------------


def test_the_presets_that_come_along() -> None:
    assert set(PRESETS) <= set(preset_names())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_writes_and_its_report_gives_the_same_again(name: str, command: Command) -> None:
    assert len(preset_about(name)) > 10
    first = command("generate", "--preset", name, "--seed", 3, "-o", "a.mid", "--json")
    assert first.status == 0, first.err
    facts = json.loads(first.out[0])
    before = Path("a.mid").read_bytes()
    # A key steers: of mazurkas in A minor, real ones too, some leave it for long.
    held = {name: check for name, check in facts["controls"].items() if name != "key"}
    assert all(check["met"] for check in held.values()), facts["controls"]
    words = shlex.split(facts["command"])
    assert "--preset" not in words
    assert command(*words[1:], "--overwrite").status == 0
    assert Path("a.mid").read_bytes() == before


def test_an_unknown_preset_is_refused(command: Command) -> None:
    refused(command("generate", "--preset", "walz"), 2, "(did you mean waltz?)", "lullaby", ".toml")
    refused(command("generate", "--preset", "gone.toml"), 3, "gone.toml: no such file")
    refused(command("render", "x.mid", "--preset", "waltz"), 2, "no option --preset")
    refused(command("generate", "--preset"), 2, "expected one argument", "presets are", "waltz")


def test_presets_of_ones_own_lie_beside_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("symgen.cli.settings.user_folder", lambda _: tmp_path)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "ours.toml").write_text('about = "ours"\nbars = 5\n')
    assert "ours" in preset_names()
    assert preset_about("ours") == "ours"
    assert read("generate --preset ours").options.bars == 5


# -- what wins ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "understood"),
    [
        ("generate", "generate --tempo 90 --bars 4 --wav"),
        ("generate --bpm 80", "generate --bars 4 --wav --bpm 80"),
        ("generate --preset mine.toml", "generate --bars 8 --tempo 90 --wav"),
        ("new --bars 2 --preset=mine.toml", "new --tempo 90 --wav --bars 2"),
        ("-q generate --pres mine.toml -n 2", "-q generate --bars 8 --tempo 90 --wav -n 2"),
        ("generate --no-wav", "generate --tempo 90 --bars 4 --no-wav"),
        ("generate --no-config", "generate --no-config"),
        ("harmonise t.mid", "harmonise --temperature 0.5 --wav t.mid"),
        ("t.mid", "continue --tempo 90 --bars 4 --wav t.mid"),
        ("render t.mid", "render t.mid"),
        ("gan sample", "gan sample --no-form --wav"),
        ("infill t.mid --bars 2", "infill --wav t.mid --bars 2"),
        ("doctor", "doctor"),
    ],
)
def test_the_line_wins_then_presets_then_the_configuration(
    line: str, understood: str, folder: Path
) -> None:
    config(
        "[symgen]\nwav = true\ntempo = 90\nbars = 4\n"
        "[symgen.harmonize]\ntemperature = 0.5\n[symgen.gan.sample]\nno-form = true\n"
    )
    preset("bars = 8\n")
    assert set(added(line).split()) == set(understood.split())
    assert read(added(line) + " --no-config").options.job == read(line).options.job


def test_later_presets_win_and_one_can_take_back(folder: Path) -> None:
    config("[symgen]\nwav = true\nend = true\n")
    preset("bars = 8\nkey = 'C'\nwav = false", "a.toml")
    preset("[symgen]\nbars = 9\n[symgen.continue]\nbars = 10", "b.toml")
    one = read("generate --preset a.toml --preset b.toml").options
    assert (one.bars, one.key, one.wav, one.end) == (9, "C", False, True)
    other = read("generate --preset b.toml --preset a.toml --no-end").options
    assert (other.bars, other.end) == (8, None)
    assert read("t.mid --preset b.toml").options.bars == 10


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("--instruments flute,oboe", "instrument"),
        ("--grid 1/8", "swing"),
        ("--meter 2x4/4,2x3/4", "bars"),
    ],
)
def test_what_contradicts_the_line_is_left_out(line: str, left_out: str, folder: Path) -> None:
    preset("instrument = 'flute'\nswing = 0.6\nbars = 8")
    options = read(f"generate --preset mine.toml {line}").options
    assert vars(options)[left_out] is None
    assert {options.instrument, options.swing, options.bars} & {"flute", 0.6, 8}


def test_lists_and_repeated_options(folder: Path) -> None:
    config(
        "[symgen]\ninstruments = ['violin', 'cello']\nchords = ['C', 'G']\n"
        "[symgen.continue]\nlimit = ['notes=5', 'bytes=7']\n[symgen.corpus]\ngrid = 24"
    )
    options = read("t.mid").options
    assert (options.instruments, options.chords) == ("violin,cello", "C | G")
    assert options.limit == ["notes=5", "bytes=7"]
    assert read("t.mid --limit notes=6").options.limit == ["notes=6"]
    assert read("corpus x -o y").options.grid == 24
    assert read("generate").options.grid is None


def test_quiet_and_color_can_be_set(generate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    config("[symgen]\nquiet = true\ncolor = 'always'\n")
    monkeypatch.setenv("SYMGEN_CONFIG", "config.toml")
    assert generate("-o", "a.mid").err == []
    assert generate("-o", "b.mid", "--no-quiet").err[0].startswith("seed ")


# -- what they may not -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bars = 1", "settings stand in a table [symgen]"),
        ("[other]\nx = 1", "settings stand in a table [symgen]"),
        ("[symgen]\ntmpo = 3", "no setting 'tmpo' (did you mean tempo?)"),
        ("[symgen]\nreference = 'x'", "no setting 'reference'"),
        ("[symgen.generate]\nrate = 3", "no setting 'rate' of generate"),
        ("[symgen.genrate]\nbars = 1", "no command 'genrate' (did you mean generate?)"),
        ("[symgen.gan.smaple]\nbars = 1", "no command 'gan smaple' (did you mean gan sample?)"),
        ("[symgen]\ntempo = 'x'", "tempo 'x': must be a number"),
        ("[symgen]\nbars = 1.5", "bars '1.5': must be a whole number"),
        ("[symgen]\nbars = 0", "bars 0: must be 1..1000"),
        ("[symgen]\nbars = true", "bars is true, but it takes a value"),
        ("[symgen]\nkey = 'H'", "key 'H': write a tonic"),
        ("[symgen]\nkey = 2020-01-01", "key 2020-01-01: must be a number or a text"),
        ("[symgen]\nwav = 3", "wav '3': must be true or false"),
        ("[symgen]\ncolor = 'blue'", "color 'blue': use auto, always, never"),
        ("[symgen]\noutput = 'x'", "'output' is for the command line alone"),
        ("[symgen]\nout = 'x'", "'out' is for the command line alone"),
        ("[symgen]\noverwrite = true", "'overwrite' is for the command line alone"),
        ("[symgen]\npreset = 'jig'", "'preset' is for the command line alone"),
        ("[symgen]\ntune = 'x'", "no setting 'tune'"),
        ("[symgen", "is no TOML"),
        ("\ud800", "is no TOML"),
    ],
)
def test_a_configuration_that_makes_no_sense(text: str, said: str, folder: Path) -> None:
    Path("config.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ControlError) as caught:
        read("generate")
    assert str(caught.value).startswith("config.toml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "output = 'x.mid'",
        "soundfont = 'x.sf2'",
        "model = '../x'",
        "model = 'a/b'",
        "json = 1",
        "seed = 'x'",
        "color = 'never'",
        "[render]\nrate = 8000",
        "[symgen]\nbars = 1\n[other]\nx = 1",
    ],
)
def test_a_preset_names_no_files(text: str, folder: Path) -> None:
    preset(text)
    with pytest.raises(ControlError, match=r"^mine\.toml: "):
        read("generate --preset mine.toml")


def test_files_that_cannot_be_read(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMGEN_CONFIG", "gone.toml")
    refused(command("generate"), 2, "SYMGEN_CONFIG gone.toml: no such file")
    monkeypatch.delenv("SYMGEN_CONFIG")
    monkeypatch.setattr("symgen.cli.settings.user_folder", lambda _: Path("nowhere"))
    assert config_path() is None
    preset("x = '" + "x" * 1_000_001 + "'")
    refused(command("generate", "--preset", "mine.toml"), 2, "mine.toml: longer than")


def test_a_preset_is_not_written_over(generate: Command) -> None:
    preset("bars = 2", "mine.toml")
    Path("mine.toml").rename("mine.mid.toml")
    Path("mine.mid").symlink_to("mine.mid.toml")
    result = generate("--preset", "mine.mid.toml", "-o", "mine.mid", "--overwrite")
    refused(result, 2, "is the preset itself")
    assert Path("mine.mid.toml").read_text() == "bars = 2"


def test_how_much_is_performed_may_stand_in_a_preset_and_in_the_configuration(
    folder: Path,
) -> None:
    preset("feel = 0.4\n")
    assert added("generate --preset mine.toml") == "generate --feel 0.4"
    config("[symgen]\nfeel = 0.2\n\n[symgen.perform]\nfeel = 1\n")
    assert added("render a.mid") == "render --feel 0.2 a.mid"
    assert added("drums --feel 0") == "drums --feel 0"
    assert added("perform a.mid") == "perform --feel 1 a.mid"
