"""The table of commands that write music."""

from __future__ import annotations

from dataclasses import replace

from symgen.cli.band_commands import ACCOMPANY, ALONE, DRUMS, PIECE
from symgen.cli.options import (
    DRAWN,
    FEEL,
    FILES,
    FONT,
    JOBS,
    KEPT,
    LIMIT,
    MANY,
    OUT_DIR,
    OVERWRITE,
    PAPER,
    PRESET,
    READ,
    SEED,
    WHAT,
    Command,
    Option,
    flag,
    formats,
    outputs,
    place,
    repeated,
    under,
    value,
)
from symgen.music.control_table import CONTROLS

__all__ = ["WRITING"]


def _controls(*jobs: str) -> tuple[str, ...]:
    return tuple(name for name, row in CONTROLS.items() if row.jobs in jobs)


_FLUTE = "General MIDI name or number, such as flute"
(_MODEL,) = under(
    DRAWN,
    value(
        "--model",
        "NAME|PATH",
        "a model that comes along, or a run (default: the one that fits style, instruments or tune)",
    ),
)
(_COUNT_IN,) = under(
    READ,
    value(
        "--count-in",
        "N",
        "a recording opens with N clicks on the beat, which give its tempo and first bar line",
        int,
        0,
    ),
)
(_CANDIDATES,) = under(
    DRAWN,
    value(
        "--candidates",
        "N",
        "draw N takes and keep as many as -n says, by how real they sound and unlike each other",
        int,
        1,
    ),
)

(_MOOD,) = under(
    WHAT,
    value(
        "--mood",
        "NAME",
        "happy, sad, calm, tense or epic: tempo, key, density and range, as far as you give none",
    ).only_by("line"),
)
_SENTENCE = place(
    "words",
    "WORDS",
    "what to write, such as 'sad waltz in A minor, 80 bpm, 16 bars'; what was understood is printed first",
    "*",
)

_PACKED = under(
    "a great many pieces",
    flag(
        "--packed",
        "pack the pieces into few files in the folder that -o names; `symgen unpack` takes them out",
    ).only_by("line"),
    value(
        "--shard",
        "K/N",
        "of packed pieces, write the K-th of N shares: by any machine, again if it was stopped",
    ).only_by("line"),
    value(
        "--scheduler",
        "tcp://HOST:PORT",
        "let the workers of a dask scheduler write packed parts; they must see the folder at the same path",
    ).only_by("line"),
    JOBS,
)

_SONGS = under(
    WHAT,
    value(
        "--parts",
        "LIST",
        "of a song with a band: all, or such as melody,bass,drums; drums:7 draws the drums alone anew",
    ),
    flag("--no-intro", "of a song with a band: its bars alone, without intro and ending"),
)

_GENERATE = Command(
    "generate",
    "writing:generate",
    "write new pieces: melodies, chorales, chamber music, or songs with a band",
    (
        _SENTENCE,
        PRESET,
        _MOOD,
        SEED,
        *_SONGS,
        _MODEL,
        _CANDIDATES,
        *ALONE,
        *outputs(),
        *_PACKED,
    ),
    controls=_controls("all", "pieces"),
    usual={"bars": 16},
    aliases=("new",),
    examples=(
        "symgen generate --style jig --key D --wav",
        "symgen generate 'sad waltz in A minor, 80 bpm, 16 bars'",
        "symgen generate --instruments violin,violin,viola,cello --xml",
        "symgen generate --style rock --bars 32 --key Am --form ABAB",
    ),
)

_UNPACK = Command(
    "unpack",
    "unpacking:unpack",
    "write the pieces of packed parts as files: all, or some by their numbers",
    (
        place("packs", "PARTS", "the folder that `symgen generate --packed` filled, or one part"),
        place("numbers", "NUMBER", "which pieces, such as 17 or 100-199 (default all)", "*"),
        *under(
            PAPER,
            flag("--wav", "render each piece too"),
            value("--soundfont", "FILE", f"for --wav: an {FONT}"),
            flag("--xml", "write MusicXML too").also("--musicxml"),
            flag("--abc", "write ABC too"),
            FEEL,
        ),
        *under(
            FILES,
            value("-o --output", "FOLDER", "write into this folder, which is made if need be").also(
                "--out", "--out-dir"
            ),
            formats("mid", "musicxml", "abc"),
        ),
        OVERWRITE,
    ),
    examples=(
        "symgen unpack parts -o tunes",
        "symgen unpack parts 17 100-199 --format abc",
    ),
)

_CONTINUE = Command(
    "continue",
    "writing:continue_tune",
    "continue a tune of your own: MIDI, MusicXML, ABC, kern or a recording",
    (
        place(
            "tune", "TUNE", "the file to continue; of a recording, the melody is written down", "+"
        ),
        _COUNT_IN,
        *under(
            READ,
            value("--use-bars", "A-B", "take these bars of the tune as the prompt"),
            value("--part", "N", "keep and continue this part only, counted from 1", int),
            value(
                "--parts",
                "LIST",
                "these parts go on, the others stay and fall silent: roles such as bass,drums, names or numbers",
            ),
            value(
                "--style-from",
                "FILE",
                "the new bars are in the manner of this piece, in the key and tempo of the tune",
            ),
        ),
        LIMIT,
        *under(FILES, flag("--no-prompt", "write the new bars alone")),
        PRESET,
        SEED,
        _MODEL,
        _CANDIDATES,
        *outputs(),
        *MANY,
    ),
    controls=_controls("all", "pieces", "prompts"),
    usual={"bars": 8},
    aliases=("extend",),
    examples=(
        "symgen continue tune.mid",
        "symgen continue tune.abc --bars 16 --end -o longer.musicxml",
        "symgen continue tune.mid --style-from song.mid",
        "symgen continue a.mid b.mid --out-dir longer --jobs 2",
    ),
    many="tune",
)

