"""From a recording to a score: notes on a grid of beats, and how certain the tempo is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symgen.audio.reading import Recording, read_audio, read_open_audio, read_samples
from symgen.beats.placing import Division
from symgen.music.instruments import parse_instrument
from symgen.music.keys import infer_key
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Score
from symgen.music.theory import Key
from symgen.nets.network import find_network
from symgen.system.awaiting import awaited
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, as_path
from symgen.system.streams import can_read
from symgen.system.words import check_words
from symgen.transcriber.checkpoint import TRANSCRIBER

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from symgen.beats.grid import BeatGrid
    from symgen.transcriber.inference import InferenceTranscriber
    from symgen.transcriber.notes import DetectedNotes

__all__ = [
    "SHIPPED_TRANSCRIBER",
    "Transcription",
    "TranscriptionOptions",
    "listen",
    "transcribe",
    "transcribe_async",
]

Sound: TypeAlias = PathLike | BinaryIO | bytes | Recording | ArrayLike
"""What can be listened to."""

SHIPPED_TRANSCRIBER = "transcriber"
"""Name of the network that comes along."""

_TEMPO = (20.0, 400.0)
_COUNT_IN = range(2, 17)
_SHORTEST = 0.1
_SILENT = 2e-4
_CLICK_SECONDS = 0.08
"""A click is over by then."""
_CROWDED = 0.2
"""Share of the time with other notes beside the melody from which that is told; solos have up to 0.16, voices 0.25."""
_UNSTEADY, _FLEETING = 0.3, 0.1
"""Clarity and median length of the notes in seconds below which, together, it is taken for speech."""
_UNSURE = 0.5
_OUT_OF_TUNE = 15.0
"""Cents from which the performer's tuning is told."""


class _Words(TypedDict, total=False):
    """The keywords of `transcribe` and `listen`; see `TranscriptionOptions`."""

    tempo: float | None
    meter: Meter | str | None
    key: Key | str | None
    grid: int | str
    count_in: int
    quantize: bool
    instrument: str | int
    model: PathLike


@dataclass(frozen=True, kw_only=True)
class TranscriptionOptions:
    """What is known of a recording, and what is asked of its transcription."""

    tempo: float | None = None  # quarter notes a minute, 20..400; else it is found
    meter: Meter | str | None = None  # such as ``"6/8"``; else it is found
    key: Key | str | None = None  # such as ``"D dorian"``, for the key signature; else it is found
    # Shortest note: 4, 8, 16 or 32 part of a whole note, and triplets of eighths where they are
    # plainly played; ``"1/16"`` for sixteenths alone, ``"1/8t"`` for eighths and their triplets
    grid: int | str = 16
    # So many clicks, or claps, on the beat come before the music, 2..16; they give the tempo and
    # the first bar line. 0 for none
    count_in: int = 0
    # Whether notes are moved to the grid; else they stay where they were played
    quantize: bool = True
    instrument: str | int = 0  # general MIDI name or number of the part
    # The network: a folder that training wrote, or the one that comes along
    model: PathLike = SHIPPED_TRANSCRIBER

    def __post_init__(self) -> None:
        put = object.__setattr__
        low, high = _TEMPO
        if self.tempo is not None:
            if not _is_number(self.tempo) or not low <= self.tempo <= high:
                limits = f"{low:g}..{high:g} quarters a minute"
                raise ControlError(f"tempo {self.tempo}: must be {limits}")
            put(self, "tempo", float(self.tempo))
        if isinstance(self.meter, str):
            put(self, "meter", Meter.parse(self.meter))
        if isinstance(self.key, str):
            put(self, "key", Key.parse(self.key))
        Division.parse(self.grid)
        is_count = isinstance(self.count_in, int) and self.count_in in _COUNT_IN
        if self.count_in != 0 and not is_count:
            limits = f"{_COUNT_IN[0]}..{_COUNT_IN[-1]} clicks, or 0 for none"
            raise ControlError(f"count-in {self.count_in}: must be {limits}")
        put(self, "instrument", parse_instrument(str(self.instrument)))

    @property
    def program(self) -> int:
        """The instrument as a program number."""
        return int(self.instrument)


