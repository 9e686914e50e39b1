"""A description in words: one fact a line, each line a sentence or two that say what they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from symgen.analysis.beat import Played
from symgen.analysis.facts import ChordPlace, Facts
from symgen.analysis.form import MOST_BARS, SAME, Section
from symgen.analysis.parts import Drum, PartDescription
from symgen.analysis.phrases import Cadence, Motion
from symgen.analysis.playing import playing_text
from symgen.analysis.words import (
    bar_list_text,
    bars_text,
    beat_text,
    chord_text,
    count_text,
    degree_text,
    interval_text,
    joined,
    key_text,
    length_text,
    number_text,
    pitch_text,
    seconds_text,
    share_text,
    signature_text,
    times_text,
)
from symgen.music.theory import Key
from symgen.system.errors import ControlError

__all__ = ["describe_in_words"]

# What is told one by one; of more, the counts.
_MOST_LETTERS, _LEAST_BACK = 48, 4
_MOST_SECTIONS, _MOST_CHANGES, _MOST_CHORD_BARS, _MOST_NAMES, _MOST_CADENCES = 12, 6, 8, 6, 12
_MARKS = (
    (33, "very soft"),
    (49, "soft"),
    (64, "medium soft"),
    (80, "medium loud"),
    (96, "loud"),
    (127, "very loud"),
)
_CADENCES = {
    "full": "a full close",
    "plagal": "a plagal close",
    "half": "a half close",
    "deceptive": "a deceptive close",
    "open": "an open end",
}


def describe_in_words(facts: Facts, part: int | None = None) -> str:
    """Write a description; of one part only, counted from 1, if that is given."""
    if part is not None and not 1 <= part <= len(facts.parts):
        raise ControlError(f"part {part}: the piece has {count_text(len(facts.parts), 'part')}")
    return "\n".join(_lines(facts, part))


def _lines(facts: Facts, part: int | None) -> Iterator[str]:
    sharps = facts.key.sharps if facts.key else 0
    yield f"Title: {facts.title or 'none'}."
    if part is not None:
        yield _part(facts.parts[part - 1], sharps)
        return
    yield _length(facts)
    if not facts.notes:
        yield "There are no notes."
        return
    if facts.played:
        yield _played(facts.played)
    yield _meter(facts)
    yield _tempo(facts)
    yield _key(facts)
    for one in facts.parts:
        yield _part(one, sharps)
    if facts.opening:
        yield _opening(facts, sharps)
    if facts.bars > 1:
        yield _form(facts.sections, facts.bars)
        yield _repeats(facts)
    if facts.cadences and facts.key:
        yield _cadences(facts.cadences, facts.key, sure=bool(facts.chords))
    if facts.chords:
        yield _chords(facts)
    yield from _manner(facts)


# -- the whole -------------------------------------------------------------------------


def _length(facts: Facts) -> str:
    counts = {"note": facts.notes, "part": len(facts.parts)}
    told = [_count(facts.bars, "bar"), seconds_text(facts.seconds)]
    told += [_count(number, name) for name, number in counts.items()]
    pickup = f" It begins with a pickup, {_long(facts.pickup)}." if facts.pickup else ""
    return f"Length: {', '.join(told)}.{pickup}"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'s' * (number != 1)}"


def _long(quarters: float) -> str:
    name = length_text(quarters)
    return name if name.endswith("long") else f"a {name} note long".replace("a eighth", "an eighth")


def _played(played: Played) -> str:
    sure = "" if played.confidence >= 0.5 else " This is uncertain."
    return (
        f"Beat: it was played without a click. The beat that fits is probably {played.quarters_a_minute:.0f} "
        f"quarter notes a minute in {played.meter}; bars are counted by it.{sure}"
    )


def _meter(facts: Facts) -> str:
    first, *others = facts.meters
    changes = [f"{one.meter} from bar {one.bar}" for one in others[:_MOST_CHANGES]]
    more = len(others) - len(changes)
    told = "".join(f", {change}" for change in changes)
    return f"Meter: {first.meter}{told}{f', and {number_text(more)} more changes' if more else ''}."


def _tempo(facts: Facts) -> str:
    rates = [tempo.quarters_a_minute for tempo in facts.tempos]
    if len(rates) > _MOST_CHANGES:
        return (
            f"Tempo: it changes {number_text(len(rates) - 1)} times, between {min(rates):.0f} and {max(rates):.0f} "
            "quarter notes a minute."
        )
    first, *others = facts.tempos
    beat = facts.meters[0].beat
    felt = (
        f", that is {first.quarters_a_minute / beat:.0f} {length_text(beat)} beats"
        if beat != 1
        else ""
    )
    changes = "".join(f"; {one.quarters_a_minute:.0f} from bar {one.bar}" for one in others)
    return f"Tempo: {first.quarters_a_minute:.0f} quarter notes a minute{felt}{changes}."


def _key(facts: Facts) -> str:
    if facts.key is None:
        return "Key: none, as there are no pitched notes."
    name = key_text(facts.key)
    last = facts.signatures[-1].sharps if facts.signatures else 0
    origins = {
        "file": f"{name}, as the file says",
        "signature": f"{name}, found from the notes; the signature of {signature_text(last)} agrees",
        "notes": f"probably {name}, found from the notes; the file has no key signature",
        "against": f"probably {name}, found from the notes; the signature of {signature_text(last)} does not fit them",
    }
    told = f"Key: {origins[facts.key_origin]}."
    changes = [f"{signature_text(one.sharps)} from bar {one.bar}" for one in facts.signatures]
    if len(changes) > 1:
        told += f" Signatures: {', '.join(changes[:_MOST_CHANGES])}."
    return told


def _manner(facts: Facts) -> Iterator[str]:
    if facts.dynamics:
        softest, loudest = facts.dynamics.softest, facts.dynamics.loudest
        if softest == loudest:
            yield f"Loudness: all notes are alike, {_mark(softest)}, velocity {softest}."
        else:
            trend = (
                f" It gets {facts.dynamics.trend} towards the end." if facts.dynamics.trend else ""
            )
            yield (
                f"Loudness: on average {_mark(facts.dynamics.mean)}, velocities from {softest} to {loudest}.{trend}"
            )
    if facts.playing:
        yield playing_text(
            facts.playing, is_drums=all(part.is_drum for part in facts.parts if part.notes)
        )
    if facts.swing != 0.5:
        yield f"Swing: off-beat eighths come late, at {facts.swing:.2f} of the quarter instead of 0.5."
    if facts.marks:
        ordered = sorted(facts.marks.items(), key=lambda pair: (-pair[1], pair[0]))
        yield f"The file also holds {joined([_mark_count(*pair) for pair in ordered])}."


def _mark_count(name: str, count: int) -> str:
    return count_text(count, name, "directions in words" if name == "direction in words" else "")


def _mark(velocity: float) -> str:
    return next(name for most, name in _MARKS if velocity <= most)


# -- parts -----------------------------------------------------------------------------


def _part(part: PartDescription, sharps: int) -> str:
    called = (
        part.instrument if part.name in ("", part.instrument) else f"{part.name}, {part.instrument}"
    )
    if not part.notes:
        return f"Part {part.number}: {called}. It has no notes."
    told = [
        f"Part {part.number}: {called}, {count_text(part.notes, 'note')}, {part.notes_a_bar:g} a bar on average."
    ]
    if part.is_drum:
        return " ".join([*told, *_kit(part.drums)])
    if part.lowest is not None and part.highest is not None:
        told.append(_compass(part.lowest, part.highest, sharps))
    told.append(_texture(part.at_once))
    if part.motion:
        told.append(_motion(part.motion))
    if part.longest_note:
        note = part.longest_note
        told.append(
            f"Its longest note is {pitch_text(note.pitch, sharps)} in {bars_text(note.bar, note.bar)}, "
            f"{_long(note.quarters)}."
        )
    return " ".join([*told, *_silence(part)])


def _compass(lowest: int, highest: int, sharps: int) -> str:
    if lowest == highest:
        return f"All of them are {pitch_text(lowest, sharps)}."
    return (
        f"It ranges from {pitch_text(lowest, sharps)} to {pitch_text(highest, sharps)}, "
        f"{interval_text(highest - lowest)}."
    )


def _texture(at_once: int) -> str:
    if at_once == 1:
        return "It plays one note at a time."
    return f"It plays up to {number_text(at_once)} notes at once."


def _motion(motion: Motion) -> str:
    shares = {
        "by step": motion.steps,
        "by a third": motion.thirds,
        "by a leap": motion.leaps,
        "stay on the same note": motion.repeats,
    }
    told = [f"{share_text(share)} {name}" for name, share in shares.items() if share >= 0.005]
    moves = f"Of its moves from note to note, {joined(told)}."
    if motion.widest <= 4:
        return moves
    where = bars_text(motion.widest_bar, motion.widest_bar)
    return f"{moves} The widest is {interval_text(motion.widest)}, in {where}."


def _silence(part: PartDescription) -> Iterator[str]:
    if part.first_bar > 1:
        yield f"It enters in bar {part.first_bar}."
    if part.longest_rest is None:
        yield "It has no rests between its notes."
        return
    rest = part.longest_rest
    bars = bars_text(rest.first, rest.last)
    length = f"{_long(rest.quarters)}, in {bars}" if rest.last - rest.first < 2 else f"in {bars}"
    yield f"It is silent {share_text(part.silent)} of the time; its longest rest is {length}."


def _kit(drums: Sequence[Drum]) -> Iterator[str]:
    told = []
    for drum in drums[:_MOST_NAMES]:
        beats = joined([beat_text(beat) for beat in drum.beats])
        told.append(
            f"{drum.name} {times_text(drum.strokes)}{f', mostly on beat {beats}' if beats else ''}"
        )
    yield f"Drums: {'; '.join(told)}."
    if len(drums) > _MOST_NAMES:
        yield f"And {count_text(len(drums) - _MOST_NAMES, 'other drum')}."


# -- melody and form ---------------------------------------------------------------------


def _opening(facts: Facts, sharps: int) -> str:
    runs = facts.opening
    where = f", probably in part {facts.melody}," if len(facts.parts) > 1 else ""
    told = f"Opening: the melody{where} begins on {pitch_text(runs[0].first, sharps)}"
    for index, run in enumerate(runs):
        if run.first == run.last:
            told += " and stays there"
            continue
        way = "rises" if run.last > run.first else "falls"
        manner = f"{run.manner} " if run.manner else ""
        told += f", {'then ' if index else ''}{way} {manner}to {pitch_text(run.last, sharps)}"
    return f"{told}."


def _form(sections: Sequence[Section], bars: int) -> str:
    if bars > MOST_BARS:
        return f"Form: not looked for in pieces of more than {MOST_BARS:,} bars."
    if not sections:
        return "Form: no section that comes back was found."
    letters = " ".join(section.letter for section in sections)
    if len(sections) <= _MOST_SECTIONS:
        return f"Form: {letters}. {' '.join(map(_section, sections))}"
    back = [section for section in sections if section.source]
    come = "comes" if len(back) == 1 else "come"
    counts = f"{len(sections)} sections, {number_text(len(back))} of them {come} back"
    # a row of letters of which hardly any comes back says nothing
    few = len(sections) > _MOST_LETTERS or len(back) * _LEAST_BACK < len(sections)
    named = "Form: " if few else f"Form: {letters}; "
    more = " And so on." if len(back) > _MOST_NAMES else ""
    return f"{named}{counts}. {' '.join(map(_section, back[:_MOST_NAMES]))}{more}"


def _section(section: Section) -> str:
    where = bars_text(section.first, section.last)
    where = where[0].upper() + where[1:]
    if section.source is None:
        return f"{where}: {section.letter}."
    source = bars_text(*section.source)
    if section.kind == SAME:
        return f"{where}: {section.letter} again, note for note as in {source}."
    if len(section.changed) < section.last - section.first + 1:
        return f"{where}: {section.letter} again, as in {source} but for {bar_list_text(section.changed)}."
    return f"{where}: {section.letter} again, varied; unlike {source}."


def _repeats(facts: Facts) -> str:
    count = len(facts.repeats)
    if not count:
        return "Repeats: no bar is an earlier bar note for note."
    be = "is" if count == 1 else "are"
    return f"Repeats: {count} of {facts.bars} bars {be} an earlier bar note for note."


def _cadences(cadences: Sequence[Cadence], key: Key, *, sure: bool) -> str:
    resting = [cadence for cadence in cadences if cadence.kind != "none"]
    on = [cadence.bar for cadence in cadences if cadence.kind == "none"]
    if len(resting) > _MOST_CADENCES:
        kinds = Counter(_CADENCES[cadence.kind] for cadence in resting)
        told = [f"{name} {times_text(count)}" for name, count in kinds.most_common()]
        likely = "" if sure else "probably "
        last = _cadence(resting[-1], key, sure=sure)
        return (
            f"Phrases: the melody comes to rest with {likely}{joined(told)}; the last time {last}."
        )
    told = [_cadence(cadence, key, sure=sure) for cadence in resting]
    text = f"Phrases: the melody comes to rest {'; '.join(told)}." if told else "Phrases:"
    if len(on) > _MOST_CADENCES:
        return f"{text} It runs on through {number_text(len(on))} bars where a phrase might end."
    return f"{text} It runs on through {bar_list_text(on)}." if on else text


def _cadence(cadence: Cadence, key: Key, *, sure: bool) -> str:
    kind, pitch = _CADENCES[cadence.kind], pitch_text(cadence.pitch, key.sharps)
    likely = kind if sure else f"probably {kind}"
    return f"in bar {cadence.bar} on {pitch}, {degree_text(cadence.pitch, key)}, {likely}"


# -- chords ------------------------------------------------------------------------------


def _chords(facts: Facts) -> str:
    origin = "as the file names them" if facts.chords_printed else "read from the notes"
    names = Counter(chord_text(chord.name.partition("/")[0]) for chord in facts.chords)
    usual = [name for name, _ in names.most_common(_MOST_NAMES)]
    bars = list(_chords_by_bar(facts.chords))
    told = ". ".join(bars[:_MOST_CHORD_BARS])
    more = " and so on" if len(bars) > _MOST_CHORD_BARS else ""
    return f"Chords, {origin}; the most usual are {joined(usual)}. {told}{more}."


def _chords_by_bar(chords: Iterable[ChordPlace]) -> Iterator[str]:
    for bar, group in groupby(chords, key=lambda chord: chord.bar):
        told = []
        for chord in group:
            place = f" on beat {beat_text(chord.beat)}" if chord.beat != 1 else ""
            told.append(f"{chord_text(chord.name)}{place}")
        where = bars_text(bar, bar)
        yield f"{where[0].upper()}{where[1:]}: {', '.join(told)}"
