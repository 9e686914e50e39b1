"""Give tunes a band in all styles, and hold the files that are written to what a band owes a tune.

    python -m lab accompany SOURCE... [--count 60] [--seed 1] [--drums style] [--frame] [--out FOLDER]

A source is a zip or a folder of tunes; as many of each are taken, at even distances. The files are read with mido, by
code that shares nothing with what wrote them: the chords are the names that stand in the file, the places of the drums
those of the style's own file. Takes that were played without a click have no bar lines in their files: of these the
melody and the ranges count. With --frame the band has an introduction and an ending; with --out the files are kept.
"""

from __future__ import annotations

import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple

from lab.commands import command_parser
from symgen.accompanying import examples
from symgen.formats import load_score, write_midi
from symgen.system.errors import SymgenError
from symgen.writing.band_players import BandWish
from symgen.writing.bands import accompany_with_band

__all__ = ["Sheet", "bass_share", "main", "read_sheet"]

_KINDS = (".mid", ".midi", ".mxl", ".musicxml", ".abc", ".krn")
_ROLES = re.compile(r"(Drums|Bass|Chords|Pad|Riff)( \d+)?")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAME = re.compile(r"([A-G])([#b]?)([^/]*)(?:/([A-G])([#b]?))?")
# The tones of a chord by what its name begins with behind the root, the longest first.
_TONES = (
    ("maj9", (0, 4, 7, 11, 2)), ("maj7", (0, 4, 7, 11)), ("m7b5", (0, 3, 6, 10)), ("mmaj7", (0, 3, 7, 11)),
    ("dim7", (0, 3, 6, 9)), ("dim", (0, 3, 6)), ("aug", (0, 4, 8)), ("+", (0, 4, 8)), ("m6", (0, 3, 7, 9)),
    ("m9", (0, 3, 7, 10, 2)), ("m7", (0, 3, 7, 10)), ("m", (0, 3, 7)), ("7sus4", (0, 5, 7, 10)), ("sus4", (0, 5, 7)),
    ("sus2", (0, 2, 7)), ("6", (0, 4, 7, 9)), ("9", (0, 4, 7, 10, 2)), ("7", (0, 4, 7, 10)), ("5", (0, 7)),
    ("", (0, 4, 7)),
)  # fmt: skip
# Lowest and highest key of who plays a bass, and of the families of eight programs that others are of.
_BASS = (23, 72)
_RANGES = {
    0: (21, 108),
    1: (41, 108),
    2: (24, 108),
    3: (36, 96),
    4: (23, 72),
    5: (24, 105),
    6: (28, 103),
    7: (28, 96),
}
_WIDEST = (12, 108)
_DRUM_CHANNEL = 9
# Of a take that was played without a click more of the notes stand beside the twelfths of its quarters.
_STEPS, _PLAYED = 12, 0.25


class Hit(NamedTuple):
    """A note of a file: in quarters from its start."""

    at: Fraction
    length: Fraction
    pitch: int
    program: int


class Sheet(NamedTuple):
    """A file as mido reads it."""

    # By the name of the track, in the order of the file.
    parts: tuple[tuple[str, tuple[Hit, ...]], ...]
    # In quarters, with the names of chords, and meters as quarters a bar and whether a bar has two halves.
    chords: tuple[tuple[Fraction, str], ...]
    meters: tuple[tuple[Fraction, Fraction, bool], ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="zip or folder")
    parser.add_argument("--count", type=int, default=60, metavar="N", help="tunes in all (60)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of each band (1)")
    parser.add_argument("--drums", default="style", metavar="KIND", help="as of accompany (style)")
    parser.add_argument("--frame", action="store_true", help="with introduction and ending")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the files here")
    options = parser.parse_args(arguments)
    tunes = list(_tunes(options.sources, options.count))
    wish = BandWish(intro=options.frame, ending=options.frame, drums=options.drums)
    print(f"{len(tunes)} tunes, {len(examples.example_names())} styles\n")
    print(
        "| style | melody equal | bass on chords | drums in place | in range | bars unlike those before | CPU s |"
    )
    print("|---|---|---|---|---|---|---|")
    rows = []
    for style in examples.example_names():
        found = [_row(name, data, style, wish, options) for name, data in tunes]
        rows += [row for row in found if row]
        _print(style, [row for row in found if row])
    _print("all", rows)
    return 0


