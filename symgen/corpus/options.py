"""Options of a corpus: what to read, keep and split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symgen.corpus.conditions import parse_condition
from symgen.corpus.labels import PERIODS
from symgen.corpus.load import REPEATS
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.system.errors import ControlError
from symgen.system.pool import check_jobs
from symgen.system.words import ByName

__all__ = ["SPLITS", "CorpusOptions", "check_ratios"]


SPLITS = ("train", "valid", "test")

# What a piece must have at least, and one that was played: a fill of drums is as short as a bar.
_FEWEST = {"min_bars": 4, "min_notes": 12}
_FEWEST_PLAYED = {"min_bars": 1, "min_notes": 4}


@dataclass(frozen=True)
class CorpusOptions(ByName):
    """Options of `build_corpus`.

    Parameters
    ----------
    grid : int
        Steps per quarter note, 12 or 24.
    parts : str
        ``"all"`` keeps every part; ``"melody"`` keeps the top line of the part that has the melody.
    repeats : str
        ``"written"``, ``"played"`` or ``"both"``; see `symgen.corpus.load.load_items`.
    pickups : tuple of str
        Names of MIDI sources that start at time 0 even with a pickup: it is estimated there.
    drums : bool
        Whether drum parts are kept.
    performed : bool
        Whether what was played is written down on the grid and kept, with its drum parts: velocities and timing go to
        an array of their own, and of the events all are equally loud; see `symgen.corpus.notating.notate`.
    metre_changes : bool
        Whether a piece may change meter (a pickup is no change).
    min_bars, max_bars : int
        Full bars of a piece; the fewest are 4 if left out, and 1 of what was `performed`, such as a fill of drums.
    min_notes, max_notes : int
        Notes of a piece; the fewest are 12 if left out, and 4 of what was `performed`.
    off_grid : float
        Largest share of notes whose onset is moved by snapping.
    near : float
        Share of a tune's n-grams found in one earlier tune above which it is a duplicate; 0..1.
    kin : float
        Share of n-grams in common above which two tunes stay in one split.
    leak : float
        Share of a held-out tune's n-grams in the training part above which it moves there.
    velocity : int or None
        Loudness to give to all notes, for sources whose own is mechanical.
    ratios : tuple of float
        Shares of train, valid and test.
    where : tuple of str
        Conditions on what a source says of its files, as `symgen.corpus.find.parse_condition` reads them.
    voices : int or None
        Keep pieces of so many parts that sound one note at a time, ordered from high to low.
    min_parts, max_parts : int
        Parts with notes.
    style_words : str
        Where styles come from: ``"dances"`` (traditional dances, `symgen.corpus.labels`) or ``"genres"`` (kinds of art
        music, `symgen.corpus.labels`; rare ones are merged).
    styles, periods : mapping of str to str
        Style and period of all pieces of a source that say nothing better, by source name.
    works : mapping of str to str
        By source name a regular expression: files in whose name it finds the same text (its first group) belong to one
        work and stay in one split, unless they are more than 24.
    labels : str
        CSV file with a row for each file, see `symgen.corpus.label_table`; empty: a ``metadata.csv`` or the like that
        lies in a source is taken; ``"none"``: none is.
    label_columns : tuple of str
        Columns that become controls; empty: all text columns with few different values.
    facts : mapping of str to path
        Tables of facts by source name, see `symgen.corpus.find.read_facts`.
    train_only : tuple of str
        Names of sources that may not be held out.
    hold_out : mapping of str to path
        Material by split: pieces that are the same go into this split; see `symgen.corpus.heldout.read_held_out`.
    program : int or None
        General MIDI program to give to all parts.
    licences : mapping of str to str
        Licence by source name, beside those known.
    workers : int or None
        Processes that read, clean and encode, one a core by default; the store is the same for any number.
    keep_parts : bool
        Whether events stay in the files of the parts, which training reads as they are, instead of being copied into
        one file.
    timeout : float
        Seconds for one tune of notation.
    limits : Limits
        How much of a file is read.

    Raises
    ------
    ControlError
        If a value is out of range.
    """

    grid: int = 12
    parts: str = "all"
    repeats: str = "written"
    pickups: tuple[str, ...] = ()
    drums: bool = False
    performed: bool = False
    metre_changes: bool = False
    min_bars: int = None  # type: ignore[assignment]  # as `__post_init__` sets it
    max_bars: int = 512
    min_notes: int = None  # type: ignore[assignment]
    max_notes: int = 20_000
    off_grid: float = 0.05
    near: float = 0.7
    kin: float = 0.25
    leak: float = 0.3
    velocity: int | None = None
    where: tuple[str, ...] = ()
    voices: int | None = None
    min_parts: int = 1
    max_parts: int = 32
    style_words: str = "dances"
    styles: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    works: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    label_columns: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    train_only: tuple[str, ...] = ()
    hold_out: Mapping[str, str] = field(default_factory=dict)
    program: int | None = None
    ratios: tuple[float, float, float] = (0.9, 0.05, 0.05)
    licences: Mapping[str, str] = field(default_factory=dict)
    workers: int | None = None
    keep_parts: bool = False
    timeout: float = 60.0
    limits: Limits = DEFAULT_LIMITS

    def __post_init__(self) -> None:
        fewest = _FEWEST_PLAYED if self.performed else _FEWEST
        for name, least in fewest.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, least)
        check_ratios(self.ratios)
        if self.parts not in ("all", "melody") or self.repeats not in REPEATS:
            raise ControlError(
                f"parts {self.parts!r}, repeats {self.repeats!r}: use all|melody and {'|'.join(REPEATS)}"
            )
        if self.grid not in (12, 24):
            raise ControlError(f"grid {self.grid}: use 12 or 24 steps a quarter")
        if not 1 <= self.min_bars <= self.max_bars or not 1 <= self.min_notes <= self.max_notes:
            raise ControlError(
                "limits of bars and notes: the smaller must be 1 or more and not above the larger"
            )
        for name in ("off_grid", "near", "kin", "leak"):
            if not 0 <= getattr(self, name) <= 1:
                raise ControlError(f"{name} {getattr(self, name)}: must be a share, 0..1")
        self._check_choices()
        self._check_parts()
        if self.workers is not None:
            check_jobs(self.workers)
        if self.velocity is not None and not 1 <= self.velocity <= 127:
            raise ControlError(f"velocity {self.velocity}: must be 1..127")

    @property
    def keeps_drums(self) -> bool:
        """Whether drum parts are parts."""
        return self.drums or self.performed

    def _check_parts(self) -> None:
        """Refuse what cannot be had together."""
        if self.keep_parts and self.performed:
            raise ControlError(
                "keep_parts and performed: the manner of playing needs one file; use one"
            )

    def _check_choices(self) -> None:
        """Refuse words, patterns and numbers that mean nothing."""
        for text in self.where:
            parse_condition(text)
        if self.style_words not in ("dances", "genres"):
            raise ControlError(f"styles {self.style_words!r}: use dances or genres")
        few_voices = self.voices is not None and self.voices < 1
        if few_voices or not 1 <= self.min_parts <= self.max_parts:
            raise ControlError(
                "limits of parts and voices: the smaller must be 1 or more and not above the larger"
            )
        for name in self.periods.values():
            if name not in PERIODS:
                raise ControlError(f"period {name!r}: use {', '.join(PERIODS)}")
        for split in self.hold_out:
            if split not in SPLITS[1:]:
                raise ControlError(f"hold out for {split!r}: use {' or '.join(SPLITS[1:])}")
        if self.program is not None and not 0 <= self.program <= 127:
            raise ControlError(f"program {self.program}: must be 0..127")
        for pattern in self.works.values():
            _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    """Refuse a pattern that could not name works: it is read now, not when the first file comes."""
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ControlError(f"works {pattern!r}: no regular expression ({error})") from None
    if groups < 1:
        raise ControlError(f"works {pattern!r}: put the part that names the work in ( )")


def check_ratios(ratios: Sequence[float]) -> None:
    """Refuse shares that are not three numbers of 0..1 with sum 1."""
    if len(ratios) != len(SPLITS) or min(ratios) < 0 or abs(sum(ratios) - 1) > 1e-6:
        raise ControlError(
            f"split ratios {tuple(ratios)}: give three shares for {', '.join(SPLITS)} that add up to 1"
        )
