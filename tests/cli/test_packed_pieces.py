"""A great many pieces in few files: `generate --packed`, `--shard` and `unpack`."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from commands import Command, files, refused
from small import write_tunes

import symgen
from symgen.cli import packing
from symgen.formats.packs import Packs
from symgen.music.controls import Controls
from symgen.system.errors import ControlError, FormatError
from symgen.writing.packing import PackPlan


def contents(folder: str = "parts") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def packed(generate: Command, *words: object, folder: str = "parts") -> list[str]:
    """Pack seven pieces, and return the paths that were printed."""
    done = generate("--packed", "-n", 7, "--seed", 30, "-o", folder, "--jobs", 1, *words)
    assert done.status == 0, done
    return done.out


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two pieces in a part."""
    monkeypatch.setattr("symgen.writing.packing._MOST_PIECES", 2)


# -- writing ------------------------------------------------------------------------------


def test_a_piece_is_the_one_that_its_seed_gives(generate: Command, command: Command) -> None:
    """Whatever the shard it was drawn in, and whatever was drawn beside it."""
    for shard in ("1/3", "2/3", "3/3"):
        packed(generate, "--shard", shard)
    generate("--count", 7, "--seed", 30, "-o", "plain.mid")
    assert command("unpack", "parts", "-o", "out").status == 0
    assert sorted(contents("out")) == [f"piece-{number:06}.mid" for number in range(30, 37)]
    for number in range(7):
        plain = Path(f"plain-{number + 1}.mid").read_bytes()
        assert Path(f"out/piece-{number + 30:06}.mid").read_bytes() == plain


def test_shards_share_the_pieces_out(generate: Command) -> None:
    out = [packed(generate, "--shard", f"{number}/3") for number in (3, 1, 2)]
    assert out == [[f"parts/part-{number}-of-3.tar.gz"] for number in (3, 1, 2)]
    sizes = [len(Packs.find(path).numbers) for path in ("parts", "parts/part-1-of-3.tar.gz")]
    assert sizes == [7, 7]
    found = [list(dict(symgen.unpack(f"parts/part-{n}-of-3.tar.gz"))) for n in (1, 2, 3)]
    assert found == [[30, 31], [32, 33], [34, 35, 36]]


def test_a_shard_that_is_made_again_does_nothing_and_one_that_is_redone_is_the_same(
    generate: Command, small_parts: None
) -> None:
    packed(generate)
    before = contents()
    assert sorted(before) == sorted(
        f"part-{n}-of-4{suffix}" for n in range(1, 5) for suffix in (".done", ".tar.gz")
    )
    assert packed(generate) == []
    Path("parts/part-2-of-4.done").unlink()  # killed between the part and its marker
    Path("parts/part-3-of-4.tar.gz").write_bytes(b"half")
    assert packed(generate) == ["parts/part-2-of-4.tar.gz", "parts/part-3-of-4.tar.gz"]
    assert contents() == before


def test_any_number_of_processes_write_the_same(generate: Command, small_parts: None) -> None:
    packed(generate)
    packed(generate, "--jobs", 2, folder="other")
    assert contents() == contents("other")


def test_another_number_of_shards_goes_on_with_the_parts_that_are_there(
    generate: Command, small_parts: None
) -> None:
    packed(generate, folder="whole")
    packed(generate, "--shard", "1/1")
    Path("parts/part-4-of-4.done").unlink()
    assert packed(generate, "--shard", "2/2") == ["parts/part-4-of-4.tar.gz"]
    assert packed(generate, "--shard", "9/9") == []
    assert contents() == contents("whole")


def test_fewer_pieces_than_shards(generate: Command) -> None:
    written = [packed(generate, "--shard", f"{number}/9") for number in range(1, 10)]
    assert sum(map(len, written)) == 7
    assert [number for number, _ in symgen.unpack("parts")] == list(range(30, 37))
    done = generate("-n", 7, "--seed", 30, "-o", "parts", "--shard", "1/9")
    assert done.err == ["shard 1/9: nothing to do, as there are fewer parts than shards"]


