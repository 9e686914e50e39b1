"""Drawing around given notes, with and without a look ahead: filled gaps and harmonized melodies.

    python -m lab around infill STORE [--count 60] [--model folk] [--particles 16]
    python -m lab around harmonize STORE [--count 77] [--particles 16] [--keep FOLDER]

infill: bars 5-8 of held-out tunes are drawn anew. How likely are the next four bars, given the new ones? The network
that filled them says so: bits a note, beside those given the true bars. harmonize: sopranos of held-out chorales of
Bach are set for four voices, beside Bach's own settings. With one particle there is no look ahead.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.evaluation.texture import voice_metrics
from symgen.music.score import Part, Score
from symgen.nets.session import Session
from symgen.sampling.events import Drawing, draw_event
from symgen.sampling.filters import Grammar
from symgen.sampling.forcing import FixedNotes, bar_plans
from symgen.tokens import decode, encode
from symgen.tokens.vocabulary import TIME
from symgen.writing.harmonizing import HARMONY_TEMPERATURE, harmonize
from symgen.writing.infilling import infill
from symgen.writing.model import Model

GAP, AHEAD = (5, 8), 4
RANGES = ((57, 81), (53, 76), (47, 69), (38, 64))
"""Of soprano, alto, tenor and bass: A3-A5, F3-E5, B2-A4, D2-E4."""
OCTAVE, TENTH = 12, 19
DISSONANT = (1, 2, 6)


def likelihood(model: Model, score: Score, key: symgen.Key, style: str) -> float:
    """Bits a note of the bars behind the gap, given all before."""
    events = model.planned(encode(score, model.vocabulary, key=key, style=style, whole=True)[0])
    pickup = int(events.header.pickup)
    lines = np.flatnonzero(events.fields[:, TIME] == model.vocabulary.bar)
    start, stop = GAP[1] + pickup, min(GAP[1] + pickup + AHEAD, events.header.bars)
    notes = int((events.fields[:, TIME] < model.vocabulary.skip).sum())
    plans = bar_plans(events, model.vocabulary, forms=np.ones(events.header.bars, dtype=bool))
    given = FixedNotes(
        events, np.ones(notes, dtype=bool), {}, model.vocabulary, plans=plans, monophonic_parts=True
    )
    session = Session(model._model.net, events.header)
    session.read(type(events)(events.fields[: lines[start]], events.header))
    grammar, rng = [Grammar(model.vocabulary, monophonic=True)], np.random.default_rng(0)
    weight, before = 0.0, len(session.prefix.notes)
    while not session.ended and session.prefix.bar < stop:
        weight += draw_event(session, grammar, Drawing(), rng, given=given)
    return -weight / math.log(2) / max(1, len(session.prefix.notes) - before)


def infilled(options: argparse.Namespace) -> None:
    model, store = symgen.load_model(options.model), Store.open(options.store)
    records = [
        r
        for r in store.pieces("test")
        if r.header.key and 12 <= r.header.bars - r.header.pickup <= 33
    ]
    columns: dict[str, list[float]] = {
        "the true bars": [],
        "one take": [],
        f"{options.particles} takes": [],
    }
    seconds = 0.0
    for seed, record in enumerate(records[: options.count]):
        real, key = decode(store.events(record), store.vocabulary), record.header.key
        assert key is not None
        columns["the true bars"].append(likelihood(model, real, key, record.header.style))
        controls = symgen.Controls(key=key, style=record.header.style or None)
        for name, particles in (("one take", 1), (f"{options.particles} takes", options.particles)):
            began = time.process_time()
            done = infill(real, GAP, model=model, controls=controls, seed=seed, particles=particles)
            seconds += (time.process_time() - began) * (particles > 1)
            columns[name].append(likelihood(model, done.score, key, record.header.style))
    count = len(columns["one take"])
    true = np.mean(columns["the true bars"])
    rows = [[name, np.mean(values), np.mean(values) / true] for name, values in columns.items()]
    print_table([f"bars 9-12 of {count} tunes, given", "bits a note", "to the true ones"], rows)
    print(f"\n{seconds / count:.2f} CPU seconds a tune with {options.particles} takes")


def errors(score: Score) -> dict[str, float]:
    """Count what a teacher of harmony would mark."""
    grid = score.resolution // 4
    end = max(note.end for part in score.parts for note in part.notes) // grid
    rolls = np.full((4, end), -1)
    for row, part in zip(rolls, score.parts, strict=False):
        for note in part.notes:
            row[note.onset // grid : max(note.onset // grid + 1, note.end // grid)] = note.pitch
    sounding = rolls >= 0
    both = [
        (rolls[i], rolls[i + 1], (sounding[i] & sounding[i + 1]), wide)
        for i, wide in enumerate((OCTAVE, OCTAVE, TENTH))
    ]
    pairs = [abs(rolls[i] - rolls[j]) % 12 for i in range(4) for j in range(i)]
    beats = np.arange(0, end, 8)
    classes = np.concatenate([np.minimum(pair[beats], 12 - pair[beats]) for pair in pairs])
    found = voice_metrics(score)
    return {
        "parallel fifths a bar": found.get("parallel_fifths", 0.0),
        "parallel octaves a bar": found.get("parallel_octaves", 0.0),
        "voices crossed": found.get("voice_crossings", 0.0),
        "out of range": float(
            np.mean(
                [
                    ((row[here] < low) | (row[here] > high)).mean() if here.any() else 0.0
                    for row, here, (low, high) in zip(rolls, sounding, RANGES, strict=True)
                ]
            )
        ),
        "too far apart": float(
            np.mean(
                [
                    ((one - other)[here] > wide).mean() if here.any() else 0.0
                    for one, other, here, wide in both
                ]
            )
        ),
        "dissonant pairs on strong beats": float(np.isin(classes, DISSONANT).mean()),
    }


def harmonized(options: argparse.Namespace) -> None:
    model, store = symgen.load_model("chorale"), Store.open(options.store)
    records = [
        r
        for r in store.pieces("test")
        if r.header.style == "chorale" and len({x.meter for x in r.header.runs}) == 1
    ]
    columns: dict[str, list[dict[str, float]]] = {
        "Bach": [],
        "one take": [],
        f"{options.particles} takes": [],
    }
    seconds = 0.0
    for seed, record in enumerate(records[: options.count]):
        real = decode(store.events(record), store.vocabulary)
        columns["Bach"].append(errors(real))
        soprano = real.with_parts([Part(real.parts[0].notes)])
        for name, particles in (("one take", 1), (f"{options.particles} takes", options.particles)):
            began = time.process_time()
            controls = symgen.Controls(key=record.header.key, temperature=HARMONY_TEMPERATURE)
            done = harmonize(
                soprano, model=model, controls=controls, seed=seed, particles=particles
            ).score
            seconds += (time.process_time() - began) * (particles > 1)
            columns[name].append(errors(done))
            if options.keep and particles > 1 and seed < 3:
                options.keep.mkdir(parents=True, exist_ok=True)
                symgen.save_score(done, options.keep / f"{seed}.mid", overwrite=True)
                symgen.render(done, options.keep / f"{seed}.wav", overwrite=True)
        print(f"{seed + 1} melodies", file=sys.stderr, flush=True)
    rows: Sequence[list[object]] = [
        [name, *(float(np.mean([one[name] for one in column])) for column in columns.values())]
        for name in columns["Bach"][0]
    ]
    print_table([f"mean of {len(columns['Bach'])} melodies", *columns], rows)
    print(
        f"\n{seconds / len(columns['Bach']):.1f} CPU seconds a melody with {options.particles} takes"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("job", choices=("infill", "harmonize"))
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--model", default="folk")
    parser.add_argument("--particles", type=int, default=16)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    (infilled if options.job == "infill" else harmonized)(options)
    return 0
