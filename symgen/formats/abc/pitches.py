"""Names of pitches and keys in ABC."""

from __future__ import annotations

from symgen.music.score import KeyChange
from symgen.music.theory import BY_FIFTHS, spell

__all__ = ["PitchWriter", "key_field"]

_MAJORS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINORS = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MIDDLE_OCTAVE = 4


def key_field(key: KeyChange | None) -> str:
    """Return what a ``K:`` field says of a key signature; C major where there is none."""
    if key is None:
        return "C"
    return f"{_MINORS[key.sharps + 7]}m" if key.minor else _MAJORS[key.sharps + 7]


class PitchWriter:
    """Writes pitches with the accidentals that they need."""

    # Programs differ in how far an accidental reaches: to the bar line in its octave or in all of
    # them, in its line of the voice or in all lines. One is written wherever any of them needs it.

    def __init__(self) -> None:
        self.sharps = 0
        self._line: dict[tuple[str, int | None], int] = {}
        self._bar: dict[tuple[str, int | None], int] = {}

    def open_bar(self, sharps: int) -> None:
        """Begin a bar in a key."""
        self.sharps = sharps
        self._bar.clear()
        self._line.clear()

    def open_line(self) -> None:
        """Begin a further line in the same bar."""
        self._line.clear()

    def write(self, pitch: int) -> str:
        """Return the name of a MIDI pitch."""
        letter, alter, octave = spell(pitch, self.sharps)
        usual = (self.sharps + 6 - BY_FIFTHS.index(letter)) // 7
        heard = {
            known.get((letter, reach), usual)
            for known in (self._line, self._bar)
            for reach in (octave, None)
        }
        sign = "" if heard == {alter} else _SIGNS[alter]
        if sign:
            for known in (self._line, self._bar):
                known[letter, octave] = known[letter, None] = alter
        above = octave - _MIDDLE_OCTAVE
        if above > 0:
            return sign + letter.lower() + "'" * (above - 1)
        return sign + letter + "," * -above
