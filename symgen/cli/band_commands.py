"""The table of commands for bands and drums."""

from __future__ import annotations

from symgen.cli.options import (
    DRAWN,
    LIMIT,
    MANY,
    PAPER,
    PRESET,
    READ,
    SEED,
    WHAT,
    Command,
    flag,
    outputs,
    place,
    under,
    value,
)

__all__ = ["ACCOMPANY", "ALONE", "DRUMS", "PIECE"]

PIECE = "MIDI, MusicXML, ABC or kern"
"""What is read."""
ALONE = under(PAPER, flag("--stems", "with --wav, each part as a sound file of its own too"))
"""What bands have, that have parts."""

DRUMS = Command(
    "drums",
    "drumming:drums",
    "play drums alone, in a style, with fills",
    (
        *under(
            WHAT,
            value(
                "--style",
                "NAME",
                "such as rock, funk, jazz, latin, reggae, hiphop, disco, bossa, swing or waltz",
                str,
                "rock",
            ),
            value("--bars", "N", "how many bars", int, 8).also("-b"),
            value(
                "--tempo", "BPM", "quarter notes a minute (default: usual in the style)", float
            ).also("--bpm"),
            value("--meter", "N/D", "such as 6/8 (default: 4/4, of a waltz 3/4)").also(
                "--metre", "--time-signature"
            ),
            value(
                "--fills",
                "N",
                "a fill in every Nth bar, 0 for none (default: where the drummer likes)",
                int,
            ),
            flag("--end", "close with one stroke on the last bar"),
        ),
        SEED,
        *under(
            DRAWN,
            value("--temperature", "X", "above 1 bolder, below 1 plainer", float, 1.0),
            flag("--loose", "a little early or late, as drummers are, and not on the grid"),
        ),
        *outputs(),
    ),
    examples=(
        "symgen drums --style funk --bars 8",
        "symgen drums --style swing --bars 16 --tempo 160 --fills 8 --end --wav",
        "symgen drums --style bossa -n 4 --seed 7",
    ),
)

ACCOMPANY = Command(
    "accompany",
    "rewriting:accompany",
    "give a tune a band: chords, bass and drums in a style; it stays note for note",
    (
        place("tune", "TUNE", PIECE, "+"),
        *under(READ, value("--part", "N", "this part has the melody, counted from 1", int)),
        LIMIT,
        *under(
            WHAT,
            value(
                "--style",
                "NAME|FILE",
                "such as rock, or a MIDI file of some bars that a band plays",
                required=True,
            ),
            value(
                "--parts",
                "LIST",
                "such as chords,bass,drums (default: all of the style); drums:7 draws the drums alone anew",
            ),
            flag("--intro", "the band plays before the tune, as the style has it"),
            flag("--ending", "and closes behind it"),
            value(
                "--drums",
                "KIND",
                "style: as the example has them; drawn: by a network that learned from drummers; or a style of drums",
                default="style",
            ),
            value(
                "--loosen",
                "X",
                "share of the notes of chords, bass and others that a network draws anew, 0..1",
                float,
                0.0,
            ),
        ),
        *under(
            "a band that the tune has already",
            value("--again", "LIST", "make these parts anew, such as bass:7; all others stay"),
            value("--lock", "LIST", "these parts stay, and all others are made anew"),
            value("--drop", "LIST", "leave these parts out"),
        ),
        PRESET,
        SEED,
        *ALONE,
        *outputs(),
        *MANY,
    ),
    controls=("key", "chords"),
    examples=(
        "symgen accompany tune.mid --style rock",
        "symgen accompany tune.abc --style bossa --parts bass,drums --wav --stems",
        "symgen accompany tune.mid --style band.mid --chords '| C | Am F | G | C |'",
    ),
    many="tune",
)
