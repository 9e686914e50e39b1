"""``symgen evaluate`` in process."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from commands import Command, files, refused

QUICK = ("--no-classifiers", "--resamples", 20)


def test_a_folder_beside_a_store(
    command: Command, tunes_folder: Path, store_folder: Path, tiny_folder: Path
) -> None:
    ask = (
        "evaluate",
        tunes_folder,
        "--reference",
        store_folder,
        "--split",
        "valid",
        "--model",
        tiny_folder,
        *QUICK,
    )
    result = command(*ask, "-o", "out")
    assert result.status == 0, result.err
    text = "\n".join(result.out)
    for title in ("Likelihood", "Metrics", "Distances between pieces", "Copies", "Keys"):
        assert f"## {title}" in text
    assert "| per note | " in text
    assert Path("out/report.md").read_text(encoding="utf-8") == text + "\n"
    with Path("out/pieces.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sum(row["set"] == "generated" for row in rows) == 20
    assert all(float(row["bits_per_note"]) > 0 for row in rows)
    table = json.loads(Path("out/report.json").read_text(encoding="utf-8"))["tables"]
    fields = [
        cells["generated"]
        for row, cells in table["likelihood"].items()
        if row.startswith("bits_per_note_")
    ]
    assert sum(fields) == pytest.approx(table["likelihood"]["bits_per_note"]["generated"])
    for name in ("bits_per_note", "bits_per_16th"):  # a mean over pieces, weighted by their length
        rates = [float(row[name]) for row in rows if row["set"] == "generated"]
        assert min(rates) < table["likelihood"][name]["generated"] < max(rates)
    assert table["copies"]["longest_match"]["generated"] > 12
    refused(command(*ask, "-o", "out"), 2, "report.md", "exists already")
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    assert command(*ask, "-o", "out", "--overwrite").out == result.out
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before


def test_names_and_zips_do_not_matter(command: Command, tunes_folder: Path) -> None:
    Path("x").mkdir()
    for number, path in enumerate(sorted(tunes_folder.iterdir())):
        shutil.copy(path, Path("x") / f"{99 - number}.mid")
    shutil.make_archive("y", "zip", "x")
    ask = ("--reference", tunes_folder, "--json", *QUICK)
    found = [
        json.loads(command("evaluate", source, *ask).out[0])
        for source in (tunes_folder, "x", "y.zip")
    ]
    for other in found[1:]:
        assert other["tables"] == found[0]["tables"]


def test_what_cannot_be_read_is_told_and_left_out(command: Command, tunes_folder: Path) -> None:
    Path("mixed").mkdir()
    shutil.copy(tunes_folder / "00.mid", "mixed/a.mid")
    Path("mixed/b.mid").write_bytes(b"MThd")
    result = command("evaluate", "mixed", "--reference", tunes_folder, *QUICK)
    assert result.status == 0
    assert [
        line for line in result.err if "b.mid" in line and line.startswith("left out: generated:")
    ]
    assert result.err[-1] == "left out: 1 in all"
    Path("mixed/a.mid").unlink()
    refused(command("evaluate", "mixed", "--reference", tunes_folder, *QUICK), 3, "mixed", "b.mid")


def test_refusals(command: Command, tunes_folder: Path, store_folder: Path) -> None:
    Path("empty").mkdir()
    refused(command("evaluate", "empty", "--reference", tunes_folder), 3, "empty", "holds no file")
    refused(command("evaluate", "missing", "--reference", tunes_folder), 3, "missing", "no such")
    refused(command("evaluate", tunes_folder), 2, "--reference")
    refused(
        command("evaluate", tunes_folder, "--reference", tunes_folder, "--model", "nonsense"),
        4,
        "nonsense",
    )
    refused(
        command("evaluate", tunes_folder, "--reference", store_folder, "--split", "all"),
        2,
        "split 'all'",
    )
    refused(
        command("evaluate", tunes_folder, "--reference", tunes_folder, "--resamples", 0),
        2,
        "resamples 0",
    )
    Path("file").write_text("", encoding="utf-8")
    refused(command("evaluate", tunes_folder, "--reference", tunes_folder, "-o", "file"), 2, "file")
    assert files() == ["empty", "file"]
