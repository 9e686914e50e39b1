"""Facts of a piece that a listener would name, each of which can be checked against the notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from symgen.analysis.beat import laid_on_beat, played_beat
from symgen.analysis.facts import (
    ChordPlace,
    Dynamics,
    Facts,
    KeyPlace,
    MeterPlace,
    TempoPlace,
)
from symgen.analysis.form import FormBars, find_repeats, find_sections
from symgen.analysis.parts import describe_part
from symgen.analysis.phrases import (
    find_cadences,
    melody_of,
    opening_runs,
)
from symgen.analysis.playing import measured_playing
from symgen.analysis.text import describe_in_words
from symgen.formats.losses import count_marks
from symgen.music.chords import chords_of
from symgen.music.keys import infer_key
from symgen.music.lines import is_single_line, melody_part
from symgen.music.score import Score
from symgen.music.theory import Chord, Key
from symgen.performer.keeping import kept_score
from symgen.sampling.swing import find_swing

__all__ = [
    "Description",
    "describe",
]

# The ends of a piece that are set beside each other, and velocities that are heard as a difference.
_THIRD, _HEARD = 3, 8


@dataclass(frozen=True, repr=False)
class Description(Facts):
    """What a piece is like, in facts; ``str()`` says them in words that can be read aloud.

    Parameters
    ----------
    title : str
        May be empty.
    notes, bars : int
        Notes of all parts; full bars, a pickup left out.
    seconds : float
        To the end of the file.
    pickup : float
        Length of the first, short bar in quarter notes; 0 without one.
    meters, tempos, signatures : tuple
        Each with the bar from which it holds; the last are key signatures that the file writes.
    key : Key or None
        None without pitched notes.
    key_origin : str
        ``"file"`` (it is named there), ``"signature"`` (found from the notes, and the signature agrees), ``"notes"``
        (there is no signature) or ``"against"`` (the notes do not fit the signature).
    parts : tuple of PartDescription
        One a part, in order.
    melody : int
        Number of the part that has the melody, from 1; 0 for none.
    opening : tuple of Run
        How the melody begins, up and down.
    sections : tuple of Section
        Of the form; empty if no section comes back.
    repeats : tuple of (int, int)
        Bars that are an earlier bar note for note, each with that bar.
    cadences : tuple of Cadence
        Ends of phrases of the melody.
    chords : tuple of ChordPlace
        As printed in the file, else read from the notes; empty for a single line without chord symbols.
    chords_printed : bool
        Whether the file names them.
    dynamics : Dynamics or None
        None without notes.
    swing : float
        Place of the off-beat eighths in the quarter; 0.5 is straight.
    played : Played or None
        The beat that was found, if the notes do not follow that of the file; bars are then counted by it.
    playing : PlayingFigures or None
        Loudness, timing, articulation, tempo and pedal, where it is played and not typed.
    marks : dict
        What the file holds besides notes, counted by kinds, such as ``{"lyric": 42}``.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the facts as plain data: dicts, lists, strings and numbers."""
        facts = asdict(self)
        facts["key"] = str(self.key) if self.key else None
        return facts

    def text(self, *, part: int | None = None) -> str:
        """Return the facts in words, a fact a line; of one part only, counted from 1, if that is given.

        Raises
        ------
        ControlError
            If there is no such part.
        """
        return describe_in_words(self, part)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        key = f", {self.key}" if self.key else ""
        return f"<Description {self.bars} bars, {self.notes} notes{key}; print it to read it>"


def describe(score: Score, *, key: Key | None = None, title: str = "") -> Description:
    """Describe a piece as one would to somebody who cannot see its notes.

    Parameters
    ----------
    score : Score
        Any number of parts, or none.
    key : Key, optional
        As its file names it; by default it is found from the notes.
    title : str, optional
        For a score without a title of its own.

    Returns
    -------
    Description
        Its ``str()`` is the text, `Description.to_json` plain data.
    """
    performed, plain = score, kept_score(score)
    score, pulse = laid_on_beat(score if plain is None else plain)
    found = _find_key(score) if key is None else key
    bars = FormBars(score)
    sections = find_sections(bars)
    melody = melody_part(score)
    line = melody_of(score.parts[melody]) if melody is not None else ()
    read = () if is_single_line(score) else chords_of(score)
    chords = _chord_places(score, read)
    return Description(
        title=score.title or title,
        notes=score.note_count,
        bars=sum(bar.number > 0 for bar in score.bars),
        seconds=round(score.seconds(score.length), 3),
        pickup=score.bars[0].length / score.resolution if score.has_pickup and score.bars else 0.0,
        meters=tuple(
            MeterPlace(
                _bar(score, change.tick), str(change.meter), float(change.meter.beat_quarters)
            )
            for change in score.meters[1 if score.has_pickup else 0 :]
        ),
        tempos=tuple(TempoPlace(_bar(score, t.tick), round(t.bpm, 2)) for t in score.tempos),
        signatures=tuple(KeyPlace(_bar(score, sign.tick), sign.sharps) for sign in score.keys),
        key=found,
        key_origin="file" if key else _key_origin(score, found),
        parts=tuple(describe_part(score, index) for index in range(len(score.parts))),
        melody=0 if melody is None else melody + 1,
        opening=opening_runs(line, score.bars),
        sections=sections,
        repeats=find_repeats(bars),
        cadences=find_cadences(score, line, found, sections, read) if found else (),
        chords=chords,
        chords_printed=bool(score.chords),
        dynamics=_dynamics(score if plain is None else performed),
        swing=round(find_swing(score), 3),
        played=played_beat(pulse),
        playing=measured_playing(performed, pulse, plain),
        marks=dict(count_marks(score)),
    )


def _find_key(score: Score) -> Key | None:
    pitched = any(part.notes and not part.is_drum for part in score.parts)
    return infer_key(score) if pitched else None


def _key_origin(score: Score, key: Key | None) -> str:
    if not score.keys:
        return "notes"
    agrees = key is not None and (key.sharps - score.keys[-1].sharps) % 12 == 0
    return "signature" if agrees else "against"


def _bar(score: Score, tick: int) -> int:
    """Return the number of the bar in which a tick lies, the last one beyond the end."""
    bars = score.bars
    if not bars:
        return 1
    return bars[max(0, bisect_right([bar.start for bar in bars], tick) - 1)].number


def _chord_places(score: Score, read: Sequence[tuple[int, Chord]]) -> tuple[ChordPlace, ...]:
    named = [(change.tick, change.name) for change in score.chords]
    starts = [bar.start for bar in score.bars]
    found = []
    for tick, name in named or [(tick, str(chord)) for tick, chord in read]:
        bar = score.bars[max(0, bisect_right(starts, tick) - 1)] if starts else None
        if bar is not None and tick < bar.end:
            beat = (tick - bar.start) / (float(bar.meter.beat_quarters) * score.resolution)
            found.append(ChordPlace(bar.number, round(beat + 1, 2), name))
    return tuple(found)


def _dynamics(score: Score) -> Dynamics | None:
    notes = sorted(note for part in score.parts for note in part.notes)
    if not notes:
        return None
    velocities = [note.velocity for note in notes]
    third = max(1, len(notes) // _THIRD)
    change = fmean(velocities[-third:]) - fmean(velocities[:third])
    trend = "" if abs(change) < _HEARD else "louder" if change > 0 else "softer"
    return Dynamics(min(velocities), max(velocities), round(fmean(velocities), 1), trend)