_TRANSCRIBE = Command(
    "transcribe",
    "transcribing:transcribe",
    "write down the melody of a recording, or MIDI that was played without a click",
    (
        place("recording", "IN", "WAV, FLAC, OGG, MP3, AIFF and others", "+"),
        *under(
            READ,
            repeated(
                "--limit", "NAME=N", "listen to more of a recording: seconds=N (default 1800)"
            ),
            value("--tempo", "auto|BPM", "quarter notes a minute", str, "auto").also("--bpm"),
            value("--meter", "auto|N/D", "such as 6/8", str, "auto").also(
                "--metre", "--time-signature"
            ),
            value("--key", "auto|KEY", "such as 'D dorian'", str, "auto"),
            _COUNT_IN,
            value("--grid", "N", "shortest note: 4, 8, 16, 32, or 1/8t", str, "16"),
            flag("--no-quantize", "leave the notes where they were played"),
            value(
                "--model",
                "RUN",
                "of `python -m lab train-transcriber`, or what comes along",
                str,
                "transcriber",
            ),
        ),
        *under(WHAT, value("--instrument", "NAME", _FLUTE)),
        *under(
            PAPER,
            flag("--wav", "render what was written down too"),
            value("--soundfont", "FILE", f"for --wav: an {FONT}"),
            flag("--xml", "write MusicXML too").also("--musicxml"),
            flag("--abc", "write ABC too"),
            flag("--plot", "draw the spectrum with the notes in it too"),
            flag("--play", "play what was written down aloud").only_by("config"),
            FEEL,
        ),
        *under(
            FILES,
            value("-o --output", "OUT", "file to write: .mid, .musicxml or .abc").also("--out"),
            formats("mid", "musicxml", "abc", "wav"),
            OUT_DIR,
            flag("--json", "print one JSON object instead of paths"),
        ),
        OVERWRITE,
        KEPT,
        *MANY,
    ),
    defaults={"count": 1},
    many="recording",
    examples=(
        "symgen transcribe hum.wav",
        "symgen transcribe hum.wav --tempo 96 --key 'D dorian' -o tune.musicxml",
        "symgen transcribe played.mid --grid 8",
    ),
)


_WORKED_ON = (
    *under(
        READ,
        value(
            "--parts",
            "LIST",
            "work on these parts only, the others stay: roles such as bass,drums, names or numbers",
        ),
    ),
    *under(
        WHAT,
        repeated(
            "--pin",
            "PLACE",
            "notes that stay exactly: 6 (a bar), 5.1 (a beat), 5.2.5 (beat 2 and a half), 5.1-5.3, 5.1:C5, 5.1:C5@bass",
        ),
    ),
)


def _rewriting(
    command: Command,
    *options: Option,
    temperature: float = 1.0,
    controls: tuple[str, ...] = (),
) -> Command:
    """Complete a job on a tune that is there."""
    shared = (
        *under(
            READ,
            value("--part", "N", "work on this part only, counted from 1", int),
        ),
        LIMIT,
        SEED,
        _MODEL,
        *under(
            DRAWN,
            value(
                "--particles",
                "N",
                "takes side by side, of which those go on that lead to what follows "
                "(default 16, fewer in full scores)",
                int,
            ),
        ),
    )
    return replace(
        command,
        job=f"rewriting:{command.name}",
        options=(*options, PRESET, *shared, *outputs(), *MANY),
        many="tune",
        controls=(*controls, *_controls("all")),
        usual={"temperature": temperature},
        defaults={"temperature": temperature},
    )


_REWRITING = (
    _rewriting(
        Command(
            "infill",
            "",
            "write some bars of a tune anew; the others stay note for note",
            examples=(
                "symgen infill tune.mid --bars 5-8",
                "symgen infill tune.abc --bars 3 -n 4 --wav",
                "symgen infill tune.mid --bars 5-8 --pin 5.1,6.3:C5",
            ),
        ),
        place("tune", "TUNE", PIECE, "+"),
        *under(
            WHAT,
            value(
                "--bars", "A-B", "the bars to write, counted from 1; 0: a pickup", required=True
            ).also("-b"),
        ),
        *_WORKED_ON,
        controls=("variation",),
    ),
    _rewriting(
        Command(
            "harmonize",
            "",
            "set a melody or a bass for four voices, or add an accompaniment; it stays note for note",
            aliases=("harmonise",),
            examples=(
                "symgen harmonize tune.mid --xml",
                "symgen harmonize tune.abc --style piano --end",
                "symgen harmonize tune.abc --voice bass --instrument 'church organ'",
            ),
        ),
        place("tune", "MELODY", PIECE, "+"),
        *under(
            WHAT,
            value("--voice", "soprano|bass", "what it is set as (default: by how low it lies)"),
            replace(
                value(
                    "--style",
                    "NAME",
                    "chorale or hymn: four voices; piano, guitar, pad, strings: an accompaniment",
                ),
                control="style",
            ).only_by("line"),
        ),
        temperature=0.8,
        controls=("instrument", "style", "end"),
    ),
    _rewriting(
        Command(
            "vary",
            "",
            "change some notes of a tune and keep its form",
            examples=("symgen vary tune.mid", "symgen vary tune.abc --amount 0.6 -n 3 --wav"),
        ),
        place("tune", "TUNE", PIECE, "+"),
        *under(WHAT, value("--amount", "X", "share of the notes, 0..1", float, 0.3)),
        *_WORKED_ON,
    ),
)

WRITING = (_GENERATE, _UNPACK, _CONTINUE, *_REWRITING, ACCOMPANY, DRUMS, _TRANSCRIBE)
