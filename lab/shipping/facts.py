"""Collect what a set of converted MIDI files has lost: pickups, movements, titles, genres and dates.

    python -m lab facts FOLDER -o FACTS.json

FOLDER holds the notation the MIDI files were made from: Humdrum kern (.krn) or MusicXML (.mxl, .musicxml).
The facts go to ``symgen corpus --facts SOURCE=FACTS.json``: one object a file, found by the end of the file's name.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from lab.commands import command_parser
from symgen.system.files import write_atomic

RECORDS = {"OTL": "title", "COM": "com", "AGN": "genre"}
"""Reference records of kern that are kept, and the names they get; the source's own table wins over them."""
Bars = list[tuple[Fraction, Fraction]]
"""Length of each bar, and of its meter, in quarters."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    facts: dict[str, dict[str, Any]] = {}
    failed = 0
    for path in sorted(options.folder.rglob("*")):
        if path.suffix in (".krn", ".mxl", ".musicxml"):
            found = file_facts(path)
            failed += not found
            facts[path.stem] = found
    write_atomic(
        options.output, json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    )
    with_pickup = sum(
        any(pickup for _, pickup in fact.get("sections", ())) for fact in facts.values()
    )
    print(f"{len(facts)} files, {with_pickup} with a pickup, {failed} left out", file=sys.stderr)
    return 0


def file_facts(path: Path) -> dict[str, Any]:
    try:
        return (
            kern_facts(path.read_text(errors="replace"))
            if path.suffix == ".krn"
            else xml_facts(path)
        )
    except (ValueError, ZeroDivisionError, ET.ParseError, zipfile.BadZipFile, KeyError) as error:
        print(f"{path}: left out ({type(error).__name__}: {error})", file=sys.stderr)
        return {}


def sections(bars: Bars, breaks: set[int]) -> list[list[float]]:
    """Start of each section and the length of its pickup, in quarters.

    A first bar shorter than its meter, with a whole bar after it, is a pickup.
    """
    found = []
    time = Fraction(0)
    for i, (length, meter) in enumerate(bars):
        if i == 0 or i in breaks:
            short = 0 < length < meter and i + 1 < len(bars) and bars[i + 1][0] == bars[i + 1][1]
            found.append([float(time), float(length) if short else 0.0])
        time += length
    return found


# -- kern --------------------------------------------------------------------------------


def kern_facts(text: str) -> dict[str, Any]:
    lines = text.splitlines()
    found: dict[str, Any] = {}
    for line in lines:
        record = re.match(r"!!!([A-Z]+)\d*(?:@[@A-Z]+)?:\s*(\S.*)", line)
        if record and record[1] in RECORDS:
            found.setdefault(RECORDS[record[1]], record[2].strip())
    bars = list(islice(kern_bars(lines), 2))
    return {**found, "sections": sections(bars, set())} if bars else found


def kern_bars(lines: list[str]) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the bars: a line of notes begins when the first of the notes that sound ends."""
    meter = Fraction(4)
    ends: set[Fraction] = set()
    kinds: list[str] = []
    time = start = Fraction(0)
    for line in lines:
        cells = line.split("\t")
        if not line or line.startswith("!!"):
            continue
        if line.startswith("**"):
            kinds = cells
        elif line.startswith("*"):
            meters = [m for cell in cells if (m := re.fullmatch(r"\*M(\d+)/(\d+)", cell))]
            meter = Fraction(4 * int(meters[0][1]), int(meters[0][2])) if meters else meter
            kinds = list(spines(kinds, cells))
        elif line.startswith("="):
            end = max(ends, default=start)
            if end > start:
                yield end - start, meter
            time = start = end
            ends = set()
        elif not line.startswith("!"):
            lengths = [
                d
                for kind, cell in zip(kinds, cells, strict=False)
                if kind == "**kern"
                for d in durations(cell)
            ]
            if lengths:  # grace notes and dynamics take no time
                time = min((end for end in ends if end > time), default=time)
                ends |= {time + length for length in lengths}
    if (end := max(ends, default=start)) > start:
        yield end - start, meter


def spines(kinds: list[str], cells: list[str]) -> Iterator[str]:
    """Follow the columns through splits, joins and ends."""
    i = 0
    while i < len(kinds):
        cell = cells[i] if i < len(cells) else "*"
        if cell == "*v":
            yield kinds[i]
            while (
                i + 1 < len(kinds)
                and i + 1 < len(cells)
                and cells[i + 1] == "*v"
                and kinds[i + 1] == kinds[i]
            ):
                i += 1
        elif cell == "*^":
            yield from (kinds[i], kinds[i])
        elif cell != "*-":
            yield kinds[i]
        i += 1


def durations(cell: str) -> Iterator[Fraction]:
    """Quarters of the notes of a token; grace notes have none."""
    for token in cell.split(" "):
        found = re.search(r"(\d+)(?:%(\d+))?(\.*)", token)
        if not found or "q" in token:
            continue
        number = int(found[1])
        length = (
            Fraction(4 * int(found[2] or 1), number)
            if number
            else Fraction(8 * 2 ** (len(found[1]) - 1))
        )
        yield length * (2 - Fraction(1, 2 ** len(found[3])))


# -- MusicXML ----------------------------------------------------------------------------


def xml_facts(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if path.suffix == ".mxl":
        with zipfile.ZipFile(path) as archive:
            names = [
                n
                for n in archive.namelist()
                if n.endswith((".xml", ".musicxml")) and "META-INF" not in n
            ]
            data = archive.read(names[0])
    found = {item.tag: item for _, item in first_part(data)}
    bars: Bars = []
    meter, divisions = Fraction(4), 1
    breaks: set[int] = set()
    for i, measure in enumerate(found["part"]):
        if measure.get("number") in ("0", "1") and i > 1:
            breaks.add(i)
        time = reach = 0
        for item in measure:
            if item.tag == "attributes":
                divisions = int(item.findtext("divisions") or divisions)
                if item.find("time/beats") is not None:
                    beats = sum(int(n) for n in str(item.findtext("time/beats")).split("+"))
                    meter = Fraction(4 * beats, int(str(item.findtext("time/beat-type"))))
            elif item.tag in ("note", "forward") and item.find("chord") is None:
                time += int(item.findtext("duration") or 0)
            elif item.tag == "backup":
                time -= int(item.findtext("duration") or 0)
            elif item.findtext("bar-style") == "light-heavy" and item.find("repeat") is None:
                breaks.add(i + 1)
            reach = max(reach, time)
        bars.append((Fraction(reach, divisions), meter))
    titles = [found[tag].text for tag in ("movement-title", "work-title") if tag in found]
    return {"title": next(filter(None, titles), ""), "sections": sections(bars, breaks)}


def first_part(data: bytes) -> Iterator[tuple[str, ET.Element]]:
    for event, item in ET.iterparse(BytesIO(data)):  # noqa: S314
        if item.tag in ("work-title", "movement-title", "part"):
            yield event, item
        if item.tag == "part":
            return
