"""Continuing a tune: what the prompt is, what is inferred from it, and how the new bars join it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from symgen.formats.tunes import Tune
from symgen.midi.excerpt import select_parts
from symgen.music.controls import Controls
from symgen.music.keys import infer_key
from symgen.music.lines import holds_drums_only, melody_part, split_hands
from symgen.music.meter import Meter
from symgen.music.performed import Notated, notated
from symgen.music.roles import find_parts
from symgen.music.score import Part, Score
from symgen.music.tempo import check_bar, usual_tempo
from symgen.music.theory import Key
from symgen.sampling.inference import Inferred, in_manner, infer
from symgen.sampling.planning import plan_runs
from symgen.sampling.swing import STRAIGHT, find_swing, straightened
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import BarRun, Events, SnapReport, Vocabulary, encode

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from symgen.sampling.manner import Manner
    from symgen.sampling.playing import Playing
    from symgen.sampling.unclicked import Played

__all__ = [
    "Prompt",
    "PromptWords",
    "Written",
    "read_prompt",
    "with_inferred",
]


_MOST_BARS = 1000

Written = Literal["melody", "pitched", "all", "drums"]
"""Which parts a network writes: one melody, all but the drums, those too, or drums alone."""


class PromptWords(TypedDict, total=False):
    """Keywords that say what of a tune goes on."""

    # Counted from 1: this one is kept alone.
    part: int | None
    # Such as ``"bass,drums"``: these go on, the others are silent in the new bars.
    parts: str | Sequence[str | int] | None
    # In its manner the tune goes on.
    style_from: Tune | None


@dataclass(frozen=True)
class Prompt:
    """A tune to be continued."""

    # All that is kept, up to the last bar line that its music reaches.
    score: Score
    # Index of the part that holds the melody.
    part: int
    # Indices of the parts that are continued; the melody alone if the network writes melodies.
    parts: tuple[int, ...]
    # Tick of that bar line.
    end: int
    key: Key
    # ``"given"``, ``"from the file"``, ``"inferred"``, or ``"none"`` of drums alone.
    key_origin: str
    # Meter of the first new bars.
    meter: Meter
    new_bars: int
    # These parts as events, with the bars of another piece behind them, if the tune goes on in its
    # manner; the header holds the new bars too.
    events: Events
    # How far they lie off the grid on which the network reads it.
    report: SnapReport
    # How the parts of the network play what is written.
    playing: Playing
    # Place of the off-beat eighths of the new bars in their quarter.
    swing: float = STRAIGHT
    # Index of the part that each part of the network belongs to: both hands of a keyboard to the
    # same one.
    lanes: tuple[int, ...] = ()
    # The tune as its file has it, if that was played without a click: all else here is on its
    # pulse.
    played: Played | None = None
    # What else the prompt tells; style, tempo and swing as they were asked for, if they were.
    inferred: Inferred | None = None
    # Indices of the parts that are silent in the new bars, as it was asked for.
    silent: frozenset[int] = frozenset()
    # The piece in whose manner it goes on; the tune and the bars of that piece, each alone.
    manner: Manner | None = None
    apart: tuple[Events, Events] | None = None

    @property
    def leading_bars(self) -> int:
        """Full bars whose rhythm comes round in the new ones: those of the other piece, if there is one."""
        return self.apart[1].header.bars if self.apart else self.bars

    @property
    def old_bars(self) -> int:
        """Bars that the network reads, a pickup counted."""
        return self.events.header.bars - self.new_bars

    @property
    def drums(self) -> tuple[int, ...]:
        """Indices of the parts of drums that the network does not write."""
        return tuple(
            i
            for i, part in enumerate(self.score.parts)
            if part.is_drum and part.notes and i not in {*self.parts, *self.silent}
        )

    @property
    def sounding(self) -> tuple[int, ...]:
        """Indices of the parts that the network goes on with."""
        return tuple(i for i in self.parts if i not in self.silent)

    @property
    def silent_lanes(self) -> frozenset[int]:
        """The parts of the network that are silent in the new bars."""
        return frozenset(lane for lane, owner in enumerate(self.lanes) if owner in self.silent)

    @property
    def bars(self) -> int:
        """Full bars of the prompt, a pickup not counted."""
        return sum(bar.number > 0 and bar.start < self.end for bar in self.score.bars)


def read_prompt(
    tune: Tune,
    vocabulary: Vocabulary,
    *,
    controls: Controls,
    writes: Written = "melody",
    adds_bars: bool = True,
    through: int = 0,
    name: str = "the tune",
    **which: Unpack[PromptWords],
) -> Prompt:
    """Prepare a tune for continuation, of which a network writes some parts."""
    # Controls override what is inferred. Without a part of `which`, where no bars follow, all parts are kept.
    drums, fine = writes == "drums", _on_the_grid(tune.score, vocabulary.grid)
    score, chosen = _choose_part(fine, which.get("part"), name, alone=adds_bars, drums=drums)
    silent = _silent(score, which)
    if writes == "melody" and silent:
        chosen = _melody_among(score, silent)
    end = _last_bar_line(score, vocabulary.grid, through)
    kept = _cut(score, end)
    goes_on = (chosen,) if writes == "melody" else _sounding(kept, drums=drums or writes == "all")
    key, origin = _choose_key(controls, tune.key, kept.with_parts([kept.parts[i] for i in goes_on]))
    shown = kept.with_parts(_with_programs(controls, [kept.parts[i] for i in goes_on]))
    swing = STRAIGHT if controls.grid is not None else find_swing(shown)
    written = notated(straightened(shown, swing), vocabulary.grid)
    meter = controls.steady_meter or kept.meters[-1].meter
    manner = _manner(controls, which.get("style_from"), written.score, key, meter, vocabulary.grid)
    how = (vocabulary, None if drums else key, controls.style or "", name)
    read = _read(written.score, manner, how, hands=writes != "melody")
    added = (
        _new_runs(controls, meter, usual_tempo(kept, end).bpm, vocabulary, name)
        if adds_bars
        else ()
    )
    new_bars, meter = sum(run.count for run in added), added[0].meter if added else meter
    header = replace(
        read.events.header,
        runs=(*read.events.header.runs, *added),
        period=controls.period or "",
        labels=controls.labels,
    )
    swing = _new_swing(controls, manner, swing)
    return Prompt(
        kept,
        chosen,
        goes_on,
        end,
        key,
        "none" if drums else origin,
        meter,
        new_bars,
        Events(read.events.fields, header),
        read.report,
        _playing(written, read, vocabulary.grid),
        swing,
        tuple(goes_on[i] for i in read.owners),
        silent=silent,
        manner=manner,
        apart=read.apart,
    )


def _manner(
    controls: Controls,
    example: Tune | None,
    tune: Score,
    key: Key,
    meter: Meter,
    grid: int,
) -> Manner | None:
    """Read the piece in whose manner a tune is to go on, if one is given."""
    if example is None:
        return None
    if controls.complete_bar:
        raise ControlError("complete-bar: the bar is the tune's own; leave it out, or style-from")
    # Most tunes go on in their own manner.
    from symgen.sampling.manner import read_manner
    from symgen.sampling.unclicked import on_pulse

    return read_manner(on_pulse(example, None)[0], tune, key, meter, grid)


def _new_swing(controls: Controls, manner: Manner | None, swing: float) -> float:
    """Return the swing of the new bars: what is asked for, else as before or as in the other piece."""
    if controls.swing is not None:
        return controls.swing
    return manner.swing if manner and controls.grid is None else swing


def _new_runs(
    controls: Controls, meter: Meter, bpm: float, vocabulary: Vocabulary, name: str
) -> tuple[BarRun, ...]:
    """Plan the new bars, and refuse those that the tune would have longer than anybody counts."""
    if controls.meter is None:
        check_bar(meter, controls.tempo or bpm, name)
    return plan_runs(controls, meter, 8, vocabulary)


_How = tuple[Vocabulary, Key | None, str, str]


class _Read(NamedTuple):
    """The parts that go on as events, and the part that each comes from."""

    events: Events
    report: SnapReport
    owners: list[int]
    # Those parts, one a hand.
    parts: tuple[Part, ...]
    apart: tuple[Events, Events] | None = None


def _apart(score: Score, *, hands: bool) -> tuple[Score, list[int]]:
    """Tell the hands of keyboard parts apart; return for each part that is read the one that it comes from, too."""
    found = [split_hands(part) if hands else (part,) for part in score.parts]
    owners = [i for i, parts in enumerate(found) for _ in parts]
    return score.with_parts([part for parts in found for part in parts]), owners


def _read(score: Score, manner: Manner | None, how: _How, *, hands: bool) -> _Read:
    """Turn the parts that go on into events, with the bars of another piece behind them."""
    whole, owners = _apart(manner.behind(score) if manner else score, hands=hands)
    events, report = _encoded(whole, *how)
    if manner is None:
        return _Read(events, report, owners, whole.parts)
    cuts = (0, score.length), (score.length, whole.length)
    (own, report), (more, _) = (_encoded(whole.slice_ticks(*cut), *how) for cut in cuts)
    return _Read(events, report, owners, whole.parts, (own, more))


def _playing(written: Notated, read: _Read, grid: int) -> Playing:
    from symgen.sampling.playing import Playing  # what imports this often reads no tune

    return Playing.of(written, read.parts, read.owners, grid)


def _encoded(
    score: Score, vocabulary: Vocabulary, key: Key | None, style: str, name: str
) -> tuple[Events, SnapReport]:
    try:
        return encode(score, vocabulary, key=key, style=style, whole=True)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None


def of_some_bars(prompt: Prompt) -> Prompt:
    """Return a prompt that is to be looked at from bar to bar by many takes, if it is not too long for that."""
    if prompt.events.header.bars > _MOST_BARS:
        raise FormatError(
            f"the tune: has {prompt.events.header.bars} bars, more than {_MOST_BARS}; split it"
        )
    return prompt


def with_inferred(
    prompt: Prompt, controls: Controls, info: Mapping[str, Any], vocabulary: Vocabulary
) -> Prompt:
    """Add what a prompt tells of the music that follows; a style that was not asked for is inferred."""
    tempo = controls.tempo or usual_tempo(prompt.score, prompt.end).bpm

    def told(events: Events, bars: int) -> Inferred:
        return infer(
            events,
            vocabulary,
            info,
            tempo=tempo,
            swing=prompt.swing,
            bars=bars,
            lanes=prompt.lanes,
        )

    if prompt.apart is None:
        found = told(prompt.events, prompt.old_bars)
    else:
        found = in_manner(*(told(events, events.header.bars) for events in prompt.apart))
    style = found.style if controls.style is None else controls.style
    found = replace(found, style=style)
    events = Events(prompt.events.fields, replace(prompt.events.header, style=style))
    return replace(prompt, events=events, inferred=found)


def _choose_part(
    score: Score, part: int | None, name: str, *, alone: bool, drums: bool
) -> tuple[Score, int]:
    """Return the score, or alone the one part of it that is asked for, and which part has the melody."""
    if part is None:
        return score, _leading(score, name, drums=drums)
    if not 1 <= part <= len(score.parts):
        raise ControlError(f"part {part}: {name} has parts 1..{len(score.parts)}")
    one = select_parts(score, [part - 1])
    melody = _leading(one, f"{name}, part {part}", drums=drums)
    return (one, melody) if alone else (score, part - 1)


def _leading(score: Score, name: str, *, drums: bool) -> int:
    """Return the part with the melody, or the first one of drums alone; refuse a score without one."""
    found = melody_part(score)
    if drums and holds_drums_only(score):
        found = next(i for i, part in enumerate(score.parts) if part.notes)
    if found is None:
        only_drums = any(part.notes for part in score.parts)
        what = "holds drums only, a melody is needed" if only_drums else "holds no notes"
        raise FormatError(f"{name}: {what}; choose another file or part")
    return found


def _silent(score: Score, which: PromptWords) -> frozenset[int]:
    """Return the parts that do not go on, as it was asked for; refuse to let nothing go on."""
    asked = which.get("parts")
    if asked is None:
        return frozenset()
    if which.get("part") is not None:
        raise ControlError("part: keeps one part alone, and parts= keeps all; give one of them")
    found = find_parts(asked, score)
    if not any(score.parts[i].notes for i in found):
        raise ControlError(f"parts {asked!r}: hold no notes; name others")
    return frozenset(range(len(score.parts))) - set(found)


def _melody_among(score: Score, silent: frozenset[int]) -> int:
    """Return the one pitched part that goes on, for a network that writes melodies."""
    parts = [part.with_notes(()) if i in silent else part for i, part in enumerate(score.parts)]
    pitched = [i for i, part in enumerate(parts) if part.notes and not part.is_drum]
    if len(pitched) != 1:
        raise ControlError(
            f"parts: this model writes one melody, not {len(pitched)} parts; name one, or take --model band"
        )
    return pitched[0]


def _sounding(score: Score, *, drums: bool) -> tuple[int, ...]:
    """Return the parts that hold notes: those that are no drums, and perhaps the drums behind them."""
    # Drums come last, as in the pieces that a network has learned.
    found = [i for i, part in enumerate(score.parts) if part.notes]
    parts = sorted(found, key=lambda i: score.parts[i].is_drum)
    return tuple(i for i in parts if drums or not score.parts[i].is_drum)


def _with_programs(controls: Controls, parts: list[Part]) -> list[Part]:
    """Give the parts that go on the instruments that are asked for."""
    pitched = [part for part in parts if not part.is_drum]
    programs = controls.instruments
    if programs is None:
        programs = tuple(
            part.program if controls.instrument is None else controls.instrument for part in pitched
        )
    if len(programs) != len(pitched):
        raise ControlError(
            f"instruments: {len(programs)} for the {len(pitched)} parts that go on; name each"
        )
    played = [
        replace(part, program=program) for part, program in zip(pitched, programs, strict=True)
    ]
    return [*played, *(part for part in parts if part.is_drum)]


def _on_the_grid(score: Score, grid: int) -> Score:
    """Give a score of few ticks a quarter more of them, so that every step of the grid is one tick or more."""
    return score if score.resolution >= grid else score.with_resolution(lcm(score.resolution, grid))


def _choose_key(controls: Controls, known_key: Key | None, melody: Score) -> tuple[Key, str]:
    if controls.key:
        return controls.key, "given"
    return (known_key, "from the file") if known_key else (infer_key(melody), "inferred")


def _last_bar_line(score: Score, grid: int, through: int) -> int:
    """Tick of the bar line after the last note, or after bar `through` if that is later and has no notes.

    An overhang of less than half a grid step does not count.
    """
    slack = score.resolution // (2 * grid)
    last_onset = max(note.onset for part in score.parts for note in part.notes)
    bars = replace(score, length=max(score.length, score.music_end) + 1).bars
    end = next(
        bar.end for bar in bars if bar.end + slack >= score.music_end and bar.end > last_onset
    )
    return max([end, *(bar.end for bar in score.bars if bar.number <= through)])


def _cut(score: Score, end: int) -> Score:
    """Keep every note that begins before `end`, whole, and the maps up to there; a meter that begins at `end` too."""
    parts = [
        part.with_notes(note for note in part.notes if note.onset < end) for part in score.parts
    ]
    tempos = tuple(change for change in score.tempos if change.tick < end)
    meters = tuple(change for change in score.meters if change.tick <= end)
    keys = tuple(change for change in score.keys if change.tick < end)
    return replace(score, parts=tuple(parts), tempos=tempos, meters=meters, keys=keys, length=end)