def _print(name: str, rows: Sequence[Mapping[str, float]]) -> None:
    equal, fits = (fmean(row[key] for row in rows) for key in ("equal", "range"))
    bass, place = (
        sum(row[f"{key} met"] for row in rows) / max(1, sum(row[f"{key} all"] for row in rows))
        for key in ("bass", "drums")
    )
    fresh, seconds = (fmean(row[key] for row in rows) for key in ("fresh", "seconds"))
    cells = f"{equal:.1%} | {bass:.1%} | {place:.1%} | {fits:.1%} | {fresh:.2f} | {seconds:.2f}"
    print(f"| {name} | {cells} |", flush=True)


def _tunes(sources: Sequence[Path], count: int) -> Iterator[tuple[str, bytes]]:
    """Yield tunes that can be read, as many of each source."""
    for number, source in enumerate(sources):
        wanted = count // len(sources) + (number < count % len(sources))
        if source.is_dir():
            files = {path.name: path.read_bytes() for path in source.iterdir()}
        else:
            with zipfile.ZipFile(source) as pack:
                names = [name for name in pack.namelist() if name.lower().endswith(_KINDS)]
                chosen = sorted(names)[:: max(1, len(names) // max(1, wanted))]
                files = {name: pack.read(name) for name in chosen}
        fitting = sorted(name for name in files if name.lower().endswith(_KINDS))
        yield from ((name, files[name]) for name in fitting[:wanted])


def _row(
    name: str, data: bytes, style: str, wish: BandWish, options: Any
) -> dict[str, float] | None:
    """Accompany one tune and judge the file."""
    before = process_time()
    try:
        done = accompany_with_band(data, style, wish, seed=options.seed)
    except SymgenError as error:
        print(f"{name}: {error}")
        return None
    written = write_midi(done.score)
    seconds = process_time() - before
    if options.out:
        done.score.save(options.out / f"{Path(name).stem}-{style}.mid", overwrite=True)
    sheet, tune = read_sheet(written), read_sheet(write_midi(load_score(data)))
    own = len(tune.parts)
    band = [part for part in sheet.parts[own:] if _ROLES.fullmatch(part[0])]
    met, asked = bass_share(sheet, [hit for said, hits in band if said == "Bass" for hit in hits])
    places = _places(style)
    drums = [hit for said, hits in band if said == "Drums" for hit in hits]
    # In meters of three eighths a beat a style in halves is felt in three, whose places are others.
    straight = done.score.meters[-1].meter.beat_quarters.numerator != 3
    counted = not _is_played(tune)
    met, asked = (met, asked) if counted else (0, 0)
    there = [hit for hit in drums if straight and counted]
    return {
        "equal": _equal(tune, sheet),
        "bass met": met,
        "bass all": asked,
        "drums met": sum(hit.pitch in places.get(_beat_place(sheet, hit.at), ()) for hit in there),
        "drums all": len(there),
        "range": float(all(_plays(said, hit) for said, hits in band for hit in hits)),
        "fresh": _fresh(sheet, band),
        "seconds": seconds,
    }


def _is_played(tune: Sheet) -> bool:
    hits = [hit for _, part in tune.parts for hit in part]
    beside = sum((hit.at * _STEPS).denominator != 1 for hit in hits)
    return beside > _PLAYED * len(hits)


@cache
def _places(style: str) -> Mapping[Fraction, set[int]]:
    """Return what is struck in a style at each place of a quarter."""
    path = Path(examples.__file__).parent / "data" / "styles" / f"{style}.mid"
    found: dict[Fraction, set[int]] = {}
    for said, hits in read_sheet(path.read_bytes()).parts:
        for hit in hits if said == "Drums" else ():
            found.setdefault(hit.at % 1, set()).add(hit.pitch)
    found.setdefault(Fraction(0), set()).update((36, 49))  # the stroke that closes
    return found


def _equal(tune: Sheet, sheet: Sheet) -> float:
    """Return 1 where all parts of the tune are there note for note, however much later."""
    late = None
    for (_, before), (_, after) in zip(tune.parts, sheet.parts, strict=False):
        if len(before) != len(after):
            return 0.0
        for one, other in zip(before, after, strict=True):
            late = other.at - one.at if late is None else late
            if (one.at + late, one.length, one.pitch) != (other.at, other.length, other.pitch):
                return 0.0
    return 1.0


def bass_share(sheet: Sheet, bass: Sequence[Hit]) -> tuple[int, int]:
    """Return how many notes that begin on strong beats are tones of the chord there, and of how many."""
    starts = [at for at, _ in sheet.chords]
    met = asked = 0
    for hit in bass:
        place = bisect_right(starts, hit.at) - 1
        tones = _tones(sheet.chords[place][1]) if place >= 0 else frozenset[int]()
        if tones and _is_strong(sheet, hit.at):
            asked += 1
            met += hit.pitch % 12 in tones
    return met, asked


def _beat_place(sheet: Sheet, at: Fraction) -> Fraction:
    """Return where in a quarter of its bar something stands."""
    start = max(each for each, _, _ in sheet.meters if each <= at)
    return (at - start) % 1


def _is_strong(sheet: Sheet, at: Fraction) -> bool:
    start, quarters, halves = [each for each in sheet.meters if each[0] <= at][-1]
    place = (at - start) % quarters
    return place == 0 or (halves and 2 * place == quarters)


@cache
def _tones(name: str) -> frozenset[int]:
    found = _NAME.fullmatch(name)
    if not found:
        return frozenset()
    letter, sign, kind, bass, bass_sign = found.groups()
    root = _LETTERS[letter] + {"#": 1, "b": -1, "": 0}[sign]
    steps = next(steps for begin, steps in _TONES if kind.lower().startswith(begin))
    extra = [_LETTERS[bass] + {"#": 1, "b": -1, "": 0}[bass_sign]] if bass else []
    return frozenset(tone % 12 for tone in (*(root + step for step in steps), *extra))


def _plays(name: str, hit: Hit) -> bool:
    if name.startswith("Drums"):
        return 27 <= hit.pitch <= 87
    low, high = _BASS if name == "Bass" else _RANGES.get(hit.program // 8, _WIDEST)
    return low <= hit.pitch <= high


def _fresh(sheet: Sheet, band: Sequence[tuple[str, Sequence[Hit]]]) -> float:
    """Return in which share of its bars a part has a rhythm that it had in none of the eight bars before."""
    _, quarters, _ = sheet.meters[-1]
    new = bars = 0
    for _, hits in band:
        by_bar: dict[int, set[tuple[Fraction, int]]] = {}
        is_drum = bool(hits) and hits[0].program < 0
        for hit in hits:
            number, place = divmod(hit.at, quarters)
            by_bar.setdefault(int(number), set()).add((place, hit.pitch if is_drum else 0))
        for number, said in by_bar.items():
            bars += 1
            new += all(by_bar.get(number - back) != said for back in range(1, 9))
    return new / max(1, bars)


def read_sheet(data: bytes) -> Sheet:
    """Read a MIDI file with mido."""
    import mido

    file = mido.MidiFile(file=BytesIO(data))
    parts, chords, meters = [], [], [(Fraction(0), Fraction(4), True)]
    for track in file.tracks:
        timed = list(_timed(track, file.ticks_per_beat))
        for at, message in timed:
            if message.type == "marker":
                chords.append((at, message.text))
            elif message.type == "time_signature":
                top, quarters = message.numerator, 4 * message.numerator
                halves = top % 2 == 0 and (top % 3 != 0 or message.denominator >= 8)
                meters.append((at, Fraction(quarters, message.denominator), halves))
        names = [message.name for _, message in timed if message.type == "track_name"]
        hits = tuple(sorted(_hits(timed)))
        if hits:
            parts.append(("".join(names[:1]), hits))
    # A meter that is said again is no new one.
    changes = [each for at, each in enumerate(meters) if at < 1 or each[1:] != meters[at - 1][1:]]
    return Sheet(tuple(parts), tuple(sorted(chords)), tuple(sorted(changes)))


def _timed(track: Any, division: int) -> Iterator[tuple[Fraction, Any]]:
    now = 0
    for message in track:
        now += message.time
        yield Fraction(now, division), message


def _hits(timed: Sequence[tuple[Fraction, Any]]) -> Iterator[Hit]:
    """Yield the notes of a track."""
    programs: dict[int, int] = {}
    begun: dict[tuple[int, int], list[Fraction]] = {}
    for at, message in timed:
        if message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type in ("note_on", "note_off"):
            waiting = begun.setdefault((message.channel, message.note), [])
            if message.type == "note_on" and message.velocity:
                waiting.append(at)
            elif waiting:
                start = waiting.pop(0)
                who = -1 if message.channel == _DRUM_CHANNEL else programs.get(message.channel, 0)
                yield Hit(start, at - start, message.note, who)
