"""One file of a source made ready for a store: read, cleaned, encoded and signed, tune by tune.

All that is compared with other pieces comes later, in `symgen.corpus.build`; so this is what several processes
can do at once.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from symgen.corpus.candidate import Candidate, Drop
from symgen.corpus.clean import clean
from symgen.corpus.dedupe import Signature, sign_drums, sign_line
from symgen.corpus.find import Archives, Item
from symgen.corpus.heldout import Grams, chord_grams
from symgen.corpus.labels import find_genre, find_period, find_style
from symgen.corpus.load import tune_jobs
from symgen.corpus.manner import manner_rows
from symgen.corpus.options import CorpusOptions
from symgen.formats.limits import Limits
from symgen.formats.worker_pool import WorkerPool
from symgen.music.lines import STEPS, Line, highest_notes
from symgen.music.meter import convert_ticks
from symgen.music.performed import written_score
from symgen.music.score import Score, TempoChange
from symgen.system.errors import FormatError
from symgen.tokens import FIELDS, Events, Header, Vocabulary, decode, encode
from symgen.tokens.codec import whole_notes

__all__ = [
    "Found",
    "Prepared",
    "Preparer",
    "found_from_json",
    "found_to_json",
    "options_to_json",
]

# Where files lie that only the process needs that compares.
_COMPARED = ("facts", "hold_out", "labels")
_MAPPINGS = ("styles", "periods", "works", "licences")
_CANDIDATE = (
    "source",
    "locator",
    "title",
    "form",
    "unclicked",
    "was_played",
    "lost_drums",
    "labels",
)


@dataclass(frozen=True)
class Prepared:
    """A piece as it goes into a store, if it stays."""

    # Without its notes and facts.
    candidate: Candidate
    # The rows of its events.
    events: bytes
    header: Header
    # Notes, and how many of them were off the grid.
    notes: int
    moved: int
    signature: Signature
    # Its chords, where pieces are held out.
    chords: Grams = frozenset()
    # The rows of `symgen.corpus.manner`, if they are kept.
    manner: bytes = b""

    @property
    def length(self) -> int:
        """How many events it has."""
        return len(self.events) // len(FIELDS)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            **{name: getattr(self.candidate, name) for name in _CANDIDATE},
            "header": self.header.to_json(),
            "events": _packed(self.events),
            "notes": self.notes,
            "moved": self.moved,
            "exact": sorted(self.signature.exact),
            "grams": _packed(self.signature.grams.tobytes()),
            "chords": sorted(self.chords),
            **({"manner": _packed(self.manner)} if self.manner else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prepared:
        """Rebuild from `to_json`."""
        grams = np.frombuffer(base64.b64decode(data["grams"]), dtype=np.uint64)
        return cls(
            candidate=Candidate(_SILENT, **{name: data[name] for name in _CANDIDATE}),
            events=base64.b64decode(data["events"]),
            header=Header.from_json(data["header"]),
            notes=data["notes"],
            moved=data["moved"],
            signature=Signature(frozenset(data["exact"]), grams),
            chords=frozenset(data["chords"]),
            manner=base64.b64decode(data.get("manner", "")),
        )


Found = Prepared | Drop
"""What comes of a form of a tune."""

_SILENT = Score()


def found_to_json(found: Found) -> dict[str, Any]:
    """Return plain data."""
    return {"drop": vars(found)} if isinstance(found, Drop) else found.to_json()


def found_from_json(data: Mapping[str, Any]) -> Found:
    """Rebuild from `found_to_json`."""
    return Drop(**data["drop"]) if "drop" in data else Prepared.from_json(data)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def options_to_json(options: CorpusOptions) -> dict[str, Any]:
    """Return what another process must know of the options."""
    plain = {**vars(options), "limits": asdict(options.limits)}
    plain |= {name: dict(plain[name]) for name in _MAPPINGS}
    return {
        "options": {name: value for name, value in plain.items() if name not in _COMPARED},
        "chords": bool(options.hold_out),
    }


class Preparer:
    """What prepares items, with the processes and archives that it reads from."""

    def __init__(self, options: CorpusOptions, *, chords: bool | None = None) -> None:
        # `chords`: whether pieces are held out by them; as the options say if left out.
        self._options = options
        self._with_chords = bool(options.hold_out) if chords is None else chords
        self._vocabulary = Vocabulary(options.grid)
        self._archives, self._pool = Archives(), WorkerPool(options.timeout)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preparer:
        """Make one by `options_to_json`."""
        plain: dict[str, Any] = dict(data["options"], limits=Limits(**data["options"]["limits"]))
        plain = {n: tuple(v) if isinstance(v, list) else v for n, v in plain.items()}
        return cls(CorpusOptions(**plain), chords=data["chords"])

    def __enter__(self) -> Preparer:
        return self

    def __exit__(self, *how: Any) -> None:
        self._pool.__exit__(*how)
        self._archives.__exit__(*how)

    def tunes(self, item: Item, skip: int = 0) -> Iterator[list[Found]]:
        """Yield the forms of each tune of an item, but for some at its beginning."""
        options = self._options
        loaded = item.loaded(self._archives, options.limits.bytes)
        jobs = tune_jobs(loaded, options.repeats, self._pool, options.limits)
        for job in islice(jobs, skip, None):
            yield [self._prepared(found) for found in job()]

    def _prepared(self, candidate: Candidate | Drop) -> Found:
        if isinstance(candidate, Drop):
            return candidate
        found = clean(candidate, self._options)
        return found if isinstance(found, Drop) else self._encoded(found)

    def _encoded(self, candidate: Candidate) -> Found:
        grid = self._options.grid
        try:
            # As prompts are read.
            written = written_score(candidate.score, grid)
            style = _style(candidate, self._options)
            events, snap = encode(written, self._vocabulary, key=candidate.key, style=style)
        except FormatError as error:
            return Drop("off the grid", str(error), candidate.work)
        # Signatures are made of what the events say, not of what was read: snapping may join tunes.
        signature = _sign(events, self._vocabulary)
        chords: Grams = frozenset()
        if self._with_chords:
            chords = chord_grams(decode(events, self._vocabulary))
        played = candidate.performance
        return Prepared(
            candidate=replace(candidate, score=_SILENT, meta={}, performance=None),
            events=np.ascontiguousarray(events.fields).tobytes(),
            header=_header(events.header, candidate, self._options),
            notes=snap.notes - snap.merged,
            moved=_off_grid(candidate.score, grid),
            signature=signature,
            chords=chords,
            manner=b""
            if played is None
            else manner_rows(played, events, self._vocabulary).tobytes(),
        )


def _sign(events: Events, vocabulary: Vocabulary) -> Signature:
    """Sign a piece by its top line, or by its drums if it has no other part."""
    if all(events.header.drums):
        rows = whole_notes(events, vocabulary)
        return sign_drums(rows[:, [0, 2]], events.header.bar_starts)
    return sign_line(_top_line(events, vocabulary))


def _top_line(events: Events, vocabulary: Vocabulary) -> Line:
    """Return the highest notes of all parts but the drums, as `top_line` does of the same score."""
    rows = whole_notes(events, vocabulary)
    rows = rows[~np.array(events.header.drums)[rows[:, 1]]]
    return highest_notes(convert_ticks(rows[:, 0], vocabulary.grid, STEPS), rows[:, 2])


def _off_grid(score: Score, grid: int) -> int:
    """Count the notes that do not begin on the grid."""
    return int(np.count_nonzero(score.note_array()[:, 0] * grid % score.resolution))


def _header(header: Header, candidate: Candidate, options: CorpusOptions) -> Header:
    """Add to the header of a piece what its notes do not tell."""
    tempo = candidate.labels.get("tempo")
    tempos = ((0, TempoChange.of_bpm(0, float(tempo)).microseconds),) if tempo else header.tempos
    return replace(header, period=_period(candidate, options), tempos=tempos)


def _style(candidate: Candidate, options: CorpusOptions) -> str:
    """Return the style of a piece by its label, its own words, or that of its source."""
    if "style" in candidate.labels:
        return candidate.labels["style"]
    file = Path(candidate.locator.partition("#")[0]).stem
    given = options.styles.get(candidate.source, "")
    if options.style_words == "dances":
        return find_style(candidate.rhythm, candidate.title, file) or given
    genre = str(candidate.meta.get("genre") or "")
    # Names of composers are no genres.
    work = re.sub(r"^.*_[^_]*?--", "", file).replace("-", " ")
    return find_genre(genre) or given or find_genre(candidate.title, work)


def _period(candidate: Candidate, options: CorpusOptions) -> str:
    """Return the period of a piece by its label, its date or composer, else that of its source."""
    if "period" in candidate.labels:
        return candidate.labels["period"]
    date, composer = (str(candidate.meta.get(name) or "") for name in ("date", "com"))
    told = candidate.labels.get("composer", "")
    first, _, last = told.rpartition(" ")
    names = (told, f"{last}, {first}") if told else ()  # catalogs write Haydn, Joseph
    found = find_period(date, *names, composer, candidate.locator)
    return found or options.periods.get(candidate.source, "")
