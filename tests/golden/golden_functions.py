"""Cases of the golden set that use `symgen` from Python, in a folder that holds the inputs."""

from __future__ import annotations

import asyncio
import itertools
import sys
import wave
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import symgen
from symgen.writing.harmonizing import harmonize
from symgen.writing.infilling import infill, infills
from symgen.writing.varying import vary

FUNCTIONS: dict[str, Callable[[], Any]] = {}


def case(function: Callable[[], Any]) -> Callable[[], Any]:
    """Put a function into the table."""
    FUNCTIONS[function.__name__] = function
    return function


def notes(score: symgen.Score) -> list[Any]:
    """All that is played: program, drums, and onset, duration, pitch, velocity of each note."""
    return [
        (
            part.program,
            part.is_drum,
            part.name,
            [(n.onset, n.duration, n.pitch, n.velocity) for n in part.notes],
        )
        for part in score.parts
    ]


def outcome(function: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """Say which error a call raises."""
    try:
        return repr(function(*arguments, **options))
    except symgen.SymgenError as error:
        return f"{type(error).__name__} {error.exit_status}: {error}"


@case
def sentences() -> Any:
    asked = (
        "jig in D, 16 bars, with an ending", "sad", "happy in A minor", "two flutes, one minute", "80 bpm, 90 bpm",
        "string quartet in c minor", "calm tune for cello over C G Am F", "purple jig",
    )  # fmt: skip
    return [outcome(symgen.read_controls, sentence) for sentence in asked]


# -- scores and what they are made of ----------------------------------------------------


@case
def names() -> Any:
    return symgen.__all__, dir(symgen)


@case
def keys() -> Any:
    texts = ("G", "F# minor", "Bb", "D dorian", "E blues", "C harmonic minor", "a", "Cb", "H", "")
    return [outcome(lambda text: str(symgen.Key.parse(text)), text) for text in texts]


@case
def meters() -> Any:
    texts = ("4/4", "6/8", "3/4", "5/8", "2/2", "12/8", "4/3", "0/4", "x")
    return [outcome(lambda text: str(symgen.Meter.parse(text)), text) for text in texts]


@case
def a_score_of_our_own() -> Any:
    tune = symgen.Part(
        tuple(symgen.Note(240 * i, 60 + i % 5, 240, 70 + i) for i in range(16)),
        program=73,
        name="Pipe",
    )
    bass = symgen.Part((symgen.Note(0, 36, 1920), symgen.Note(1920, 43, 1920)), program=32)
    score = symgen.Score((tune, bass), 480)
    for name in ("own.mid", "own.musicxml"):
        symgen.save_score(score, name)
    again = [notes(symgen.load_score(name)) for name in ("own.mid", "own.musicxml")]
    bars = [(bar.number, bar.start, bar.end) for bar in score.bars]
    return again, bars, score.seconds(score.length), score.note_count


@case
def a_part_of_an_array() -> Any:
    rows = [(240 * i, 240, 60 + i % 5, 70 + i) for i in range(16)]
    part = symgen.Part.from_array(rows, program=73, name="Pipe")
    symgen.Score((part,), 480).save("array.mid")
    refused = outcome(symgen.Part.from_array, [(0, 0, 60, 80)])
    return (
        part.note_array().tolist(),
        part.note_count,
        notes(symgen.load_score("array.mid")),
        refused,
    )


@case
def packed_pieces() -> Any:
    from symgen.cli import main

    status = main(["generate", "--bars", "2", "-n", "4", "--packed", "-o", "packed", "-q"])
    found = [(number, notes(score)) for number, score in symgen.unpack("packed", (1, 3))]
    refused = outcome(lambda: list(symgen.unpack("packed", (9,))))
    return status, found, refused


@case
def every_format_read() -> Any:
    files = sorted(
        path
        for path in Path().iterdir()
        if path.suffix in (".abc", ".krn", ".mid", ".mxl", ".musicxml")
    )
    tunes = [symgen.load_tune(str(path)) for path in files]
    return [
        (path.name, notes(t.score), list(t.problems)) for path, t in zip(files, tunes, strict=True)
    ]


@case
def every_format_written() -> Any:
    for source, kind in itertools.product(
        ("full.musicxml", "jig.abc", "everything.mid"), ("mid", "musicxml")
    ):
        symgen.save_score(symgen.load_score(source), f"{source}.{kind}")


@case
def described() -> Any:
    found: symgen.Description = symgen.load_score("chorale.abc").describe()
    return str(found), found.key, found.bars


@case
def chords_found() -> Any:
    chorale = symgen.load_score("chorale.abc")
    first: symgen.FoundChord = symgen.find_chords(chorale)[0]
    return first, symgen.find_chords(chorale), symgen.find_chords("everything.mid", key="C minor")


@case
def conversions() -> Any:
    score = symgen.load_score("chorale.abc")
    symgen.to_mido(score).save("mido.mid")
    pretty, stream = symgen.to_pretty_midi(score), symgen.to_music21(score)
    played = [
        [(n.start, n.end, n.pitch, n.velocity) for n in part.notes] for part in pretty.instruments
    ]
    written = [(float(n.offset), float(n.quarterLength), str(n)) for n in stream.flatten().notes]
    return (
        played,
        written,
        [notes(symgen.load_score(source)) for source in (pretty, stream, Path("mido.mid"))],
    )


@case
def conversions_of_libraries_for_training() -> Any:
    score = symgen.load_score("everything.mid")
    made = symgen.to_symusic(score), symgen.to_muspy(score)
    back = symgen.from_symusic(made[0]), symgen.from_muspy(made[1])
    return [notes(score) for score in (*map(symgen.load_score, made), *back)]


@case
def limits() -> Any:
    tight = symgen.Limits(notes=10)
    return asdict(symgen.Limits()), outcome(symgen.load_score, "everything.mid", limits=tight)


@case
def errors() -> Any:
    (Path("bad.mid")).write_bytes(b"MThd")
    Path("there.mid").write_bytes(b"")
    score, model = symgen.load_score("jig.abc"), symgen.load_model()
    kinds = (
        "CheckpointError",
        "ControlError",
        "ExistsError",
        "FormatError",
        "MissingDependencyError",
        "RenderError",
    )
    return (
        [
            (name, [base.__name__ for base in getattr(symgen, name).__mro__[1:]][-4:])
            for name in kinds
        ],
        outcome(symgen.load_score, "bad.mid"),
        outcome(symgen.load_model, "tunes"),
        outcome(symgen.save_score, score, "there.mid"),
        outcome(symgen.save_score, score, "a.txt"),
        outcome(symgen.render, score, "a.wav", soundfont="jig.abc"),
        outcome(symgen.render, score, "a.wav", rate=1),
        outcome(symgen.Controls, bars=2, temperature=9),
        outcome(symgen.Controls, chords="X"),
        outcome(model.generate, symgen.Controls(bars=2, style="tango")),
        outcome(model.continue_, "nothing.mid"),
        outcome(symgen.TrainOptions, epochs=0),
        outcome(symgen.CorpusOptions, grid=5),
        outcome(symgen.Store.open, "tunes"),
    )


# -- models ------------------------------------------------------------------------------


@case
def generated() -> Any:
    folk, chamber = symgen.load_model(), symgen.load_model("chamber")
    wanted = symgen.Controls(
        bars=4, key="G major", meter="6/8", style="jig", end=True, temperature=0.9
    )
    pieces = folk.generate(wanted, count=2, seed=7, candidates=4)
    pieces.append(chamber.generate(bars=2, instruments=("violin", "cello"), seed=8))
    return (
        [notes(piece) for piece in pieces],
        folk.name,
        folk.parameters,
        folk.styles,
        chamber.periods,
    )


@case
def generated_in_many_meters() -> Any:
    model = symgen.load_model()
    meters = ("2/4", "3/4", "4/4", "6/8", "9/8", "12/8", "2/2", "3/8", "5/4", "7/8")
    return [notes(model.generate(symgen.Controls(bars=2, meter=meter), seed=1)) for meter in meters]


@case
def generated_in_many_keys() -> Any:
    model, keys = symgen.load_model("chorale"), ("C", "F# minor", "Bb", "E dorian", "A mixolydian")
    return [
        notes(model.generate(symgen.Controls(bars=1, key=key, strict_key=True), seed=2))
        for key in keys
    ]


@case
def continued() -> Any:
    models = [symgen.load_model(name) for name in ("folk", "piano", "chorale")]
    tune = symgen.load_score("chorale.abc")
    alone = models[0].continue_("round.abc", bars=2, key="G", end=True, seed=3, part=1)
    bytes_read = models[0].continue_(Path("daw.mid").read_bytes(), bars=2, seed=3)
    both = [models[i].continue_(tune, bars=2, seed=4, candidates=2) for i in (1, 2)]
    return [notes(piece) for piece in (alone, bytes_read, *both)]


@case
def extended() -> Any:
    return [notes(verb("jig.abc", bars=1, seed=6)) for verb in (symgen.extend, symgen.continue_)]


@case
def streamed() -> Any:
    model = symgen.load_model()
    new = model.stream(symgen.Controls(bars=3), seed=5)
    more = model.stream(symgen.Controls(bars=2), tune="jig.abc", seed=6)
    return [notes(score) for score in (*new, *more)]


@case
def streamed_by_the_model_that_fits() -> Any:
    async def bars() -> list[Any]:
        return [notes(score) async for score in symgen.stream_async(bars=2, key="C", seed=3)]

    told: list[symgen.Progress] = []
    symgen.load_model().reporting(told.append).generate(bars=2, seed=5)
    choir = symgen.stream(bars=2, style="chorale", seed=4)
    return [notes(score) for score in choir], asyncio.run(bars()), told


@case
def rewritten() -> Any:
    found: list[symgen.Rewritten] = [
        infill("round.mid", (2, 3), seed=1, particles=4),
        vary("round.mid", 0.5, seed=2, particles=4),
        harmonize("waltz.krn", seed=3, particles=3),
        infill("chorale.abc", (2, 2), model=symgen.load_model("chamber"), seed=4, particles=3),
        *infills(
            "round.mid", (2, 3), count=2, seed=1, particles=4, pins=["2.1", symgen.Pin(1, 0, 60)]
        ),
    ]
    return [(notes(made.score), made.kept) for made in found]


@case
def a_band() -> Any:
    made = symgen.accompany("round.abc", style="country", parts="chords,bass,drums:7", seed=2)
    song = symgen.generate(style="bossa", bars=4, key="C", seed=1)
    whole = symgen.accompany("round.abc", "rock", intro=True, ending=True, drums="drawn", seed=2)
    lead = symgen.generate(style="bossa", bars=4, key="C", parts="melody,drums", seed=1)
    beat = symgen.drums("funk", bars=2, fills=2, end=True, seed=3)
    made_all = (made, song, whole, lead, beat)
    return [notes(score) for score in made_all], symgen.read_controls("sad waltz, 8 bars")


# -- sound -------------------------------------------------------------------------------


@case
def awaited() -> Any:
    async def all_of_them() -> list[Any]:
        score = symgen.load_score("jig.abc")
        await symgen.render_async(score, "a.wav", rate=8000, feel=0)
        return await asyncio.gather(
            symgen.generate_async(bars=2, seed=1),
            symgen.continue_async(score, bars=2, seed=2),
            symgen.infill_async(score, (2, 3), seed=3, particles=2),
            symgen.vary_async(score, 0.2, seed=4, particles=2),
            symgen.harmonize_async(score, seed=5, particles=1),
            symgen.transcribe_async("counted.wav", count_in=4),
        )

    return [notes(score) for score in asyncio.run(all_of_them())]


@case
def awaited_bars() -> Any:
    async def bars() -> list[Any]:
        return [notes(score) async for score in symgen.stream_async(bars=2, seed=5)]

    told: list[symgen.Progress] = []
    symgen.load_model().reporting(told.append).generate(bars=2, seed=1)
    return asyncio.run(bars()), [asdict(progress) for progress in told]


@case
def performed() -> Any:
    score = symgen.load_score("chorale.abc")
    played = symgen.perform(score, feel=1, style="chorale", seed=2)
    played.save("a.mid")
    return notes(symgen.perform(played, feel=0)), outcome(symgen.perform, score, feel=2)


@case
def rendered() -> Any:
    score = symgen.load_score("everything.mid")
    symgen.render(score, "a.wav", rate=8000, feel=0)
    symgen.render(
        score, "b.flac", rate=8000, stems=True, pan="off", reverb=False, chorus=True, feel=0
    )


@case
def rendered_without_fluidsynth() -> Any:
    with patch.dict(sys.modules, {"fluidsynth": None}):
        for name in ("jig.abc", "everything.mid", "full.musicxml"):
            symgen.render(symgen.load_score(name), f"{name}.wav", rate=8000, feel=0)
        symgen.render(
            symgen.load_score("chorale.abc"), "stems.wav", rate=8000, stems=True, loop=True, feel=0
        )


@case
def heard() -> Any:
    with wave.open("sung.wav") as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768.0
        rate = file.getframerate()
    found: symgen.Transcription = symgen.listen(sound, rate, tempo=120)
    facts = (found.tempo, found.tempo_confidence, str(found.meter), found.has_pickup)
    rows = [
        notes(symgen.transcribe(sound, rate, key="G")),
        notes(symgen.transcribe("counted.wav", count_in=4)),
    ]
    return notes(found.score), [round(x, 6) for x in facts[:2]], facts[2:], rows


@case
def drawn() -> Any:
    score = symgen.load_score("chorale.abc")
    symgen.plot_score(score, "a.png", prompt_end=2 * 1920, title="A title")


# -- corpora, training, figures ----------------------------------------------------------


@case
def trained_and_evaluated() -> Any:
    options = symgen.CorpusOptions(workers=1, min_bars=2, ratios=(0.6, 0.2, 0.2), velocity=80)
    symgen.build_corpus(["tunes"], "own", options=options)
    store = symgen.Store.open("own")
    result = symgen.train(
        store, "r", options=symgen.TrainOptions(epochs=1, device="cpu", seed=4, batch=4, steps=16)
    )
    model: symgen.Model = symgen.load_model("r")
    found: symgen.Evaluation = symgen.evaluate(
        "tunes", "own", split="train", resamples=10, classifiers=False
    )
    figures = {name: value for name, value in result.metrics.items() if name != "seconds"}
    return (
        len(store),
        figures,
        notes(model.generate(symgen.Controls(bars=1), seed=1)),
        found.to_markdown(),
    )
