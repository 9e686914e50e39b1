"""Small inputs of the golden set."""

from __future__ import annotations

import functools
import io
import json
import random
import re
import runpy
import wave
from pathlib import Path

import mido
import numpy as np

TESTS = Path(__file__).parents[1]
COPIES = {
    "daw.mid": "formats/data/cases/prompt_daw.mid",
    "everything.mid": "formats/data/cases/everything.mid",
    "twelve.mid": "formats/data/cases/prompt_twelve.mid",
    "full.musicxml": "formats/musicxml/data/full.musicxml",
    "zipped.mxl": "formats/data/cases/plain_named.mxl",
}
JIG = """X:1
T:The Irish Washerwoman
R:jig
M:6/8
L:1/8
K:G
|:d2c|BGG DGG|BGB dcB|cAA EAA|cAc edc|BGG DGG|BGB dcB|cBc Adc|BGG G3:|
"""
REPEATS = """X:1
T:Endings
R:polka
M:2/4
L:1/8
K:D
|:dA FA|dA FA|B2 ed|1 cA Bc:|2 cA d2||
|:fe dc|BA GF|EF GA|BA d2:|
"""
ROUND = """X:1
T:Frere Jacques
M:4/4
L:1/4
Q:1/4=100
K:C
C D E C|C D E C|E F G2|E F G2|G/A/G/F/ E C|G/A/G/F/ E C|C G, C2|C G, C2|
"""
WALTZ = """**kern
*M3/4
*k[f#]
*G:
4d
=1
2g
8b
8g
=2
2b
4a
=3
2g
4e
=4
2d
==
*-
"""
CHORALE = """X:1
T:Four voices
M:4/4
L:1/4
K:G
V:1
G A B c|d c B2|B c d e|d c B2|
V:2
D D D E|D D D2|G G G G|G F G2|
V:3
B, A, G, G,|A, A, G,2|D C B, C|D A, D2|
V:4 clef=bass
G,, F,, G,, C,|F,, F,, G,,2|G,, E,, G,, C,|D, D, G,,2|
"""
_MELODY = (67, 69, 71, 72, 74, 71, 67, 67)


def write_inputs(folder: Path) -> None:
    """Write all inputs into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _inputs().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


@functools.cache
def _inputs() -> dict[str, bytes]:
    facts = {f"{number:02}": {"title": f"Piece {number}", "style": "reel"} for number in range(8)}
    notation = {
        "jig.abc": JIG,
        "repeats.abc": REPEATS,
        "round.abc": ROUND,
        "waltz.krn": WALTZ,
        "chorale.abc": CHORALE,
    }
    labels = "".join(
        f"{i:02},{'air' if i % 3 else ''},{'dark' if i % 2 else 'bright'}\n" for i in range(12)
    )
    texts = {
        **notation,
        **_tunes(),
        "facts.json": json.dumps(facts),
        "labels.csv": f"file,style,mood\n{labels}nowhere,jig,dark\n",
    }
    found = {name: text.encode() for name, text in texts.items()}
    found |= {name: (TESTS / path).read_bytes() for name, path in COPIES.items()}
    fonts = runpy.run_path(str(TESTS / "audio" / "smallfont.py"))
    found |= {
        "small.sf2": fonts["font_bytes"](),
        "smaller.sf2": fonts["font_bytes"](fonts["sine"](12_000)),
    }
    return found | {
        "round.mid": _round(),
        "played.mid": _played(),
        "sung.wav": _recording(0),
        "counted.wav": _recording(4),
    }


def _tunes() -> dict[str, str]:
    """Write eight-bar tunes out of a few motifs: something can be learned from them."""
    draw = random.Random(7)  # noqa: S311
    motifs = ["C E G E", "G E C2", "C/D/ E F D", "E D C2", "A G F E", "D/E/F G A"]
    tunes = {}
    for number in range(14):
        bars = [draw.choice(motifs) for _ in range(4)]
        own = " ".join(draw.choice("CDEFGABc") for _ in range(4))
        head = f"X:1\nT:Tune {number}\nR:{draw.choice(['reel', 'march'])}\nM:4/4\nL:1/4\nK:C\n"
        text = "|".join([bars[0], bars[1], own, "C4", bars[2], bars[3], own[::-1], "C4"])
        tunes[f"tunes/{number:02}.abc"] = f"{head}{text}|]\n"
    return tunes


def _round() -> bytes:
    """Write the round as MIDI, which is read faster than notation."""
    pitches = {"G,": 55, "C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69}
    lengths = {"": 480, "2": 960, "/": 240}
    head = [
        mido.MetaMessage("time_signature", numerator=4, denominator=4),
        mido.MetaMessage("key_signature", key="C"),
        mido.MetaMessage("set_tempo", tempo=600_000),
        mido.Message("program_change", program=73),
    ]
    track = mido.MidiTrack(head)
    for name, length in re.findall(r"(G,|[A-G])([2/]?)", ROUND.partition("K:C")[2]):
        track.append(mido.Message("note_on", note=pitches[name], velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitches[name], time=lengths[length]))
    return _midi(track)


def _played() -> bytes:
    """Play a melody without a click: uneven times and touch."""
    draw = random.Random(3)  # noqa: S311
    track, now = mido.MidiTrack(), 0
    for number, pitch in enumerate(_MELODY * 3):
        onset = round(number * 410 + draw.uniform(-25, 25)) + 30
        track.append(
            mido.Message("note_on", note=pitch, velocity=draw.randint(60, 100), time=onset - now)
        )
        track.append(mido.Message("note_off", note=pitch, time=360))
        now = onset + 360
    return _midi(track)


def _midi(track: mido.MidiTrack) -> bytes:
    stream = io.BytesIO()
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(file=stream)
    return stream.getvalue()


def _recording(clicks: int, *, rate: int = 16000, beat: float = 0.5) -> bytes:
    """Make a mono WAV: clicks on the beat, then a note of five partials on each beat."""
    sound = np.zeros(round((clicks + len(_MELODY) + 1) * beat * rate))
    for place in range(clicks):
        start = round(place * beat * rate)
        sound[start : start + 40] += 0.7 * np.cos(np.arange(40) * 1.5) * np.linspace(1, 0, 40)
    time = np.arange(round(0.9 * beat * rate)) / rate
    for place, pitch in enumerate(_MELODY):
        pure = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * pure * k * time) / k**2 for k in range(1, 6)) * np.exp(
            -3 * time
        )
        start = round((clicks + place) * beat * rate)
        sound[start : start + time.size] += 0.4 * tone * np.minimum(1, time * 200)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(np.round(sound * 20000).astype("<i2").tobytes())
    return stream.getvalue()
