"""Small tunes and small networks that several rooms are tested with."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key, parse_pitch
from symgen.nets.checkpoint import Model, NetConfig, save_model_files
from symgen.tokens import BarRun, Events, Header, Vocabulary, encode

if TYPE_CHECKING:
    from symgen.training import Callbacks

V = Vocabulary()
STEPS = 12

REAL_TUNES = {
    "The Irish Washerwoman": (
        "6/8", "3/8", "G major",
        ("B4:1 C5:.5|D5:.5 B4:.5 B4:.5 G4:.5 B4:.5 B4:.5|D5:.5 B4:.5 D5:.5 G5:.5 D5:.5 B4:.5"
        "|C5:.5 A4:.5 A4:.5 E4:.5 A4:.5 A4:.5|C5:.5 A4:.5 C5:.5 E5:.5 D5:.5 C5:.5"
        "|D5:.5 B4:.5 B4:.5 G4:.5 B4:.5 B4:.5|D5:.5 B4:.5 D5:.5 G5:.5 D5:.5 B4:.5"
        "|C5:.5 B4:.5 C5:.5 A4:.5 D5:.5 C5:.5|B4:.5 G4:.5 G4:.5 G4:1.5"),
    ),
    "Amazing Grace": (
        "3/4", "1/4", "G major",
        ("D4|G4:2 B4:.5 G4:.5|B4:2 A4|G4:2 E4|D4:2 D4|G4:2 B4:.5 G4:.5|B4:2 A4|D5:3|D5:2 B4"
        "|D5:1.5 B4:.5 D5:.5 B4:.5|G4:2 D4|E4:1.5 G4:.5 G4:.5 E4:.5|D4:2 D4|G4:2 B4:.5 G4:.5|B4:2 A4|G4:3|G4:2"),
    ),
    "Frère Jacques": (
        "4/4", "", "C major",
        ("C4 D4 E4 C4|C4 D4 E4 C4|E4 F4 G4:2|E4 F4 G4:2|G4:.5 A4:.5 G4:.5 F4:.5 E4 C4"
        "|G4:.5 A4:.5 G4:.5 F4:.5 E4 C4|C4 G3 C4:2|C4 G3 C4:2"),
    ),
}  # fmt: skip
"""Traditional tunes: meter, meter of the pickup, key, bars."""


def tune(text: str, *, meter: str = "4/4", pickup: str = "", resolution: int = STEPS) -> Score:
    """Make a melody: bars parted by ``|``, notes as ``pitch:quarters`` (1 by default), ``-`` for a rest."""
    meters = [Meter.parse(pickup)] if pickup else []
    notes, start = [], 0
    for number, bar in enumerate(text.split("|")):
        own = meters[0] if meters and number == 0 else Meter.parse(meter)
        time = start
        for word in bar.split():
            name, _, quarters = word.partition(":")
            ticks = round(float(quarters or 1) * resolution)
            if name != "-":
                notes.append(Note(time, parse_pitch(name), ticks))
            time += ticks
        start += own.bar_ticks(resolution)
        assert time <= start
    changes = [MeterChange(0, meter) for meter in meters]
    changes.append(
        MeterChange(meters[0].bar_ticks(resolution) if meters else 0, Meter.parse(meter))
    )
    return Score((Part(tuple(notes)),), resolution, meters=tuple(changes), length=start)


def real_events(vocabulary: Vocabulary = V) -> list[Events]:
    """The traditional tunes as events, and the last one as a round of four voices."""
    found = []
    for meter, pickup, key, text in REAL_TUNES.values():
        score = tune(text, meter=meter, pickup=pickup, resolution=vocabulary.grid)
        found.append(encode(score, vocabulary, key=Key.parse(key), style="trad")[0])
    bar = 4 * vocabulary.grid
    voices = [
        Part(
            tuple(
                replace(n, onset=n.onset + 2 * bar * i, pitch=n.pitch - 12 * (i % 2))
                for n in score.parts[0].notes
            )
        )
        for i in range(4)
    ]
    return [*found, encode(score.with_parts(voices), vocabulary, key=Key.parse(key))[0]]


def random_score(
    seed: int,
    *,
    bars: int = 12,
    meter: str = "4/4",
    pickup: str = "",
    parts: int = 1,
    chords: bool = False,
    grid: int = STEPS,
) -> Score:
    """A piece whose bars often repeat or vary earlier ones, so that the copy memory has something to say."""
    draw = random.Random(seed)  # noqa: S311
    meter = Meter.parse(meter)
    length = meter.bar_ticks(grid)
    first = Meter.parse(pickup).bar_ticks(grid) if pickup else 0
    made: list[list[tuple[int, int, int, int]]] = []
    for _ in range(bars):
        kind = draw.random()
        if made and kind < 0.5:
            bar = list(draw.choice(made))
            if kind < 0.2:
                bar = [(o, p + draw.choice([0, 0, 2]), d, v) for o, p, d, v in bar]
        else:
            bar, time = [], draw.choice([0, 0, 0, 3])
            while time < length:
                step = draw.choice([3, 6, 6, 12, 24, 120])
                for pitch in sorted(
                    draw.sample([55, 60, 62, 64, 65, 67, 69], draw.randint(1, 3) if chords else 1)
                ):
                    bar.append(
                        (
                            time,
                            pitch,
                            step if chords else min(step, length - time),
                            draw.choice([64, 80, 96]),
                        )
                    )
                time += step
        made.append(bar)
    voices: list[dict[tuple[int, int], Note]] = [{} for _ in range(parts)]
    if first:
        voices[0][0, 67] = Note(0, 67, first)
    for number, bar in enumerate(made):
        for offset, pitch, duration, velocity in bar:
            onset = first + number * length + offset
            voices[draw.randrange(parts)].setdefault(
                (onset, pitch), Note(onset, pitch, duration, velocity)
            )
    changes = ([MeterChange(0, Meter.parse(pickup))] if pickup else []) + [
        MeterChange(first, meter)
    ]
    return Score(
        tuple(Part(tuple(v.values()), i) for i, v in enumerate(voices)), grid, meters=tuple(changes)
    )


PIECES: tuple[dict[str, Any], ...] = (
    {"seed": 1},
    {"seed": 2, "meter": "6/8", "pickup": "1/8"},
    {"seed": 3, "meter": "3/4", "pickup": "1/4", "bars": 40},
    {"seed": 4, "parts": 3, "chords": True},
    {"seed": 5, "meter": "16/4", "bars": 5},
    {"seed": 6, "meter": "5/8", "parts": 2},
    {"seed": 7, "meter": "12/16", "chords": True},
    {"seed": 8, "bars": 50, "parts": 4, "chords": True},
)
"""Arguments of `random_score`: many meters, pickups, voices, chords, long notes and long rests."""


def random_events(
    seed: int, *, key: str = "", style: str = "", vocabulary: Vocabulary = V, **more: Any
) -> Events:
    """A random piece as events."""
    score = random_score(seed, grid=vocabulary.grid, **more)
    return encode(score, vocabulary, key=Key.parse(key) if key else None, style=style)[0]


def plain_header(bars: int = 4, meter: str = "4/4", **more: Any) -> Header:
    """Equal bars."""
    return Header(
        runs=(BarRun(bars, Meter.parse(meter), Meter.parse(meter).bar_ticks(STEPS)),), **more
    )


# -- networks ----------------------------------------------------------------------------

TINY = NetConfig(
    hidden=16, head=12, dropout=0.0, styles=("jig", "reel"), fixed=(("part", 0), ("velocity", 80))
)
USUAL = [["4/4", "reel", "G major", 3], ["4/4", "", "A minor", 1], ["6/8", "jig", "D dorian", 2]]
INFO: dict[str, Any] = {
    "name": "tiny",
    "usual": USUAL,
    "monophonic": True,
    "metrics": {"valid_bits_per_note": 9.5},
}


def random_net(
    config: NetConfig = TINY, *, seed: int = 0, scale: float = 0.3, vocabulary: Vocabulary = V
) -> Any:
    """An event network with random weights, large enough to have opinions."""
    import torch

    from symgen.nets.event import EventNet

    torch.manual_seed(seed)
    net = EventNet(config, vocabulary)
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(torch.randn_like(weight) * scale)
    return net.eval()


def weights_of(net: Any) -> dict[str, Any]:
    """Weights as plain arrays."""
    return {name: value.numpy().copy() for name, value in net.state_dict().items()}


def random_model(config: NetConfig = TINY, *, vocabulary: Vocabulary = V, **more: Any) -> Model:
    """A model that has learned nothing."""
    return Model(
        config, vocabulary, weights_of(random_net(config, vocabulary=vocabulary, **more)), INFO
    )


def save_model(folder: Path, model: Model) -> Path:
    """Write a model and return its folder."""
    save_model_files(model, folder)
    return folder


# -- a small corpus ----------------------------------------------------------------------


def corpus_tunes(count: int = 20) -> list[Score]:
    """Eight-bar tunes in AABB form out of a few motifs: something can be learned from them."""
    draw = random.Random(7)  # noqa: S311
    motifs = [
        "C4 E4 G4 E4",
        "G4 E4 C4:2",
        "C4:.5 D4:.5 E4 F4 D4",
        "E4 D4 C4:2",
        "A4 G4 F4 E4",
        "D4:.5 E4:.5 F4 G4 A4",
    ]
    scores = []
    for _ in range(count):
        a, b, c, d = (draw.choice(motifs) for _ in range(4))
        extra = " ".join(
            draw.choice(["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5"]) for _ in range(4)
        )
        scores.append(tune(f"{a}|{b}|{extra}|C4:4|{c}|{d}|{extra}|C4:4", resolution=480))
    return scores


def write_tunes(folder: Path, scores: Sequence[Score]) -> Path:
    """Write MIDI files."""
    from symgen.formats import save_score

    folder.mkdir()
    for number, score in enumerate(scores):
        save_score(score, folder / f"{number:02}.mid")
    return folder


def faster(score: Score, tick: int) -> Score:
    """The score with a change of tempo."""
    return replace(score, tempos=(*score.tempos, TempoChange.of_bpm(tick, 171)))


def onsets_in_bars(score: Score) -> list[int]:
    """How many notes begin in each bar."""
    starts = np.array([note.onset for part in score.parts for note in part.notes])
    return [int(((starts >= bar.start) & (starts < bar.end)).sum()) for bar in score.bars]


def ticking(report: Any = None, should_stop: Any = None, seconds: float = 1.0) -> Callbacks:
    """Callbacks of a run whose clock goes on by so much at each look, so that runs are alike."""
    from symgen.training import Callbacks

    ticks = itertools.count()
    return Callbacks(report, should_stop, clock=lambda: seconds * next(ticks))
