"""Sentences, moods and words for styles on a command line: what they stand for, and what is said of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from commands import Command, files, refused

from symgen.cli.commands import make_parser
from symgen.cli.front import Line, read_line
from symgen.cli.options import UsageError
from symgen.system.errors import ControlError

SAD = "--tempo 66 --key 'A minor' --density 2-6 --range E3-C5"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tune, and no configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMGEN_CONFIG", "")
    Path("tune.mid").touch()
    Path("sad").touch()
    return tmp_path


def read(line: str) -> Line:
    return read_line(shlex.split(line), make_parser())


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("generate 'jig in D, 16 bars'", "generate --style jig --key 'D major' --bars 16"),
        ("new jig in D --wav", "new --style jig --key 'D major' --wav"),
        ("generate --wav jig", "generate --style jig --wav"),
        ("-q generate -- jig", "-q generate --style jig --"),
        ("generate 'jig in D' --key G", "generate --style jig --key G"),
        ("generate 'for flute' --instruments oboe,horn", "generate --instruments oboe,horn"),
        ("generate 'jig, without an ending'", "generate --style jig --no-end"),
        ("generate --mood sad", f"generate {SAD}"),
        ("generate sad", f"generate {SAD}"),
        ("generate --mood=sad sad", f"generate {SAD}"),
        ("generate --style folk", "generate --style air"),
        ("generate --style folk --model folk", "generate --style folk --model folk"),
        ("generate --style choral --mood sad", "generate --tempo 66 --key 'A minor' --style chorale"),
        ("continue tune.mid '8 bars in D'", "continue --bars 8 --key 'D major' tune.mid"),
        ("continue tune.mid fast", "continue --tempo 144 tune.mid"),
        ("continue tune.mid fast 'in D'", "continue --tempo 144 --key 'D major' tune.mid"),
        ("continue tune.mid sad", "continue tune.mid sad"),  # a file that is there
        ("continue tune.mid fast.mid", "continue tune.mid fast.mid"),
        ("continue tune.mid gone", "continue tune.mid gone"),
        ("continue 'fast jig.mid'", "continue 'fast jig.mid'"),
        ("continue tune.mid *fast*", "continue tune.mid '*fast*'"),
        ("generate --style jig", "generate --style jig"),
    ],
)  # fmt: skip
def test_what_a_line_stands_for(line: str, same: str) -> None:
    found = read(line)
    assert shlex.join(found.words) == same
    is_changed = shlex.split(line) != shlex.split(same)
    assert bool(found.told) is is_changed
    if is_changed:
        assert found.told[-1] == f"understood as: symgen {same}"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("generate 'jig in D' --key G", "key G stays, beside key D major of the sentence"),
        ("generate 'for flute' --instruments oboe,horn", "instruments oboe,horn stays, beside instrument flute"),
        ("generate happy in A minor", "key A minor stays, where the mood happy asks for a major key"),
        ("generate 'slow, 80 bpm'", "tempo 80 stays, beside a word for 66"),
    ],
)  # fmt: skip
def test_what_gives_way_is_told(line: str, told: str) -> None:
    assert any(text.startswith(told) for text in read(line).told)


def test_a_mood_goes_before_presets_and_they_before_the_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("c.toml").write_text("[symgen]\ntempo = 99\nswing = 0.6\n")
    monkeypatch.setenv("SYMGEN_CONFIG", "c.toml")
    Path("p.toml").write_text('key = "G"\nbars = 4\nmeter = "2/4"\n')
    options = read("generate --preset p.toml --mood sad").options
    assert (options.key, options.tempo, options.bars, options.swing) == ("A minor", 66, 4, 0.6)
    assert options.density == "1-3"
    options = read("generate --preset p.toml 'sad, 5 bars'").options
    assert (options.key, options.bars, options.mood) == ("A minor", 5, None)
    assert set(read("generate --preset quartet sad").words) >= {"--model", "chamber", "A minor"}
    assert "--density" not in read("generate --preset quartet sad").words


@pytest.mark.parametrize(
    ("line", "status", "told"),
    [
        ("generate jigg", 2, "not understood: 'jigg' (did you mean jig?)"),
        ("generate ''", 2, "the sentence has no words"),
        ("generate happy --mood sad", 2, "mood: happy and sad; say one of them"),
        ("generate --mood hapy", 2, "mood 'hapy' (did you mean happy?): use one of happy, sad"),
        ("generate '80 bpm, 90 bpm'", 2, "tempo: 80 and 90; say one of them"),
        ("generate 'jig --wav'", 2, "'--wav' (an option stands outside of the sentence)"),
        ("continue tune.mid 'sad and slow'", 2, "mood sad: is for new pieces"),
        ("continue tune.mid 'one minute'", 2, "60 seconds: how long a bar of the tune is"),
        ("continue tune.mid 'my sons tune'", 2, "no file is called so either"),
    ],
)
def test_what_is_refused_writes_nothing(
    line: str, status: int, told: str, command: Command
) -> None:
    before = files()
    refused(command(*shlex.split(line)), status, told)
    assert files() == before


def test_a_line_that_is_wrong_otherwise() -> None:
    with pytest.raises(UsageError, match="no option --mood"):
        read("render tune.mid --mood sad")
    with pytest.raises(UsageError, match="expected one argument"):
        read("generate jig --mood")
    with pytest.raises(ControlError, match="longer than 500"):
        read(f"generate {'jig ' * 200}")


def test_a_sentence_writes_what_its_command_writes(command: Command) -> None:
    said = command("generate", "calm jig in D, 2 bars", "--seed", 3, "-o", "a.mid", "--json")
    assert said.status == 0, said.err
    assert said.err[0].startswith("understood as: symgen generate --style jig --key 'D major'")
    facts = json.loads(said.out[0])
    words = shlex.split(facts["command"])[1:]
    assert "calm jig in D, 2 bars" not in words
    written = Path("a.mid").read_bytes()
    again = command(*words, "--overwrite")
    assert (again.status, again.err) == (0, [])
    assert Path("a.mid").read_bytes() == written
    quiet = command("generate", "-q", "calm jig in D, 2 bars", "--seed", 3, "-o", "b.mid")
    assert (quiet.out, quiet.err) == (["b.mid"], [])
    assert Path("b.mid").read_bytes() == written