def test_parts_remember_what_they_were_made_of(generate: Command) -> None:
    packed(generate, "--shard", "1/2")
    before = contents()
    for words in (("--seed", 31), ("--style", "jig"), ("--count", 8), ("--bars", 3), ("--report",)):
        done = generate(
            *("--count", 7, "--seed", 30, "-o", "parts", "--shard", "2/2", "--jobs", 1), *words
        )
        refused(done, 4, "was made with other", words[0].removeprefix("--"))
    assert contents() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shard", "0/3"), "shard 0/3"),
        (("--shard", "4/3"), "shard 4/3"),
        (("--shard", "1/0"), "shard 1/0"),
        (("--shard", "one"), "write K/N"),
        (("--packed", "--wav"), "wav: is not for packed parts"),
        (("--packed", "--xml"), "xml: is not for packed parts"),
        (("--packed", "--json"), "json: is not for packed parts"),
        (("--packed", "--play"), "play: is not for packed parts"),
        (("--packed", "--sheet"), "sheet: is not for packed parts"),
        (("--packed", "--format", "abc"), "packed parts hold MIDI"),
        (("--packed", "--overwrite"), "never replaced"),
        (("--packed", "-o", "x.mid"), "into a folder"),
        (("--packed", "-o", "-"), "into a folder"),
        (("--packed", "-n", "0"), "count 0"),
        (("--packed", "--jobs", "0"), "jobs 0"),
        (("--packed", "--seed", "-1"), "seed -1"),
        (("--packed", "--style", "nothing"), "style"),
        (("--packed", "--candidates", "2"), "no discriminator"),
        (("-n", "100001", "-o", "x.mid"), "--packed writes more"),
    ],
)
def test_what_makes_no_sense_is_refused(
    generate: Command, words: tuple[str, ...], said: str
) -> None:
    refused(generate(*words), 2, said)
    assert files() == []


def test_a_file_in_the_place_of_the_folder(generate: Command) -> None:
    Path("taken").write_text("mine")
    refused(generate("--packed", "-o", "taken"), 3, "taken: is no folder")
    assert Path("taken").read_text() == "mine"


