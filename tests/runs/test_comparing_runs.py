"""Runs are found, read, listed and compared by their files alone; broken ones are named and stop nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from small import tune

from symgen.cli import main
from symgen.formats import save_score
from symgen.runs.listing import read_run
from symgen.system.errors import CheckpointError
from symgen.system.files import locked_folder, seal_json

CONFIG = {"hidden": 8, "layers": 2, "head": 4, "dropout": 0.1}


def make_run(folder: Path, bits: tuple[float, ...] = (3.0, 2.5), **state: Any) -> Path:
    """Write what a run leaves, but for its weights."""
    rows = [
        {"step": 10.0 * n, "epoch": 1.0 * n, "seconds": 60.0 * n, "valid_bits_per_note": value}
        for n, value in enumerate(bits, 1)
    ]
    (folder / "last").mkdir(parents=True)
    (folder / "best").mkdir()
    known = {
        "step": 10 * len(bits),
        "epoch": len(bits),
        "seconds": 60.0 * len(bits),
        "rows": rows,
        "options": {"rate": 0.1, "epochs": 2},
        "ended": "finished",
    }
    (folder / "last" / "state.json").write_text(seal_json({**known, **state}))
    card = {
        "name": folder.name,
        "config": CONFIG,
        "licence": "CC0",
        "corpus": {"sha256": "ab" * 32, "pieces": 9, "sources": [{"name": "tunes", "kept": 9}]},
        "metrics": rows[-1] if rows else {},
    }
    (folder / "best" / "model.json").write_text(seal_json(card))
    lines = ["step,epoch,seconds,valid_bits_per_note"]
    lines += [",".join(map(str, row.values())) for row in rows]
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_runs_are_listed_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make_run(Path("b"))
    make_run(Path("deep/er/a run"), ended="stopped")
    make_run(Path("deep/killed"), bits=(), ended="")
    make_run(Path("b/best/inside"))  # of the run that it lies in
    make_run(Path(".hidden/c"))
    assert main(["runs"]) == 0
    said = capsys.readouterr()
    lines = [re.split(r" {2,}", line) for line in said.out.splitlines()]
    assert [line[:2] for line in lines[1:]] == [
        ["b", "finished"],
        ["deep/er/a run", "stopped"],
        ["deep/killed", "killed"],
    ]
    assert lines[1][2:] == ["2 x 8", "tunes", "9", "20", "2.500", "2 min", "-"]
    assert said.err == ""


def test_a_run_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path / "run", epoch=1, batch=1, batches=4)
    assert main(["runs", str(tmp_path), "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    facts = json.loads(line)
    assert (facts["bits_per_note"], facts["passes"], facts["steps"]) == (2.5, 1.25, 20)
    assert facts["options"] == {"rate": 0.1, "epochs": 2}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("last/state.json", b"{}"),
        ("last/state.json", b"\xff\x00"),
        ("best/model.json", b"[1, 2"),
        ("metrics.csv", b"step,valid_bits_per_note\n1,two\n"),
        ("metrics.csv", b"\xff\xfe"),
    ],
)
def test_a_broken_run_is_named_and_stops_nothing(
    path: str, data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path / "broken")
    (tmp_path / "broken" / path).write_bytes(data)
    make_run(tmp_path / "good")
    assert main(["runs", str(tmp_path), str(tmp_path / "nothing")]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    broken, missing = said.err.splitlines()
    assert f"{tmp_path / 'broken'}: cannot be read" in broken
    assert "nothing: no such folder" in missing


def test_a_folder_without_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", str(tmp_path)]) == 0
    assert "symgen train" in capsys.readouterr().err


def test_the_state_of_a_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ended="")
    with locked_folder(run):
        assert read_run(run).state == "running"
    assert read_run(run).state == "killed"
    # Earlier versions wrote no end.
    state = json.loads((run / "last" / "state.json").read_text())
    del state["ended"], state["checksum"]
    for epoch, told in ((2, "finished"), (1, "stopped")):
        (run / "last" / "state.json").write_text(seal_json({**state, "epoch": epoch}))
        assert read_run(run).state == told
    (run / "last" / "state.json").unlink()
    assert (read_run(run).state, read_run(run).step) == ("?", 20)
    with pytest.raises(CheckpointError, match="is no run"):
        read_run(tmp_path)


def test_runs_of_a_gan_are_listed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "gan-run")
    (run / "best" / "model.json").rename(run / "best" / "gan.json")
    (run / "metrics.csv").unlink()
    assert main(["runs", str(tmp_path)]) == 0
    assert "gan-run (gan)" in capsys.readouterr().out


# -- side by side --------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page has, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.unnamed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        for name in ("src", "href"):
            value = known.get(name) or ""
            if value and not value.startswith(("data:", "#")):
                self.fetched.append(value)
        if tag == "img" and not known.get("alt"):
            self.unnamed.append(tag)


def test_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = make_run(tmp_path / "x<b>"), make_run(tmp_path / "other" / "x<b>", (2.0,))
    options = {"rate": 0.2, "epochs": 2, "log": ["csv"]}
    second_state = json.loads((second / "last" / "state.json").read_text())
    del second_state["checksum"]
    (second / "last" / "state.json").write_text(seal_json({**second_state, "options": options}))
    (first / "samples").mkdir()
    save_score(tune("C4 D4 E4 F4"), first / "samples" / "step-000010.mid")
    (second / "samples").mkdir()
    (second / "samples" / "sample-1.mid").write_bytes(b"no music")
    page = tmp_path / "page.html"
    assert main(["compare", str(first), str(second), "-o", str(page)]) == 0
    said = capsys.readouterr()
    assert re.search(r"^rate +0\.1 +0\.2$", said.out, re.M)
    assert re.search(r'^log +- +\["csv"\]$', said.out, re.M)
    assert not re.search(r"^epochs ", said.out, re.M)
    assert "Music that differs: none" in said.out
    assert "sample-1.mid" in said.err
    text = page.read_text()
    found = Page(text)
    assert (found.fetched, found.unnamed) == ([], [])
    assert found.tags.count("table") >= 2
    assert "audio" in found.tags
    assert "x&lt;b&gt;" in text
    assert "<b>" not in text
    assert "guesses held-out notes best: 2.000" in text
    assert main(["compare", str(first), str(second), "-o", str(page)]) == 2
    assert page.read_text() == text
    assert main(["compare", str(first), str(second), "-o", str(page), "--overwrite"]) == 0
    assert page.read_text() == text


def test_figures_of_other_music_are_not_compared_silently(tmp_path: Path) -> None:
    from symgen.runs.comparing import compare_runs

    runs = [make_run(tmp_path / name) for name in ("a", "b")]
    card = json.loads((runs[1] / "best" / "model.json").read_text())
    del card["checksum"]
    card["corpus"]["sha256"] = "cd" * 32
    (runs[1] / "best" / "model.json").write_text(seal_json(card))
    compare_runs([read_run(run) for run in runs], tmp_path / "page.html")
    assert "cannot be compared directly" in (tmp_path / "page.html").read_text()


def test_comparisons_as_json_and_of_odd_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_run(Path("a"))
    make_run(Path("_$b"), bits=())
    assert main(["compare", "a", "_$b", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["runs"] == ["a", "_$b"]
    assert facts["tables"]["Figures"]["best bits a note"] == ["2.500", "-"]
    assert not list(tmp_path.glob("*.html"))
    assert main(["compare", "a", "_$b"]) == 0
    assert (tmp_path / "compared.html").is_file()
    assert main(["compare", "a"]) == 2
    assert main(["compare", "a", "nothing", "--overwrite"]) == 4
    said = capsys.readouterr().err
    assert "Name two runs or more" in said
    assert "nothing: is no run" in said
