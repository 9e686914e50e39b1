"""Pictures of the docs, and the song of the README: all made by what they show.

    python -m lab pictures [-o docs]

`song.png` and `song.ogg` come from the commands in `SONG`; the pictures of docs/how-it-works.md are drawn from the
song's real events and from what the model really gives for its next note.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.common import run_symgen
from lab.commands import command_parser
from symgen.music.theory import Key, pitch_name
from symgen.nets.session import Session
from symgen.plots.colors import PART_COLORS
from symgen.plots.drawing import Boxes, Drawing, Lines, Words
from symgen.plots.rolls import draw_roll
from symgen.plots.svg import to_svg
from symgen.sampling.events import Drawing as Draws
from symgen.system.files import write_atomic
from symgen.tokens import Events, encode
from symgen.tokens.vocabulary import FIELDS, TIME

SONG = (
    'generate --bars 16 --meter 6/8 --key "G major" --style jig --seed 6 --plot -o song.mid',
    "render song.mid -o song.ogg",
)
KEY, STYLE = Key(7, "major"), "jig"
SHOWN_BAR, RETURNING_BAR = 1, 5
COLD = 0.5
RANGE = (67, 86)
FILTERS = ("filters: what would", "break a control goes")

Logits = NDArray[np.float32]
Row = NDArray[np.uint8]
Mark = Boxes | Lines | Words


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs"))
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for line in SONG:
            run = run_symgen(shlex.split(line), cwd=Path(folder))
            if run.returncode:
                sys.exit(f"{line}: {run.stderr}")
        for name in ("song.png", "song.ogg"):
            write_atomic(options.output / name, (Path(folder) / name).read_bytes())
        song = symgen.load_score(Path(folder) / "song.mid")
    model = symgen.load_model("folk")
    events, _ = encode(song, model.vocabulary, key=KEY, style=STYLE, whole=True)
    pictures = {
        "tokens": tokens(song, model.planned(events), model),
        "network": network(model),
        "sampling": sampling(model.planned(events), model),
    }
    for name, drawing in pictures.items():
        write_atomic(options.output / "pictures" / f"{name}.svg", to_svg(drawing))
    return 0


# -- events ------------------------------------------------------------------------------


def tokens(song: symgen.Score, events: Events, model: symgen.Model) -> Drawing:
    """Show a bar as a roll, and its events below."""
    bar = song.slice_bars(SHOWN_BAR, SHOWN_BAR)
    roll = draw_roll(bar)
    lines = list(np.flatnonzero(events.fields[:, TIME] == model.vocabulary.bar))
    chosen = [*range(lines[SHOWN_BAR - 1], lines[SHOWN_BAR]), lines[RETURNING_BAR - 1]]
    rows = [
        ([str(value) for value in events.fields[index]], _meaning(events.fields[index], model))
        for index in chosen
    ]
    marks: list[Mark] = list(roll.marks)
    top = roll.height + 26
    columns = [20 + 72 * i for i in range(len(FIELDS))] + [470]
    for x, head in zip(columns, (*FIELDS, "what it says"), strict=True):
        marks.append(Words(x, top, head, 12))
    marks.append(Lines(np.array([(20, top + 7, 880, top + 7)]), "line"))
    for number, (values, meaning) in enumerate(rows):
        y = top + 27 + 21 * number + (12 if number == len(rows) - 1 else 0)
        marks += [Words(x, y, value, 12) for x, value in zip(columns, values, strict=False)]
        marks.append(Words(columns[-1], y, meaning, 12))
    height = top + 27 + 21 * len(rows) + 20
    title = f"Bar {SHOWN_BAR} of the song as a piano roll, and as the events that the network reads"
    return Drawing(900, height, tuple(marks), title)


def _meaning(row: Row, model: symgen.Model) -> str:
    """Say in words what an event says."""
    known = model.vocabulary
    time, _, pitch, duration, velocity, form = map(int, row)
    if time != known.bar:
        after = "at once" if not time else f"{time} steps later"
        return f"a note {after}: {pitch_name(pitch)}, {duration} steps long, velocity {velocity}"
    goal = f"comes to rest on {pitch_name(pitch)}"
    if not form:
        return f"a bar opens: new; it {goal}"
    back, varied = known.lags[(form - 1) // 2], (form - 1) % 2
    how = "varied" if varied else "note for note"
    return f"bar {RETURNING_BAR} opens: as {back} bars ago, {how}; it {goal}"


# -- the network -------------------------------------------------------------------------


def network(model: symgen.Model) -> Drawing:
    """Show what the network reads, what it remembers, and in which order it answers."""
    copies = (
        "copy memory: what stood here",
        "1, 2, 4, 8 bars ago; what came",
        "after the same 8, 4, 2 notes",
    )
    memory = ("GRU", "one step an event,", f"{_hidden(model)} numbers of memory")
    marks = [
        *_box((20, 40, 240, 44), ("the last event",), "key"),
        *_box(
            (20, 96, 240, 62),
            ("where we are: place in the bar,", "bars left, what still sounds"),
            "key",
        ),
        *_box((20, 170, 240, 62), ("what you asked for:", "meter, key, style, length"), "key"),
        *_box((20, 290, 240, 96), copies, PART_COLORS[3]),
        *_box((330, 96, 170, 80), memory, PART_COLORS[0]),
    ]
    marks += _arrow(262, 62, 328, 118) + _arrow(262, 127, 328, 136) + _arrow(262, 201, 328, 156)
    heads = ("new bar: form? goal?", "when?", "which part?", "which pitch?", "how long?")
    for number, head in enumerate(heads):
        y = 40 + 58 * number
        marks += _box((570, y, 170, 38), (head,), PART_COLORS[2])
        if number > 1:
            marks += _arrow(655, y - 20, 655, y - 2)
    # The state goes to every head, the copy memory to those of notes.
    marks += _line(502, 136, 525, 136) + _line(525, 52, 525, 284)
    marks += _line(262, 338, 545, 338) + _line(545, 124, 545, 338)
    for number in range(len(heads)):
        marks += _arrow(525, 52 + 58 * number, 568, 52 + 58 * number)
        if number:
            marks += _arrow(545, 66 + 58 * number, 568, 66 + 58 * number)
    marks += _box((570, 350, 170, 56), FILTERS, PART_COLORS[4])
    marks += _arrow(655, 312, 655, 348)
    marks += _box((330, 430, 170, 44), ("draw: the next event",), PART_COLORS[5])
    marks += _line(655, 408, 655, 452) + _arrow(655, 452, 502, 452)
    marks += _line(328, 452, 8, 452) + _line(8, 452, 8, 62) + _arrow(8, 62, 18, 62)
    marks.append(Words(20, 24, "what is known", 13))
    marks.append(Words(330, 24, "what is remembered", 13))
    marks.append(Words(570, 24, "what is asked, in order", 13))
    title = "The network: what is known goes into a GRU, heads answer in order, filters, draw, and again"
    return Drawing(770, 500, tuple(marks), title)


def _hidden(model: symgen.Model) -> int:
    return int(model._model.net.config.hidden)


def _box(
    place: tuple[float, float, float, float], lines: Sequence[str], color: str
) -> Iterator[Mark]:
    """Draw a box with lines of text in its middle; `place` is left, top, width and height."""
    x, y, wide, high = place
    yield Boxes(np.array([place]), color, "line", 0.25 if color != "key" else 1.0)
    first = y + high / 2 + 4.5 - 8 * (len(lines) - 1)
    for number, line in enumerate(lines):
        yield Words(x + wide / 2, first + 16 * number, line, 12, "middle")


def _line(x: float, y: float, to_x: float, to_y: float) -> list[Mark]:
    return [Lines(np.array([(x, y, to_x, to_y)]), "line", 1.3)]


def _arrow(x: float, y: float, to_x: float, to_y: float) -> list[Mark]:
    """Draw a line with a head."""
    back = np.array([x - to_x, y - to_y]) / np.hypot(x - to_x, y - to_y) * 7
    side = np.array([-back[1], back[0]]) * 0.5
    tip = np.array([to_x, to_y])
    head = [np.concatenate([tip, tip + back + each]) for each in (side, -side)]
    return [*_line(x, y, to_x, to_y), Lines(np.array(head), "line", 1.3)]


# -- sampling ----------------------------------------------------------------------------


def sampling(events: Events, model: symgen.Model) -> Drawing:
    """Show what the model gives for the next pitch, and what filters and temperature make of it."""
    logits = most_open_pitch(events, model)
    everything = np.ones(len(logits), bool)
    lowest, highest = RANGE
    inside = (np.arange(len(logits)) >= lowest) & (np.arange(len(logits)) <= highest)
    asked = f"{pitch_name(lowest)}-{pitch_name(highest)}"
    panels = (
        ("what the network expects", Draws().probabilities("pitch", logits, everything)),
        (f"--range {asked}: notes outside are taken away", Draws().probabilities("pitch", logits, inside)),
        (f"--temperature {COLD} as well: surer", Draws(temperature=COLD).probabilities("pitch", logits, inside)),
    )  # fmt: skip
    shown = np.flatnonzero(panels[0][1] > 0.002)
    pitches = range(int(shown.min()) - 1, int(shown.max()) + 2)
    marks: list[Mark] = []
    for number, (name, chances) in enumerate(panels):
        marks += _panel(20, 30 + 190 * number, name, pitches, chances)
    title = "Chances of the next pitch: as the network gives them, within a range, and at a lower temperature"
    return Drawing(760, 30 + 190 * len(panels), tuple(marks), title)


def most_open_pitch(events: Events, model: symgen.Model) -> Logits:
    """Return the logits of the pitch of which the network is least sure in the song."""
    session = Session(model._model.net, events.header)
    found: list[Logits] = []
    for row in events.fields:
        if int(row[TIME]) < model.vocabulary.skip:
            asked = session.copy()
            asked.begin()
            asked.draw("time", int(row[TIME]))
            asked.draw("part", 0)
            found.append(asked.logits("pitch"))
        session.read(Events(row[None], events.header))
    return max(found, key=_entropy)


def _entropy(logits: Logits) -> float:
    chances = Draws().probabilities("pitch", logits, np.ones(len(logits), bool))
    chances = chances[chances > 0]
    return float(-(chances * np.log(chances)).sum())


def _panel(
    x: float, y: float, name: str, pitches: range, chances: NDArray[np.float64]
) -> Iterator[Mark]:
    wide, high = 700 / len(pitches), 120.0
    yield Words(x, y, name, 13)
    base = y + 20 + high
    for place, pitch in enumerate(pitches):
        left, chance = x + wide * place, float(chances[pitch])
        if chance > 0:
            tall = max(1.0, high * chance)
            box = np.array([(left + 2, base - tall, wide - 4, tall)])
            yield Boxes(box, PART_COLORS[0])
        if chance >= 0.05:
            yield Words(left + wide / 2, base - high * chance - 4, f"{chance:.0%}", 10, "middle")
        yield Words(left + wide / 2, base + 14, pitch_name(pitch), 10, "middle")
    yield Lines(np.array([(x, base, x + 700, base)]), "line")
