"""The table of commands around the writing: edit, hear, look up, once more."""

from __future__ import annotations

from symgen.cli.options import (
    FEEL_OF_SOUND,
    FILES,
    FONT,
    GIVEN,
    LIMIT,
    MANY,
    PAPER,
    READ,
    SEED,
    WHAT,
    Command,
    Option,
    flag,
    formats,
    outputs,
    place,
    under,
    value,
)

__all__ = ["AGAIN", "EDIT", "HISTORY", "PERFORM", "PLAY", "STUDIO", "STYLES"]

_PIECE = "MIDI, MusicXML, ABC or kern"
(_JSON,) = under(FILES, flag("--json", "print JSON, an object a line"))
_NUMBER = Option(
    ("piece",),
    {"metavar": "N", "type": int, "help": "its number in `symgen history`; 0: the last one"},
    GIVEN,
)
_MORE = Option(
    ("more",),
    {"metavar": "OPTION", "nargs": "...", "help": "of that command, such as --tempo 90"},
    GIVEN,
)

EDIT = Command(
    "edit",
    "editing:edit",
    "transpose, quantize, cut, or give another tempo or instrument; nothing is composed",
    (
        place("tune", "TUNE", _PIECE, "+"),
        *under(READ, value("--part", "N", "edit this part only, counted from 1", int)),
        LIMIT,
        *under(
            WHAT,
            value("--bars", "A-B", "keep these bars, counted from 1; 0: a pickup").also("-b"),
            value(
                "--transpose", "N|KEY", "semitones such as +2 or -12, or a key such as 'D major'"
            ),
            value("--quantize", "GRID", "move notes to the grid: 1/8, 1/16, with triplets 1/8t"),
            value("--tempo", "BPM|%", "quarter notes a minute throughout, or a share: 80%%").also(
                "--bpm"
            ),
            value("--instrument", "NAME", "General MIDI name or number, such as flute"),
        ),
        *(option for option in outputs() if option.name != "count"),
        *MANY,
    ),
    defaults={"count": 1},
    examples=(
        "symgen edit tune.mid --transpose 'D major' --tempo 96",
        "symgen edit tune.mid --quantize 1/16 --instrument flute",
        "symgen edit tune.musicxml --bars 5-8 -o four.musicxml",
        "symgen edit a.mid b.mid --transpose -12 --out-dir low",
    ),
    many="tune",
)

_NOTATED = ("xml", "abc", "lead-sheet", "sheet", "output", "format", "count", "feel")
"""What a performance is not written as, and what it says in its own words."""

PERFORM = Command(
    "perform",
    "performing:perform",
    "play a piece as people do: loudness, timing, tempo and pedal are laid over it; its score stays inside",
    (
        place("tune", "TUNE", _PIECE, "+"),
        LIMIT,
        *under(
            WHAT,
            value("--feel", "X", "0 (the score, byte for byte) to 1 (as people play)", float, 0.7),
            value(
                "--style",
                "NAME",
                "piano, chamber, chorale, folk, band, or a style such as swing (default: by the instruments)",
            ),
            value("--model", "MODEL", "a player that `symgen train-performer` taught"),
        ),
        SEED,
        *(option for option in outputs() if option.name not in _NOTATED),
        *under(
            FILES,
            value("-o --output", "OUT", "MIDI file to write, or - for standard output").also(
                "--out"
            ),
        ),
        formats("mid", "wav"),
        *MANY,
    ),
    defaults={"count": 1},
    examples=(
        "symgen perform tune.mid",
        "symgen perform tune.abc --feel 1 --style folk --wav",
        "symgen perform tune-performed.mid --feel 0 -o score.mid",
        "symgen perform a.mid b.mid --out-dir played",
    ),
    many="tune",
)

PLAY = Command(
    "play",
    "playing:play",
    "play a file aloud, or a piece of the history",
    (
        place("piece", "FILE|N", f"{_PIECE}, a recording, or a number out of `symgen history`"),
        LIMIT,
        *under(
            PAPER,
            value("--soundfont", "FILE", f"an {FONT}"),
            FEEL_OF_SOUND,
            value("--driver", "NAME", "of FluidSynth, such as alsa, pulseaudio or coreaudio"),
        ),
    ),
    examples=("symgen play tune.mid", "symgen play hum.wav", "symgen play 3"),
)

STUDIO = Command(
    "studio",
    "studio:studio",
    "open a page in the browser: draw notes, lock them, have takes written, hear them",
    (
        place("tune", "TUNE", f"{_PIECE}, or a recording: opened as a new project", "?"),
        *under(
            "how the page is served",
            value(
                "--port",
                "N",
                "port of this machine; 0: a free one (default 8765, else a free one)",
                int,
            ),
            flag("--no-browser", "print the start link, and open no browser").only_by("config"),
            value(
                "--host",
                "ADDRESS",
                "serve the network too; who has the token can read and change the projects, unencrypted",
                str,
                "127.0.0.1",
            ),
            value(
                "--token", "TOKEN", "16 signs or more of your own; with another --host it is needed"
            ),
        ),
        *under(FILES, value("--folder", "DIR", "where the projects are kept").only_by("config")),
    ),
    examples=("symgen studio", "symgen studio tune.mid", "symgen studio --no-browser --port 9000"),
)

STYLES = Command(
    "styles",
    "styles:styles",
    "list the models with the styles, periods and instruments that they know",
    (*under(FILES, value("--model", "NAME|PATH", "this model only")), _JSON),
    examples=("symgen styles", "symgen styles --model folk", "symgen styles --json"),
)

HISTORY = Command(
    "history",
    "history:history",
    "list the pieces that were made here, with the commands that made them",
    (
        *under(
            FILES,
            value("-n --count", "N", "so many, the last ones", int, 20),
            flag("--clear", "forget all of them; the files stay"),
        ),
        _JSON,
    ),
    examples=("symgen history", "symgen history -n 5 --json"),
)

AGAIN = Command(
    "again",
    "history:again",
    "run the command of a piece once more, to a new name; other options change it",
    (_NUMBER, _MORE),
    examples=("symgen again 0", "symgen again 3 --tempo 90 --wav"),
)
