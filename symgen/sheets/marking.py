"""Signs of a printed page that a MusicXML document of ours does not have: braces, last bar lines, compound beats."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symgen.music.score import Score
from symgen.sheets.laying import mean_pitch

__all__ = ["mark", "without_lone_groups"]

_LAST_LINE = '<barline location="right"><bar-style>light-heavy</bar-style></barline>'
_BRACE = (
    '<part-group type="start" number="{number}"><group-name>{name}</group-name>'
    "<group-symbol>brace</group-symbol><group-barline>yes</group-barline></part-group>"
)
_BRACE_END = '<part-group type="stop" number="{number}"/>'
_GROUP = re.compile(r"<part-group\b(?:[^>]*/>|.*?</part-group>)", re.DOTALL)
_TEMPO = re.compile(r"<beat-unit>quarter</beat-unit>(\s*)<per-minute>([\d.]+)</per-minute>")
_PART = re.compile(r'<score-part id="P(\d+)">.*?</score-part>', re.DOTALL)
_CLEF = re.compile(r"<clef>.*?</clef>", re.DOTALL)
_BASS_CLEF = "<clef><sign>F</sign><line>4</line></clef>"
_HIGH_LEFT = 62
"""A left hand that is higher on the whole stays in the treble clef."""
_NAME = re.compile(r"<part-name>(.*?)</part-name>")


def mark(xml: str, score: Score, hands: Iterable[int]) -> str:
    """Add to a document that was made of a score what readers of notes expect."""
    xml = re.sub(r"(</measure>\s*</part>)", _LAST_LINE + r"\1", xml)
    if score.meters and all(change.meter.beat_quarters == 1.5 for change in score.meters):
        xml = _TEMPO.sub(_dotted, xml)
    firsts = {first + 1 for first in hands}
    for first in firsts:
        if mean_pitch(score.parts[first]) < _HIGH_LEFT:
            xml = _with_bass_clef(xml, first + 1)

    def braced(match: re.Match[str]) -> str:
        number, text = int(match[1]), match[0]
        name = (_NAME.search(text) or [""] * 2)[1]
        bare = _NAME.sub("<part-name></part-name>", text)
        if number in firsts:
            return _BRACE.format(number=1, name=name) + bare
        return bare + _BRACE_END.format(number=1) if number - 1 in firsts else text

    return _PART.sub(braced, xml)


def _with_bass_clef(xml: str, number: int) -> str:
    """Give a part, counted from 1, the clef that a left hand has."""
    head, opening, body = xml.partition(f'<part id="P{number}">')
    return head + opening + _CLEF.sub(_BASS_CLEF, body, count=1)


def _dotted(match: re.Match[str]) -> str:
    """Return a metronome mark for beats of a dotted quarter."""
    beats = round(float(match[2]) / 1.5)
    return (
        f"<beat-unit>quarter</beat-unit>{match[1]}<beat-unit-dot/><per-minute>{beats}</per-minute>"
    )


def without_lone_groups(xml: str) -> str:
    """Leave out braces around a single part that other programs wrote."""
    return _GROUP.sub("", xml) if xml.count("<score-part ") == 1 else xml
