"""Give tunes a band in all styles, and hold the files that are written to what a band owes a tune.

    python -m lab accompany SOURCE... [--count 60] [--seed 1] [--drums style] [--loosen 0] [--frame] [--out FOLDER]

A source is a zip or a folder of tunes; as many of each are taken, at even distances, of songs with a list of titles
those that no model learns of. The files are read with mido, by code that shares nothing with what wrote them: the
chords are the names that stand in the file, the places of the drums those of the style's own file, within a quarter.
In 6/8 and its like, and in 3/8, a place in the quarter is the third of the beat that is next to it, and a waltz goes by
in each beat. Takes that were played without a click have no bar lines in their files: of these the melody and the
ranges count. With --frame the band has an introduction and an ending; with --out the files are kept.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple

from lab.benchmarks.harmonizing import is_held_out, sheet_files
from lab.commands import command_parser
from symgen.accompanying import examples
from symgen.formats import load_score, write_midi
from symgen.system.errors import SymgenError
from symgen.writing.band_players import BandWish
from symgen.writing.bands import accompany_with_band

__all__ = [
    "Hit",
    "Sheet",
    "Signature",
    "bass_share",
    "is_in_place",
    "main",
    "read_sheet",
    "style_places",
]

_KINDS = (".mid", ".midi", ".mxl", ".musicxml", ".abc", ".krn")
_TITLES = "meta.json"
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
# A place of a quarter that is no further from a third of a beat is next to it.
_NEAR = Fraction(1, 6)


class Hit(NamedTuple):
    """A note of a file: in quarters from its start."""

    at: Fraction
    length: Fraction
    pitch: int
    program: int


class Signature(NamedTuple):
    """A meter, and where in quarters it begins."""

    at: Fraction
    top: int
    bottom: int

    @property
    def quarters(self) -> Fraction:
        """How long a bar is."""
        return Fraction(4 * self.top, self.bottom)

    @property
    def in_three(self) -> bool:
        """Whether three eighths are a beat."""
        return self.top % 3 == 0 and self.bottom >= 8

    @property
    def halves(self) -> bool:
        """Whether a bar has two halves."""
        return self.top % 2 == 0 and (self.top % 3 != 0 or self.bottom >= 8)

    def place(self, at: Fraction) -> Fraction:
        """Return where in its bar something stands."""
        return (at - self.at) % self.quarters


class Sheet(NamedTuple):
    """A file as mido reads it."""

    # By the name of the track, in the order of the file.
    parts: tuple[tuple[str, tuple[Hit, ...]], ...]
    # In quarters, with the names of chords.
    chords: tuple[tuple[Fraction, str], ...]
    meters: tuple[Signature, ...]

    def meter(self, at: Fraction) -> Signature:
        """Return the meter at a place."""
        return [each for each in self.meters if each.at <= at][-1]


class Places(NamedTuple):
    """What a style strikes at each place of a quarter."""

    by_quarter: Mapping[Fraction, set[int]]
    is_waltz: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="zip or folder")
    parser.add_argument("--count", type=int, default=60, metavar="N", help="tunes in all (60)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of each band (1)")
    parser.add_argument("--drums", default="style", metavar="KIND", help="as of accompany (style)")
    parser.add_argument(
        "--loosen", type=float, default=0.0, metavar="SHARE", help="as of accompany"
    )
    parser.add_argument("--frame", action="store_true", help="with introduction and ending")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the files here")
    options = parser.parse_args(arguments)
    tunes = list(_tunes(options.sources, options.count))
    wish = BandWish(
        intro=options.frame, ending=options.frame, drums=options.drums, loosen=options.loosen
    )
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
        files = dict(sheet_files(source, (*_KINDS, _TITLES)))
        known = json.loads(files.pop(_TITLES, "{}"))
        # Those of hymns are a list: all of them are taken.
        titles = known if isinstance(known, dict) else {}
        names = sorted(
            name for name in files if name not in titles or is_held_out(titles[name]["title"])
        )
        chosen = names[:: max(1, len(names) // max(1, wanted))][:wanted]
        yield from ((name, files[name]) for name in chosen)


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
    places = style_places(style)
    drums = [hit for said, hits in band if said == "Drums" for hit in hits]
    if _is_played(tune):
        met, asked, drums = 0, 0, []
    return {
        "equal": _equal(tune, sheet),
        "bass met": met,
        "bass all": asked,
        "drums met": sum(is_in_place(sheet.meter(hit.at), hit, places) for hit in drums),
        "drums all": len(drums),
        "range": float(all(_plays(said, hit) for said, hits in band for hit in hits)),
        "fresh": _fresh(sheet, band),
        "seconds": seconds,
    }


def _is_played(tune: Sheet) -> bool:
    hits = [hit for _, part in tune.parts for hit in part]
    beside = sum((hit.at * _STEPS).denominator != 1 for hit in hits)
    return beside > _PLAYED * len(hits)


@cache
def style_places(style: str) -> Places:
    path = Path(examples.__file__).parent / "data" / "styles" / f"{style}.mid"
    sheet, found = read_sheet(path.read_bytes()), dict[Fraction, set[int]]()
    for said, hits in sheet.parts:
        for hit in hits if said == "Drums" else ():
            found.setdefault(hit.at % 1, set()).add(hit.pitch)
    return Places(found, is_waltz=sheet.meters[0].quarters == 3)


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


def is_in_place(meter: Signature, hit: Hit, places: Places) -> bool:
    """Whether the style strikes a drum at that place of a quarter, or at one that is next to that third of a beat."""
    place = meter.place(hit.at)
    if not meter.in_three:
        return hit.pitch in places.by_quarter.get(place % 1, ())
    if places.is_waltz:
        return hit.pitch in places.by_quarter.get(2 * place % 1, ())
    third = place % Fraction(3, 2) / Fraction(3, 2)
    return (3 * third).denominator == 1 and any(
        hit.pitch in struck and min((at - third) % 1, (third - at) % 1) <= _NEAR
        for at, struck in places.by_quarter.items()
    )


def _is_strong(sheet: Sheet, at: Fraction) -> bool:
    meter = sheet.meter(at)
    place = meter.place(at)
    return place == 0 or (meter.halves and 2 * place == meter.quarters)


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
    quarters = sheet.meters[-1].quarters
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
    parts, chords, meters = [], [], dict[Fraction, Signature]()
    for track in file.tracks:
        timed = list(_timed(track, file.ticks_per_beat))
        for at, message in timed:
            if message.type == "marker":
                chords.append((at, message.text))
            elif message.type == "time_signature":
                meters[at] = Signature(at, message.numerator, message.denominator)
        names = [message.name for _, message in timed if message.type == "track_name"]
        hits = tuple(sorted(_hits(timed)))
        if hits:
            parts.append(("".join(names[:1]), hits))
    meters.setdefault(Fraction(0), Signature(Fraction(0), 4, 4))
    changes: list[Signature] = []
    for meter in sorted(meters.values()):
        # A meter that is said again is no new one.
        if not changes or meter[1:] != changes[-1][1:]:
            changes.append(meter)
    return Sheet(tuple(parts), tuple(sorted(chords)), tuple(changes))


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