def test_a_folder_that_cannot_be_written(
    generate: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("parts").mkdir()

    def no(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("symgen.system.files.make_temporary", no)
    refused(generate("--packed", "-o", "parts"), 3, "parts", "Permission denied")
    assert contents() == {}


def test_a_full_disk_is_one_line_and_nothing_is_lost(generate: Command, small_parts: None) -> None:
    """At whatever byte it is full: what was whole stays, and the same line goes on afterwards."""
    resource = pytest.importorskip("resource", reason="needs limits on the size of files")
    packed(generate, folder="whole")
    sizes = [len(data) for data in contents("whole").values()]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (0, 1, 10, 200, min(sizes) - 1, max(sizes) - 1):
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
            done = generate("--packed", "-n", 7, "--seed", 30, "-o", "parts", "--jobs", 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (done.status, len(done.err)) == (3, 1)
        assert "cannot be written (File too large)" in done.err[0]
        assert all(contents("whole")[name] == data for name, data in contents().items())
    packed(generate)
    assert contents() == contents("whole")


def test_names_may_hold_anything(generate: Command, command: Command) -> None:
    packed(generate, folder="süß ünd 音楽")
    done = command("unpack", "süß ünd 音楽", "33", "-o", "aus gepackt")
    assert done.out == ["aus gepackt/piece-000033.mid"]


def test_what_is_not_met_is_told_of_each_part(
    generate: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"pieces": 7, "unmet": [[number, "max_copy", "8", "9"] for number in range(30, 37)]}
    monkeypatch.setattr(packing, "write_part", lambda *_: told)
    done = generate("--count", 7, "--seed", 30, "--packed", "-o", "parts", "--jobs", 1)
    part = "parts/part-1-of-1.tar.gz"
    assert done.err[0] == f"{part}: max-copy is not met in 7 of 7 pieces: 30, 31, 32, 33, 34 ..."


def test_a_process_that_ends_is_told_in_a_line(
    generate: Command, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "_WORKER", "symgen.writing.nothing")
    done = generate("--count", 7, "--packed", "-o", "parts", "--jobs", 2, "--seed", 1)
    refused(done, 5, "does not start")


def test_no_preset_sends_work_elsewhere(generate: Command) -> None:
    """Presets come from others."""
    for line in ('scheduler = "tcp://127.0.0.1:9"', 'shard = "1/2"', "packed = true"):
        Path("theirs.toml").write_text(line)
        done = generate("--preset", "theirs.toml")
        refused(done, 2, "theirs.toml")
        assert files() == ["theirs.toml"]


# -- reading ------------------------------------------------------------------------------


def test_pieces_are_taken_out_by_number(generate: Command, command: Command) -> None:
    packed(generate, "--shard", "1/2")
    packed(generate, "--shard", "2/2")
    done = command("unpack", "parts", "36", "30-31", "-o", "out", "--format", "abc")
    assert done.out == [f"out/piece-{number:06}.abc" for number in (30, 31, 36)]
    assert [number for number, _ in symgen.unpack("parts", [36, 30])] == [30, 36]


def test_the_library_reads_what_the_command_wrote(generate: Command, tiny_folder: Path) -> None:
    packed(generate)
    model = symgen.load_model(tiny_folder)
    for number, score in symgen.unpack("parts", range(31, 33)):
        made = model.generate(bars=2, seed=number)
        assert [part.notes for part in score.parts] == [part.notes for part in made.parts]


def test_reports_lie_beside_the_pieces(generate: Command, command: Command) -> None:
    packed(generate, "--report")
    command("unpack", "parts", "31", "-o", "out")
    facts = json.loads(Path("out/piece-000031.json").read_text())
    generate("--seed", 31, "--report", "-o", "plain.mid")
    plain = json.loads(Path("plain.json").read_text())
    differing = {name for name in plain if plain[name] != facts[name]}
    assert differing == {"path", "report", "command"}
    assert facts["command"].endswith("--seed 31 --bars=2")


def test_what_is_there_already_stays(generate: Command, command: Command) -> None:
    """The same piece once more is no error: an unpacking that was stopped goes on."""
    packed(generate)
    assert command("unpack", "parts", "-o", "out").status == 0
    assert command("unpack", "parts", "-o", "out").status == 0
    Path("out/piece-000030.mid").write_bytes(b"mine")
    refused(command("unpack", "parts", "30", "-o", "out"), 2, "exists already")
    assert Path("out/piece-000030.mid").read_bytes() == b"mine"
    assert command("unpack", "parts", "30", "-o", "out", "--overwrite").status == 0


def test_parts_that_are_missing_are_told_of(generate: Command, command: Command) -> None:
    packed(generate, "--shard", "2/3")
    done = command("unpack", "parts", "-o", "out")
    assert (done.status, len(done.out)) == (0, 2)
    assert done.err == ["1 of 3 parts are there; make the others too"]
    refused(command("unpack", "parts", "30", "-o", "out"), 3, "part-1-of-3.tar.gz", "not there")


@pytest.mark.parametrize("word", ["37", "29-31", "x", "31-30", "-1", "1.5"])
def test_numbers_that_are_none(generate: Command, command: Command, word: str) -> None:
    packed(generate)
    assert command("unpack", "parts", word, "-o", "out").status == 2
    assert files() == ["parts"]


def test_a_damaged_part_is_one_line_and_the_others_are_taken_out(
    generate: Command, command: Command
) -> None:
    for shard in ("1/3", "2/3", "3/3"):
        packed(generate, "--shard", shard)
    path = Path("parts/part-2-of-3.tar.gz")
    whole = path.read_bytes()
    for damaged in (b"", whole[:-9], whole[:50] + b"\0\0\0" + whole[53:], b"no gzip at all"):
        path.write_bytes(damaged)
        done = command("unpack", "parts", "-o", "out", "--overwrite")
        assert (done.status, len(done.out)) == (3, 5)
        (line,) = done.err
        assert line.startswith(f"symgen: {path}: is no packed part, or damaged")
        with pytest.raises(FormatError, match="part-2-of-3"):
            list(symgen.unpack("parts"))


def test_what_holds_no_packed_parts(command: Command) -> None:
    Path("empty").mkdir()
    write_tunes(Path("tunes"), [])
    refused(command("unpack", "empty"), 3, "holds no packed parts")
    refused(command("unpack", "nothing"), 3, "no such folder")
    with tarfile.open("other.tar.gz", "w:gz") as tar:
        tar.add("empty")
    refused(command("unpack", "other.tar.gz"), 3, "holds no packed pieces")


def test_parts_of_several_runs_are_kept_apart(generate: Command, command: Command) -> None:
    packed(generate, "--shard", "1/2")
    packed(generate, "--shard", "1/3", folder="other")
    Path("other/part-1-of-3.tar.gz").rename("parts/part-1-of-3.tar.gz")
    refused(command("unpack", "parts"), 3, "parts of several runs")


def test_a_part_of_another_run_in_the_place_of_one(generate: Command, command: Command) -> None:
    packed(generate, "--shard", "1/2")
    packed(generate, "--shard", "1/2", "--seed", 50, folder="other")
    Path("other/part-1-of-2.tar.gz").rename("parts/part-2-of-2.tar.gz")
    done = command("unpack", "parts", "-o", "out")
    assert done.status == 3
    assert "is a part of another run" in done.err[0]


def test_a_number_that_is_none_in_the_library(generate: Command) -> None:
    packed(generate)
    with pytest.raises(ControlError, match="piece 1: there are 30-36"):
        list(symgen.unpack("parts", [1]))
    with pytest.raises(ControlError, match="whole number"):
        list(symgen.unpack("parts", ["31"]))  # type: ignore[list-item]


# -- elsewhere ----------------------------------------------------------------------------


def test_parts_may_lie_at_an_address(generate: Command, command: Command) -> None:
    """Of memory here; an object store is one more name to fsspec."""
    fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")
    packed(generate, "--shard", "1/2", folder="here")
    packed(generate, "--shard", "2/2", folder="here")
    address = f"memory://{Path.cwd().name}/parts"
    for number in (1, 2):
        out = packed(generate, "--shard", f"{number}/2", folder=address)
        assert out == [f"{address}/part-{number}-of-2.tar.gz"]
    assert packed(generate, "--shard", "1/2", folder=address) == []
    memory = fsspec.filesystem("memory")
    there = memory.find(f"/{Path.cwd().name}/parts")
    assert {Path(path).name: memory.cat_file(path) for path in there} == contents("here")
    assert command("unpack", address, "33", "-o", "out").out == ["out/piece-000033.mid"]
    assert [number for number, _ in symgen.unpack(address)] == list(range(30, 37))
    refused(generate("--packed", "-o", address, "--seed", 8), 4, "other seed")
    refused(command("unpack", f"{address}-not"), 3, "holds no packed parts")


def test_the_command_of_a_piece_says_all_that_was_asked() -> None:
    controls = Controls(
        key="D dorian", chords="G Em7", instruments=("violin", "cello"), end=True, labels={"mood": "sad"}
    )  # fmt: skip
    plan = PackPlan("folk", "", 5, 9, controls, candidates=3)
    assert plan.command(7) == (
        "symgen generate --model folk --seed 7 --candidates 3 '--key=D dorian' "
        "--instruments=40,42 --label=mood=sad '--chords=G Em7' --end"
    )
    again = PackPlan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
