"""The page that compares takes: rolls, players and facts of each in one file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from string import Template

from symgen.analysis.describing import describe
from symgen.formats.midi import write_midi
from symgen.music.score import Score
from symgen.pages.facts import bar_count, describe_briefly, key_name, length_of, meter_name
from symgen.pages.frame import framed, page_part, terms, wide_table
from symgen.pages.sound import data_uri, page_sound
from symgen.performer.perform import perform
from symgen.performer.sounding import sounding
from symgen.plots.grid import RollStyle
from symgen.plots.rolls import roll_steps, roll_svg
from symgen.system.errors import ControlError
from symgen.system.files import PathLike, check_writable, write_atomic
from symgen.system.text import one_line

__all__ = [
    "PageTake",
    "named_take",
    "take_articles",
    "write_takes_page",
]

_WIDE, _NARROW = RollStyle(), RollStyle(row_quarters=16, quarter=22)
_MOST_SECONDS = 600.0
_MOST_DESCRIBED = 20_000
_ORDER = "The takes stand in the order in which they were written."
_BEST_FIRST = (
    "The best comes first. The score is what a classifier gives for a piece being real music "
    "(log odds: 0 is undecided, higher is better); your own ear may differ."
)


@dataclass(frozen=True, kw_only=True)
class PageTake:
    """A take as the page shows it."""

    score: Score
    name: str = ""  # heading and name of the MIDI file; "Take 2" without one
    seed: int | None = None
    rating: float | None = None  # the higher, the better
    command: str = ""  # makes it again
    key: str = ""  # found from the notes if left out
    description: str = ""  # a sentence or two for people who do not see the roll; made if left out
    prompt_end: int | None = None  # tick at which the new bars begin


def write_takes_page(
    takes: Iterable[PageTake],
    path: PathLike,
    *,
    title: str = "Takes",
    soundfont: PathLike | None = None,
    feel: float | None = None,
    overwrite: bool = False,
) -> None:
    """Write a page that compares takes: each with its piano roll, a player, facts and the command that makes it again.

    The page is one HTML file. Pictures, sounds (MP3, 64 kbit/s in mono, about 8 kB a second, ten minutes at most)
    and MIDI files stand in it, it asks nothing from the net, and forbids the browser to. Where all takes have a
    rating the best comes first, else they stand as given; of equal ones the earlier comes first. A take whose sound
    cannot be made says why in its place. The same takes give the same bytes.

    Parameters
    ----------
    takes : iterable of PageTake
        At least one. Only `PageTake.score` must be given; the rest is shown where it is known.
    path : path
        The file; ``.html`` by custom.
    title : str
        Heading and title of the page.
    soundfont : path, optional
        As for `symgen.render`.
    feel : float, optional
        How strongly the takes are performed, 0 (as written) to 1, in sound and MIDI, of a continuation the new bars;
        without it their sound is performed moderately and their MIDI as written.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    ControlError
        If there are no takes.
    FormatError
        If the file cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    """
    check_writable(path, overwrite=overwrite)
    shown = [named_take(take, number) for number, take in enumerate(takes, 1)]
    if not shown:
        raise ControlError(f"{path}: there are no takes to compare; write at least one")
    is_rated = all(take.rating is not None for take in shown)
    if is_rated:
        shown.sort(key=lambda take: -(take.rating or 0))
    else:
        shown = [replace(take, rating=None) for take in shown]
    intro = f'<p class="dim">{_intro(len(shown), is_rated=is_rated)}</p>'
    articles = take_articles(shown, soundfont, feel)
    page = framed(title, intro, "takes.html", table=_table(shown), takes=articles)
    write_atomic(path, page, overwrite=overwrite)


def named_take(take: PageTake, number: int) -> PageTake:
    """Return a take with the name and the key that it has not been given, each on a line."""
    name = one_line(take.name) or f"Take {number}"
    return replace(
        take, name=name, command=one_line(take.command), key=take.key or key_name(take.score)
    )


def _intro(count: int, *, is_rated: bool) -> str:
    order = (_BEST_FIRST if is_rated else _ORDER) if count > 1 else ""
    return f"{count} {'take' if count == 1 else 'takes'}, made by symgen. {order}".rstrip()


def _facts(take: PageTake) -> dict[str, str]:
    """Return what is said of every take by its heading; empty where it is not known."""
    return {
        "Score": "" if take.rating is None else f"{take.rating:.2f}",
        "Key": take.key,
        "Meter": meter_name(take.score),
        "Bars": str(bar_count(take.score)),
        "Notes": str(take.score.note_count),
        "Length": length_of(take.score),
        "Seed": "" if take.seed is None else str(take.seed),
    }


def _table(takes: Sequence[PageTake]) -> str:
    """Return the table of all takes, without columns of which nothing is known."""
    facts = [_facts(take) for take in takes]
    columns = [head for head in facts[0] if any(fact[head] for fact in facts)]
    place = "No." if takes[0].rating is None else "Place"
    rows = []
    for number, (take, fact) in enumerate(zip(takes, facts, strict=True), 1):
        name = f'<th scope="row"><a href="#take-{number}">{escape(take.name)}</a></th>'
        values = "".join(f"<td>{escape(fact[head])}</td>" for head in columns)
        rows.append(f"<tr><td>{number}</td>{name}{values}</tr>")
    return wide_table("Table of all takes", (place, "Take", *columns), rows)


def take_articles(
    takes: Sequence[PageTake], soundfont: PathLike | None, feel: float | None = None
) -> str:
    """Return the part of a page that shows takes which have names."""
    return "\n".join(
        _article(number, take, soundfont, feel) for number, take in enumerate(takes, 1)
    )


def _article(number: int, take: PageTake, soundfont: PathLike | None, feel: float | None) -> str:
    performed = perform(take.score, feel=feel, since=take.prompt_end or 0) if feel else take.score
    description = take.description or describe_briefly(take.score, take.key)
    again = f'<p class="dim">Make it again:</p><code>{escape(take.command)}</code>'
    return Template(page_part("take.html")).substitute(
        number=number,
        name=escape(take.name),
        description=escape(description),
        player=_player(take, performed, soundfont, None if feel else feel),
        wide_steps=_steps(take.score, _WIDE),
        wide=_roll(take, _WIDE),
        narrow_steps=_steps(take.score, _NARROW),
        narrow=_roll(take, _NARROW),
        facts=terms(_facts(take)),
        words=_in_words(take.score),
        again=again if take.command else "",
        midi=_midi_link(take, performed),
    )


def _in_words(score: Score) -> str:
    """Describe the piece for those who do not see its roll, folded away."""
    if not 0 < score.note_count <= _MOST_DESCRIBED:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in str(describe(score)).splitlines())
    return f"<details><summary>The piece in words</summary><ul>{lines}</ul></details>"


def _player(
    take: PageTake, performed: Score, soundfont: PathLike | None, feel: float | None
) -> str:
    sound = page_sound(performed, most_seconds=_MOST_SECONDS, soundfont=soundfont, feel=feel)
    player = ""
    if sound.uri:
        label = escape(f"Listen to {take.name}")
        player = (
            f'<audio controls preload="metadata" aria-label="{label}" src="{sound.uri}"></audio>'
        )
    start = sounding(performed, feel).seconds(take.prompt_end) if take.prompt_end else 0.0
    # Without scripts it stays hidden.
    button = f'<button type="button" data-start="{start:.3f}" hidden>Hear the new bars</button>'
    notice = f'<p class="dim">{escape(sound.notice)}</p>' if sound.notice else ""
    return player + (button if player and start else "") + notice


def _roll(take: PageTake, style: RollStyle) -> str:
    if not take.score.note_count:
        return ""
    return roll_svg(take.score, prompt_end=take.prompt_end, style=style)


def _steps(score: Score, style: RollStyle) -> str:
    steps = roll_steps(score, style) if score.note_count else []
    return escape(json.dumps([[round(value, 3) for value in step] for step in steps]))


def _midi_link(take: PageTake, performed: Score) -> str:
    uri = data_uri(write_midi(performed), "audio/midi")
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in take.name.lower()).strip("-")
    file = escape(f"{name or 'take'}.mid")
    return f'<a href="{uri}" download="{file}">Save the MIDI file of {escape(take.name)}</a>'
