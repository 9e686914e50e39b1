"""The public tokenizer: scores as arrays of small integers, for training elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.music.score import Score
from symgen.music.theory import pitch_name
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.system.files import PathLike, as_path, read_bytes, write_atomic
from symgen.system.words import check_whole
from symgen.tokens.codec import decode, encode
from symgen.tokens.events import Events, SnapReport
from symgen.tokens.flat import flatten, unflatten
from symgen.tokens.heading import Kinds, heading_word, read_heading, with_heading
from symgen.tokens.vocabulary import DURATION, FIELDS, PART, PITCH, TIME, Vocabulary

__all__ = ["RoundTrip", "Tokenizer"]

Ints = NDArray[np.int64]

_VERSION = 1
_TERMS = {
    "time": "Position, or TimeShift (of a note: from the last onset or bar line)",
    "part": "Program, as the number of a track",
    "pitch": "Pitch, PitchDrum",
    "duration": "Duration",
    "velocity": "Velocity",
    "form": "none: which earlier bar a bar takes up",
    "skip": "Rest, TimeShift",
    "bar": "Bar",
    "end": "EOS",
    "part row": "Program",
    "meter row": "TimeSig",
    "key row": "none",
    "tempo row": "Tempo",
    "pad": "PAD",
}


@dataclass(frozen=True)
class RoundTrip:
    """A score that went through tokens and back.

    Parameters
    ----------
    score : Score
        What came back.
    losses : tuple of str
        One line for each kind of thing that did not; empty if nothing was lost.
    """

    score: Score
    losses: tuple[str, ...]


class Tokenizer:
    """Turn scores into arrays of small integers and back.

    A row is a note, a bar line, or something else that `words` names; a column is a field. Notes are in the order of
    their onsets, and times are steps on a grid.

    Parameters
    ----------
    grid : int
        Steps a quarter note, 12 or 24.
    heading : bool
        Whether rows with instruments, meters, keys and tempos stand between the others, so that a score can be made
        of an array alone. Without them the rows are those that the models of symgen draw.

    Raises
    ------
    ControlError
        If the grid is another one.

    Notes
    -----
    The words of REMI and of MidiTok for each field are in `terms`, and in ``docs/tokens.md``.
    """

    def __init__(self, grid: int = 12, *, heading: bool = True) -> None:
        try:
            self._vocabulary = Vocabulary(grid)
        except CheckpointError as error:
            raise ControlError(str(error)) from None
        self._kinds = Kinds(self._vocabulary)
        self._heading = bool(heading)

    # -- scores and arrays -------------------------------------------------------------

    def encode(self, score: Score) -> Ints:
        """Return a score as an array.

        Parameters
        ----------
        score : Score
            With notes, in 1 to 32 parts; `symgen.load_score` reads one.

        Returns
        -------
        ndarray of int64, shape (rows, 6)
            One column a field, in the order of `fields`. A field that a row does not use is 0.

        Raises
        ------
        FormatError
            If it has no notes or too many parts, or a bar that is no whole number of steps.
        """
        return self._encoded(score)[0]

    def decode(self, tokens: ArrayLike, *, resolution: int = 480, strict: bool = True) -> Score:
        """Return the score that an array stands for.

        Parameters
        ----------
        tokens : array of int, shape (rows, 6)
            As of `encode`, or drawn by a model. What is not said is 4/4, piano and 120 quarters a minute; rows behind
            the end are left out.
        resolution : int
            Ticks a quarter note of the score; a multiple of the grid for exact times.
        strict : bool
            Whether a row that makes no sense where it stands, such as a note before the first bar or a meter 0/1,
            is an error. If not, it is left out: for what a young model drew.

        Returns
        -------
        Score

        Raises
        ------
        FormatError
            If the array has another shape, a number is out of range, no bar is opened, or a row makes no sense.
        ControlError
            If the resolution is no whole number.
        """
        check_whole("resolution", resolution)
        rows = self._checked(tokens)
        rows = rows[rows[:, TIME] != self._kinds.pad]
        events = read_heading(rows, self._vocabulary, strict=strict)
        notes = events.fields[:, TIME] < self._kinds.skip
        fields = events.fields.copy()
        fields[notes, DURATION] = np.maximum(fields[notes, DURATION], 1)
        return decode(Events(fields, events.header), self._vocabulary, resolution=resolution)

    def round_trip(self, score: Score) -> RoundTrip:
        """Encode and decode a score, and say what is lost.

        Parameters
        ----------
        score : Score

        Returns
        -------
        RoundTrip

        Raises
        ------
        FormatError
            As `encode`.
        """
        tokens, report = self._encoded(score)
        again = self.decode(tokens, resolution=score.resolution)
        return RoundTrip(again, tuple(_losses(score, again, report)))

    def _encoded(self, score: Score) -> tuple[Ints, SnapReport]:
        if not isinstance(score, Score):
            raise FormatError(
                f"{type(score).__name__}: is no Score; read it with symgen.load_score first"
            )
        most = self._vocabulary.sizes[PART]
        if len(score.parts) > most:
            raise FormatError(f"has {len(score.parts)} parts; leave some out, {most} are the most")
        events, report = encode(score, self._vocabulary, whole=True)
        return self.rows(events), report

    def rows(self, events: Events) -> Ints:
        """Return events, such as those of a piece in a store, as `encode` gives them.

        Parameters
        ----------
        events : Events
            Of a vocabulary with the same grid.

        Returns
        -------
        ndarray of int64, shape (rows, 6)

        Raises
        ------
        FormatError
            If they are no `Events`.
        """
        if not isinstance(events, Events):
            raise FormatError(f"{events!r:.40}: is no Events; Store.events gives some")
        if self._heading:
            return with_heading(events, self._vocabulary)
        return events.fields.astype(np.int64)

    # -- one number a token -------------------------------------------------------------

    def flatten(self, tokens: ArrayLike) -> Ints:
        """Return an array as one sequence of numbers, for a model that draws one token at a time.

        Parameters
        ----------
        tokens : array of int, shape (rows, 6)

        Returns
        -------
        ndarray of int64, shape (tokens,)
            Of each row the fields that it uses, each moved into a range of its own, ``0..size - 1``.

        Raises
        ------
        FormatError
            As `decode`.
        """
        return flatten(self._checked(tokens), self._kinds, tuple(self.sizes.values()))

    def unflatten(self, ids: ArrayLike) -> Ints:
        """Return the array of such a sequence; one that breaks off inside a row loses that row.

        Parameters
        ----------
        ids : array of int, shape (tokens,)

        Returns
        -------
        ndarray of int64, shape (rows, 6)

        Raises
        ------
        FormatError
            If a number is out of range or stands where another field belongs.
        """
        flat = _whole(ids)
        if flat.ndim != 1 or (flat.size and not 0 <= flat.min() <= flat.max() < self.size):
            raise FormatError(f"token ids: must be one sequence of numbers 0..{self.size - 1}")
        return unflatten(flat, self._kinds, tuple(self.sizes.values()))

    # -- what the numbers mean ----------------------------------------------------------

    @property
    def grid(self) -> int:
        """Steps a quarter note."""
        return self._vocabulary.grid

    @property
    def heading(self) -> bool:
        """Whether rows with instruments, meters, keys and tempos are written."""
        return self._heading

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the columns."""
        return FIELDS

    @property
    def sizes(self) -> dict[str, int]:
        """Number of classes of each field: what an embedding table needs."""
        sizes = dict(zip(FIELDS, self._vocabulary.sizes, strict=True))
        return {**sizes, "time": self._kinds.pad + 1}

    @property
    def size(self) -> int:
        """Number of tokens of a flat sequence."""
        return sum(self.sizes.values())

    @property
    def pad(self) -> tuple[int, ...]:
        """The row that fills up a window."""
        return (self._kinds.pad, 0, 0, 0, 0, 0)

    @property
    def vocabulary(self) -> dict[str, tuple[str, ...]]:
        """What each class of each field is called, by field."""
        v, names = self._vocabulary, self._kinds.names
        steps = [f"{steps}/{v.grid}" for steps in range(v.longest + 1)]
        forms = ["new"]
        for lag in v.lags:
            forms += [f"repeats {lag} bars back", f"varies {lag} bars back"]
        return {
            "time": (*steps[:-1], *(names[time] for time in sorted(names))),
            "part": tuple(map(str, range(v.sizes[PART]))),
            "pitch": tuple(map(pitch_name, range(v.sizes[PITCH]))),
            "duration": ("none", *steps[1:], f"{steps[-1]} and on"),
            "velocity": tuple(map(str, range(128))),
            "form": tuple(forms),
        }

    @property
    def terms(self) -> dict[str, str]:
        """What REMI and MidiTok call each field, and each kind of row that is no note."""
        return dict(_TERMS)

    def words(self, tokens: ArrayLike) -> list[str]:
        """Return each row in words, to look at.

        Parameters
        ----------
        tokens : array of int, shape (rows, 6)

        Returns
        -------
        list of str
            Such as ``"note time 0/12, part 0, pitch E4, duration 12/12, velocity 80"``.

        Raises
        ------
        FormatError
            As `decode`.
        """
        rows, names = self._checked(tokens), self.vocabulary
        return [self._word(row, names) for row in rows.tolist()]

    def _word(self, row: list[int], names: dict[str, tuple[str, ...]]) -> str:
        kind = self._kinds.names.get(row[TIME], "note")
        if kind not in ("note", "bar"):
            return heading_word(kind, row, self._vocabulary)
        used = self._kinds.used[kind]
        said = [f"{FIELDS[i]} {names[FIELDS[i]][row[i]]}" for i in used if i or kind == "note"]
        return f"{kind} {', '.join(said)}"

    # -- files --------------------------------------------------------------------------

    def save(self, path: PathLike) -> None:
        """Write the settings as JSON.

        Parameters
        ----------
        path : path

        Raises
        ------
        FormatError
            If the file cannot be written.
        """
        write_atomic(as_path(path), json.dumps(self.to_json(), indent=2) + "\n")

    @classmethod
    def load(cls, path: PathLike) -> Tokenizer:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path

        Returns
        -------
        Tokenizer

        Raises
        ------
        FormatError
            If the file cannot be read, is no tokenizer of symgen, or one whose numbers mean something else.
        """
        path, remedy = as_path(path), "make one with symgen.tokens.Tokenizer().save(path)"
        try:
            data = json.loads(read_bytes(path))
            made = cls(data["grid"], heading=data["heading"])
        except (ValueError, KeyError, TypeError, RecursionError, ControlError):
            raise FormatError(f"{path}: is no tokenizer of symgen; {remedy}") from None
        if made.to_json() != data:
            raise FormatError(f"{path}: a tokenizer of another version of symgen; {remedy}")
        return made

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain data, with what the numbers mean.

        Returns
        -------
        dict
        """
        return {
            "tokenizer": "symgen",
            "version": _VERSION,
            "grid": self.grid,
            "heading": self.heading,
            "sizes": self.sizes,
            "vocabulary_hash": self._vocabulary.hash,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tokenizer) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.grid, self.heading))

    def __repr__(self) -> str:
        return f"Tokenizer(grid={self.grid}, heading={self.heading})"

    def _checked(self, tokens: ArrayLike) -> Ints:
        rows = _whole(tokens)
        if rows.ndim != 2 or rows.shape[1] != len(FIELDS):
            names = ", ".join(FIELDS)
            raise FormatError(
                f"tokens of shape {rows.shape}: must be (rows, {len(FIELDS)}), with the columns {names}"
            )
        sizes = np.array(list(self.sizes.values()))
        wrong = np.argwhere((rows < 0) | (rows >= sizes))
        if len(wrong):
            row, field = wrong[0].tolist()
            raise FormatError(
                f"token {row}: {FIELDS[field]} {rows[row, field]}: must be 0..{sizes[field] - 1}"
            )
        return rows


def _whole(values: ArrayLike) -> Ints:
    """Return whole numbers as an array."""
    try:
        found = np.asarray(values)
    except (TypeError, ValueError):  # rows of several lengths
        found = np.array(None)
    if found.size and found.dtype.kind not in "iu":
        raise FormatError("tokens: must be whole numbers in rows of one length")
    return found.astype(np.int64)


def _losses(before: Score, after: Score, report: SnapReport) -> Iterator[str]:
    """Yield what a score lost on its way through tokens."""
    if report.moved:
        yield (
            f"{report.moved} of {report.notes} notes moved to the grid, by up to {report.max_shift:.3f} quarters"
        )
    if report.merged:
        yield f"{report.merged} notes are one with another of the same part, pitch and time"
    if any(part.name for part in before.parts):
        yield "the names of the parts"
    if before.title:
        yield "the title"
    if after.length != before.length:
        yield "where the piece ends: now at a bar line"
    for name, what in (("tempos", "tempos"), ("keys", "key signatures"), ("meters", "meters")):
        if getattr(after, name) != getattr(before, name):
            yield f"{what}: rounded, or moved to bar lines"
    if before.chords:
        yield "the chord symbols"
    if before.source is not None:
        yield "what else stands in its file, such as controllers, texts and layout"
