"""What is read is never written over; names that nobody gave are free; names are printed in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import Command, files, refused
from small import REAL_TUNES, corpus_tunes, tune, write_tunes
from tones import SCALE, melody, write_sound

from symgen.cli.outputs import printable_path
from symgen.formats import load_score, save_score

ROOT = Path(__file__).parents[2]


@pytest.fixture
def music(command: Command) -> Command:
    """A tune in MIDI and MusicXML, a recording, a folder of tunes."""
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    score = tune(text, meter=meter, pickup=pickup, resolution=480)
    for name in ("tune.mid", "tune.musicxml", "other.mid"):
        save_score(score, name)
    write_sound("hum.wav", melody(SCALE))
    write_tunes(Path("music"), corpus_tunes(6))
    return command


def contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


# -- no output is an input ---------------------------------------------------------------

ONTO_INPUTS = {
    "continue": "continue tune.mid -o tune.mid",
    "continue, other spelling": "continue tune.mid -o music/../tune.mid",
    "continue, sound of a recording": "continue hum.wav --wav -o hum.mid",
    "continue, notation of notation": "continue tune.musicxml --xml -o tune.mid",
    "infill": "infill tune.mid --bars 2 -o tune.mid",
    "infill, sound of a recording": "infill hum.wav --bars 2 --wav -o hum.mid",
    "vary": "vary tune.mid -o tune.mid",
    "vary, notation of notation": "vary tune.musicxml --xml -o tune.mid",
    "harmonize": "harmonize tune.mid -o tune.mid",
    "harmonize, sound of a recording": "harmonize hum.wav --wav -o hum.mid",
    "transcribe": "transcribe hum.wav --wav -o hum.mid",
    "gan sample": "gan sample -n 1 --prime tune.mid -o tune.mid",
    "one of many": "continue tune-2.mid -n 3 -o tune.mid",
    "render": "render hum.wav -o hum.wav",
    "render into its folder": "render hum.wav -o .",
    "a table": "corpus music --facts music=store/index.json -o store",
    "a report over the card of a model": "generate --model model --bars 1 --report -o model/model.mid",
}


@pytest.mark.parametrize("case", ONTO_INPUTS)
def test_an_input_is_never_replaced(case: str, music: Command, tiny_folder: Path) -> None:
    shutil.copy("tune.mid", "tune-2.mid")
    shutil.copytree(tiny_folder, "model")
    Path("store").mkdir()
    Path("store/index.json").write_text("{}")
    before = contents()
    refused(music(*ONTO_INPUTS[case].split(), "--overwrite"), 2)
    assert contents() == before


ALIASES: dict[str, Callable[[str, Path], object]] = {
    "hard link": os.link,
    "symbolic link": lambda name, alias: alias.symlink_to(Path(name).absolute()),
}


@pytest.mark.skipif(os.name != "posix", reason="needs links")
@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("verb", ["continue", "vary"])
def test_an_input_by_another_name(verb: str, alias: str, music: Command) -> None:
    ALIASES[alias]("tune.mid", Path("alias.mid"))
    ALIASES[alias]("other.mid", Path("alias.musicxml"))
    before = contents()
    refused(
        music(verb, "tune.mid", "-o", "alias.mid", "--overwrite"), 2, "is the tune itself", "-o"
    )
    refused(music(verb, "alias.mid", "-o", "tune.mid", "--overwrite"), 2, "is the tune itself")
    refused(
        music(verb, Path("tune.mid").absolute(), "-o", "tune.mid", "--overwrite"),
        2,
        "is the tune itself",
    )
    refused(
        music(verb, "other.mid", "-o", "alias.mid", "--xml", "--overwrite"), 2, "alias.musicxml"
    )
    assert contents() == before


def test_an_input_in_another_case(music: Command) -> None:
    if not Path("TUNE.MID").exists():
        pytest.skip("this file system tells cases apart")
    refused(music("continue", "tune.mid", "-o", "TUNE.MID", "--overwrite"), 2, "is the tune itself")


def test_folders_that_are_read(music: Command, store_folder: Path) -> None:
    shutil.copytree(store_folder, "store")
    shutil.copy("tune.mid", "store")
    before = contents()
    shown = ("--overwrite", "-o")
    refused(music("corpus", "music", *shown, "music"), 2, "music: exists and is no corpus store")
    refused(music("corpus", "store", *shown, "store"), 2, "store: is what is to be read")
    refused(music("corpus", "store/tune.mid", *shown, "store"), 2, "store: holds store/tune.mid")
    refused(music("train", "music", *shown, "music"), 2, "music: is what is to be read")
    refused(music("train", "store", *shown, "store"), 2, "store: is what is to be read")
    refused(music("gan", "train", "store", *shown, "store"), 2, "store: is what is to be read")
    refused(music("gan", "augment", "store", *shown, "store"), 2, "store: is the store itself")
    assert contents() == before


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_file_of_a_folder_that_is_read(music: Command) -> None:
    """Its report would be written over a table that is a file of the folder, by a link."""
    Path("report").mkdir()
    os.link("music/00.mid", "report/report.md")
    ask = (
        "evaluate",
        "music",
        "--reference",
        "tune.mid",
        "--no-classifiers",
        "--resamples",
        2,
        "-o",
        "report",
    )
    before = contents()
    refused(
        music(*ask, "--overwrite"), 2, "report/report.md: exists already and is a file of music"
    )
    assert contents() == before


def test_a_folder_may_hold_its_own_run(music: Command) -> None:
    """What a run writes into the folder of its tunes is not read with them."""
    network = (
        "--hidden",
        8,
        "--head",
        8,
        "--epochs",
        1,
        "--device",
        "cpu",
        "--precision",
        "float32",
    )
    write_tunes(Path("many"), corpus_tunes(20))
    assert music("train", "many", "-o", "many/run", *network).status == 0
    assert list(Path("many/run/samples").glob("*.mid"))
    assert music("corpus", "many", "-o", "store").status == 0
    found = json.loads(Path("store/index.json").read_text())["report"]["sources"][0]
    assert found["kept"] + found["dropped"] == 20


# -- permissions and links ---------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_what_is_replaced_passes_its_permissions_on(mode: int, music: Command) -> None:
    for name in ("x.mid", "x.wav", "x.musicxml", "x.json"):
        Path(name).write_text("old")
        Path(name).chmod(mode)
    ask = (
        "vary",
        "tune.mid",
        "--particles",
        1,
        "--wav",
        "--xml",
        "--report",
        "-o",
        "x.mid",
        "--overwrite",
    )
    assert music(*ask).status == 0
    assert {
        Path(name).stat().st_mode & 0o777 for name in ("x.mid", "x.wav", "x.musicxml", "x.json")
    } == {mode}


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_symbolic_link_stays_and_its_file_is_written(music: Command) -> None:
    Path("far").mkdir()
    Path("far/x.wav").write_text("old")
    Path("link.wav").symlink_to("far/x.wav")
    Path("new.wav").symlink_to("far/new.wav")
    refused(music("render", "tune.mid", "-o", "link.wav"), 2, "link.wav: exists already")
    assert music("render", "tune.mid", "--rate", 8000, "-o", "link.wav", "--overwrite").out == [
        "link.wav"
    ]
    assert music("render", "tune.mid", "--rate", 8000, "-o", "new.wav").out == ["new.wav"]
    assert Path("link.wav").is_symlink()
    assert Path("new.wav").is_symlink()
    assert Path("far/x.wav").read_bytes() == Path("far/new.wav").read_bytes() != b"old"
    assert sorted(path.name for path in Path("far").iterdir()) == ["new.wav", "x.wav"]


# -- names that are free -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("generate --seed 5 --bars 1", "symgen-5"),
        ("continue tune.mid --bars 1", "tune-continued"),
        ("infill tune.mid --bars 2 --particles 1", "tune-infilled"),
        ("vary tune.mid --particles 1", "tune-varied"),
        ("gan sample -n 1 --seed 5 --bars 1", "symgen-gan-5"),
    ],
)
def test_a_second_piece_has_a_number(arguments: str, name: str, music: Command) -> None:
    for number in ("", "-2", "-3"):
        assert music(*arguments.split()).out == [f"{name}{number}.mid"]
    Path(f"{name}-4.wav").write_text("mine")
    assert music(*arguments.split(), "--wav").out == [f"{name}-5.mid", f"{name}-5.wav"]
    assert Path(f"{name}-4.wav").read_text() == "mine"
    assert music(*arguments.split(), "--overwrite").out == [f"{name}.mid"]
    refused(music(*arguments.split(), "-o", f"{name}.mid"), 2, "exists already")


def test_a_number_is_free_for_all_files_of_all_pieces(music: Command) -> None:
    ask = ("continue", "tune.mid", "--bars", 1, "-n", 2, "--report")
    for stem in ("tune-continued", "tune-continued-2", "tune-continued-4"):
        assert music(*ask).out == [
            f"{stem}-{piece}.{kind}" for piece in (1, 2) for kind in ("mid", "json")
        ]
        Path("tune-continued-3-2.json").write_text("mine")
    assert (
        json.loads(Path("tune-continued-4-2.json").read_text())["path"] == "tune-continued-4-2.mid"
    )
    assert not [name for name in files() if name.startswith(".")]


def test_render_and_plot_count_too(music: Command) -> None:
    for number in ("", "-2", "-3"):
        assert music("render", "tune.mid", "other.mid", "--rate", 8000).out == [
            f"tune{number}.wav",
            f"other{number}.wav",
        ]
        assert music("plot", "tune.mid").out == [f"tune{number}.png"]


def test_overwriting_spares_the_input_where_the_name_is_not_given(music: Command) -> None:
    before = Path("hum.wav").read_bytes()
    assert music("render", "hum.wav", "--rate", 8000, "--overwrite").out == ["hum-2.wav"]
    assert Path("hum.wav").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="needs processes that start quickly")
def test_processes_that_choose_names_at_a_time(music: Command) -> None:
    """All begin before any has written; each writes what it says, and none fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    ask = [sys.executable, "-m", "symgen", "continue", "tune.mid", "--bars", "1", "--xml", "--seed"]
    children = [
        subprocess.Popen(
            [*ask, str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for seed in range(4)
    ]
    said = [child.communicate(timeout=300) for child in children]
    assert [child.returncode for child in children] == [0] * 4, said
    names = sorted(name for out, _ in said for name in out.splitlines())
    assert len(set(names)) == 8
    stems = ["tune-continued", *(f"tune-continued-{number}" for number in (2, 3, 4))]
    assert names == sorted(f"{stem}{suffix}" for stem in stems for suffix in (".mid", ".musicxml"))
    for seed, (out, _) in enumerate(said):
        music("continue", "tune.mid", "--bars", 1, "--seed", seed, "-o", f"again{seed}.mid")
        assert Path(out.splitlines()[0]).read_bytes() == Path(f"again{seed}.mid").read_bytes()
    assert not [name for name in files() if name.startswith(".")]


# -- names in one line -------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("plain name é 　.mid", "plain name é 　.mid"),
        ("two\nlines.mid", r"two\nlines.mid"),
        ("\x1b[31mred\t\x85\u2028.mid", r"\x1b[31mred\t\x85\u2028.mid"),
        ("back\\slash.mid", r"back\\slash.mid"),
    ],
)
def test_names_are_printed_in_one_line(name: str, line: str, music: Command) -> None:
    result = music("continue", "tune.mid", "--bars", 1, "-o", name)
    assert result.out == [line] == [printable_path(name)]
    assert load_score(name).note_count
    assert line.encode("latin-1", "backslashreplace").decode("unicode_escape") == name