@dataclass(frozen=True, eq=False)
class Transcription:
    """What was heard.

    Parameters
    ----------
    score : Score
        One part.
    rows : ndarray of float64, shape (notes, 4)
        Onset and offset in seconds of the recording, pitch as a whole MIDI number, strength 0..1.
    seconds : float
        Length of the recording.
    tuning : float
        Cents that the performer is above A440; pitches were rounded after it was taken away.
    crowded : float
        Share of the sounding time in which other notes sound too.
    grid : BeatGrid
        Beats, meter and tempo in seconds of the recording.
    key : Key
    pitches : ndarray of float64, shape (notes,)
        As they sounded, before they were rounded: MIDI numbers with fractions.
    notices : tuple of str
        One line for each thing that may not be as it should be.
    """

    score: Score
    rows: NDArray[np.float64]
    seconds: float
    tuning: float
    crowded: float
    grid: BeatGrid
    key: Key
    pitches: NDArray[np.float64]
    notices: tuple[str, ...] = ()

    @property
    def tempo(self) -> float:
        """Quarter notes a minute, as the score says."""
        return self.score.tempos[0].bpm

    @property
    def tempo_confidence(self) -> float:
        """How sure it is that the tempo is not twice or half as fast, 0..1; 1 if it was given."""
        return float(self.grid.confidence)

    @property
    def meter(self) -> Meter:
        """Meter of the full bars."""
        return self.grid.meter

    @property
    def has_pickup(self) -> bool:
        """Whether the music begins before the first full bar."""
        return self.score.has_pickup

    @property
    def bar_lines(self) -> NDArray[np.float64]:
        """Where the full bars begin, and the last one ends, in seconds of the recording."""
        quarters = float(self.grid.meter.quarters)
        last = float(self.grid.quarters(np.array([self.rows[-1, 1]]))[0])
        bars = np.arange(max(1, int(np.ceil(last / quarters))) + 1, dtype=np.float64)
        return self.grid.seconds(quarters * bars)


def transcribe(audio: Sound, rate: float | None = None, **asked: Unpack[_Words]) -> Score:
    """Write down the melody of a recording.

    Parameters
    ----------
    audio : path, open file, bytes of a file, Recording, or array_like of shape (frames,) or (frames, channels)
        WAV, FLAC, OGG, MP3 and others; whole numbers have the full scale of their kind.
    rate : float, optional
        Frames a second of an array; files know theirs.
    **asked
        `tempo`, `meter`, `key`, `grid`, `count_in`, `quantize`, `instrument`, `model`: see `TranscriptionOptions`.

    Returns
    -------
    Score
        One part, one note at a time, with tempo, meter, key signature and, where the music begins with one, pickup.

    Raises
    ------
    FormatError
        If the file cannot be read, is silent or too short, or no melody, or no count-in that is asked for, is heard.
    ControlError
        If a value is out of range.
    CheckpointError
        If the network is missing or damaged.
    MissingDependencyError
        If a library is missing.
    """
    return listen(audio, rate, **asked).score


transcribe_async = awaited(transcribe)
"""Await `transcribe`."""


def listen(audio: Sound, rate: float | None = None, **asked: Unpack[_Words]) -> Transcription:
    """Write down the melody of a recording, and tell all that was heard; see `transcribe`."""
    check_words("transcribe", asked, [each.name for each in fields(TranscriptionOptions)])
    options = TranscriptionOptions(**asked)
    recording = _recording(audio, rate)
    _check_sound(recording)
    transcriber = _load_transcriber(os.fspath(find_network(TRANSCRIBER, options.model)))
    clicks = _clicks(recording, options)
    notes = _detect(recording, transcriber, clicks)
    rows = notes.rows.astype(np.float64)
    rows[:, 2] = notes.pitches
    grid, score = _write_down(rows, options, clicks)
    key = options.key if isinstance(options.key, Key) else infer_key(score)
    score = replace(score, keys=(KeyChange(0, key.sharps, key.minor),))
    score = score.with_parts([replace(part, program=options.program) for part in score.parts])
    notices = [*_notices(notes, grid, options), *_left_out(score, len(rows))]
    return Transcription(
        score=score,
        rows=rows,
        seconds=recording.seconds,
        tuning=float(notes.tuning),
        crowded=float(notes.crowded),
        grid=grid,
        key=key,
        pitches=notes.rows[:, 2].astype(np.float64),
        notices=(*recording.notices, *notices),
    )


@cache
def _load_transcriber(folder: str) -> InferenceTranscriber:
    from symgen.transcriber.inference import load_transcriber

    return load_transcriber(folder)


