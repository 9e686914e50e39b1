"""General MIDI programs: names, families and how to read what a user writes."""

from __future__ import annotations

import difflib
import re

from symgen.system.errors import ControlError

__all__ = [
    "DRUMS",
    "FAMILIES",
    "PROGRAMS",
    "compass",
    "parse_instrument",
    "program_family",
    "program_name",
]

_TABLE = {
    "Piano": "Acoustic Grand Piano|Bright Acoustic Piano|Electric Grand Piano|Honky-tonk Piano"
    "|Electric Piano 1|Electric Piano 2|Harpsichord|Clavinet",
    "Chromatic Percussion": "Celesta|Glockenspiel|Music Box|Vibraphone|Marimba|Xylophone|Tubular Bells|Dulcimer",
    "Organ": "Drawbar Organ|Percussive Organ|Rock Organ|Church Organ|Reed Organ|Accordion|Harmonica|Bandoneon",
    "Guitar": "Nylon Guitar|Steel Guitar|Jazz Guitar|Clean Guitar"
    "|Muted Guitar|Overdriven Guitar|Distortion Guitar|Guitar Harmonics",
    "Bass": "Acoustic Bass|Fingered Bass|Picked Bass|Fretless Bass|Slap Bass 1|Slap Bass 2|Synth Bass 1|Synth Bass 2",
    "Strings": "Violin|Viola|Cello|Contrabass|Tremolo Strings|Pizzicato Strings|Harp|Timpani",
    "Ensemble": "String Ensemble 1|String Ensemble 2|Synth Strings 1|Synth Strings 2"
    "|Choir Aahs|Voice Oohs|Synth Voice|Orchestra Hit",
    "Brass": "Trumpet|Trombone|Tuba|Muted Trumpet|French Horn|Brass Section|Synth Brass 1|Synth Brass 2",
    "Reed": "Soprano Sax|Alto Sax|Tenor Sax|Baritone Sax|Oboe|English Horn|Bassoon|Clarinet",
    "Pipe": "Piccolo|Flute|Recorder|Pan Flute|Blown Bottle|Shakuhachi|Whistle|Ocarina",
    "Synth Lead": "Square Lead|Saw Lead|Calliope Lead|Chiff Lead|Charang Lead|Voice Lead|Fifths Lead|Bass and Lead",
    "Synth Pad": "New Age Pad|Warm Pad|Polysynth Pad|Choir Pad|Bowed Pad|Metallic Pad|Halo Pad|Sweep Pad",
    "Synth Effects": "Rain|Soundtrack|Crystal|Atmosphere|Brightness|Goblins|Echoes|Sci-fi",
    "Ethnic": "Sitar|Banjo|Shamisen|Koto|Kalimba|Bagpipe|Fiddle|Shanai",
    "Percussive": "Tinkle Bell|Agogo|Steel Drums|Woodblock|Taiko Drum|Melodic Tom|Synth Drum|Reverse Cymbal",
    "Sound Effects": "Guitar Fret Noise|Breath Noise|Seashore|Bird Tweet|Telephone Ring|Helicopter|Applause|Gunshot",
}

FAMILIES: tuple[str, ...] = tuple(_TABLE)
PROGRAMS: tuple[str, ...] = tuple(name for names in _TABLE.values() for name in names.split("|"))
DRUMS = "drums"

_SHORT = {
    "piano": 0, "grand piano": 0, "electric piano": 4, "organ": 19, "guitar": 24, "acoustic guitar": 24,
    "electric guitar": 27, "bass": 32, "double bass": 43, "electric bass": 33, "strings": 48, "string ensemble": 48,
    "choir": 52, "voice": 53, "horn": 60, "brass": 61, "sax": 65, "saxophone": 65, "tin whistle": 78, "pipes": 109,
    "bagpipes": 109, "lead": 80, "pad": 88, "synth": 80, "cor anglais": 69, "fiddle": 40,
}  # fmt: skip


def program_name(program: int) -> str:
    """Name a program number, 0..127: 73 is ``"Flute"``."""
    return PROGRAMS[program]


def program_family(program: int) -> str:
    """Name the family of eight that a program belongs to."""
    return FAMILIES[program // 8]


# Lowest and highest note, as orchestration books give them, where an instrument cannot play any
# pitch.
_COMPASSES = {
    range(24, 32): (40, 88), range(32, 38): (28, 67), range(40, 41): (55, 103), range(41, 42): (48, 91),
    range(42, 43): (36, 81), range(43, 44): (28, 67), range(56, 57): (54, 86), range(57, 58): (40, 77),
    range(58, 59): (28, 65), range(59, 60): (54, 86), range(60, 61): (34, 77), range(64, 65): (56, 88),
    range(65, 66): (49, 81), range(66, 67): (44, 76), range(67, 68): (36, 69), range(68, 69): (58, 91),
    range(69, 70): (52, 81), range(70, 71): (34, 75), range(71, 72): (50, 94), range(72, 73): (74, 108),
    range(73, 74): (60, 96), range(74, 75): (60, 98), range(78, 79): (62, 96), range(110, 111): (55, 103),
}  # fmt: skip


def compass(program: int) -> tuple[int, int]:
    """Return the lowest and the highest pitch that an instrument plays; 0 and 127 where there is no limit."""
    return next(
        (limits for programs, limits in _COMPASSES.items() if program in programs), (0, 127)
    )


def parse_instrument(text: str) -> int:
    """Read an instrument: a program number 0..127, a General MIDI name, or a common short form."""
    wanted = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if wanted.isdecimal() and int(wanted) <= 127:
        return int(wanted)
    names = {
        name.lower().replace("-", " "): number for number, name in enumerate(PROGRAMS)
    } | _SHORT
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or ["piano", "flute", "violin"]
    raise ControlError(
        f"instrument {text!r}: unknown; nearest: {', '.join(near)} (or a General MIDI number 0..127)"
    )