def _recording(audio: Sound, rate: float | None) -> Recording:
    if isinstance(audio, bytes | bytearray):
        audio = BytesIO(audio)
    if isinstance(audio, (str, os.PathLike)):
        audio = as_path(audio)
    if isinstance(audio, (str, os.PathLike, Recording)) or can_read(audio):
        if rate is not None:
            raise ControlError(
                "rate: is for arrays of samples, a recording knows its own; leave it out"
            )
        if isinstance(audio, Recording):
            return audio
        return read_open_audio(audio) if can_read(audio) else read_audio(audio)
    if rate is None:
        raise ControlError(
            "rate: how many frames a second an array has must be told, such as 44100"
        )
    return read_samples(audio, rate)


def _check_sound(recording: Recording) -> None:
    """Refuse what nothing can be heard in."""
    if recording.seconds < _SHORTEST:
        raise FormatError(
            f"{recording.name}: lasts {recording.seconds:.2f} s, too short for a note; record {_SHORTEST} s or more"
        )
    if float(np.abs(recording.samples).max(initial=0.0)) < _SILENT:
        raise FormatError(
            f"{recording.name}: is silent; check the microphone and its gain, and record again"
        )


def _clicks(recording: Recording, options: TranscriptionOptions) -> NDArray[np.float64]:
    """Return the times of the clicks of a count-in."""
    if not options.count_in:
        return np.zeros(0)
    from symgen.transcriber.quantize import find_clicks

    try:
        return find_clicks(recording.samples, recording.rate, options.count_in)
    except FormatError as error:
        raise FormatError(f"{recording.name}: {error}") from None


def _detect(
    recording: Recording, transcriber: InferenceTranscriber, clicks: NDArray[np.float64]
) -> DetectedNotes:
    """Return the notes; clicks are silenced, so that they are taken for none."""
    from symgen.transcriber.notes import detect_notes

    samples = recording.samples
    if len(clicks):
        samples = samples.copy()
        samples[: round((clicks[-1] + _CLICK_SECONDS) * recording.rate)] = 0
    found = detect_notes(samples, transcriber)
    nothing = f"{recording.name}: no melody was found"
    if not len(found.rows):
        advice = "sing or play closer to the microphone, one note at a time"
        raise FormatError(f"{nothing}; {advice}")
    # Speech glides: neither sign alone is enough, as fast passages are short and breathy flutes unclear.
    median = float(np.median(found.rows[:, 1] - found.rows[:, 0]))
    if found.clarity < _UNSTEADY and median < _FLEETING:
        why = "no pitch is held, as in speech; sing or play one note at a time"
        raise FormatError(f"{nothing}, {why}")
    return found


def _write_down(
    rows: NDArray[np.float64], options: TranscriptionOptions, clicks: NDArray[np.float64]
) -> tuple[BeatGrid, Score]:
    """Find the beats, and set the notes on them."""
    from symgen.transcriber.quantize import (
        find_grid,
        find_grid_after_clicks,
        score_from_rows,
        unquantized_score,
    )

    meter = options.meter if isinstance(options.meter, Meter) else None
    if len(clicks) and options.tempo is None:
        grid = find_grid_after_clicks(rows, clicks, meter=meter)
    else:
        first_beat = float(2 * clicks[-1] - clicks[-2]) if len(clicks) else None
        grid = find_grid(rows, tempo=options.tempo, meter=meter, first_beat=first_beat)
    if options.tempo is not None or len(clicks):
        grid = replace(grid, confidence=1.0)
    if options.quantize:
        return grid, score_from_rows(rows, grid, division=options.grid)
    return grid, replace(unquantized_score(rows, grid.bpm), meters=(MeterChange(0, grid.meter),))


def _notices(notes: DetectedNotes, grid: BeatGrid, options: TranscriptionOptions) -> Iterator[str]:
    if notes.crowded >= _CROWDED:
        yield "several notes sound at once; transcription is monophonic, the top line was taken"
    if abs(notes.tuning) >= _OUT_OF_TUNE:
        where = "above" if notes.tuning > 0 else "below"
        yield f"it is tuned {abs(notes.tuning):.0f} cents {where} A440, which was taken off before pitches were rounded"
    if options.tempo is None and grid.confidence < _UNSURE:
        yield (
            f"the tempo of {grid.bpm:.0f} quarters a minute is uncertain ({grid.confidence:.0%}); "
            "give it with --tempo N, or count in and say --count-in N"
        )


def _left_out(score: Score, heard: int) -> Iterator[str]:
    """Tell of notes that have no place of their own on the grid."""
    if score.note_count < heard:
        yield (
            f"{heard - score.note_count} of {heard} notes have no place on the grid and were left out; "
            "give the tempo with --tempo N, a finer grid with --grid 32, or --no-quantize"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
