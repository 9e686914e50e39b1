"""Words that are sung, as a MIDI file has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from symgen.midi.events import LYRIC, MidiFile
from symgen.midi.text import decode_text

__all__ = ["file_lyrics"]

# What karaoke files write for a new line.
_LINES = "/\\\r\n"
_GAPS = (b" ", b"/", b"\\", b"\r", b"\n")


def file_lyrics(file: MidiFile, onsets: Sequence[AbstractSet[int]]) -> list[dict[int, str]]:
    """Return the syllables at the notes of each part; a hyphen at the end says that the word goes on.

    `onsets` are the ticks at which notes of each part begin.
    """
    found: list[dict[int, str]] = [{} for _ in onsets]
    for index in file.played:
        events = [(tick, data) for _, tick, data in file.tracks[index].metas(LYRIC)]
        said = dict(_syllables(events))
        own = [part for part, (track, _) in enumerate(file.places) if track == index]
        # Words in a track of their own are those of the part whose notes they stand at.
        choice = own or range(len(onsets))
        best = max(choice, key=lambda part: len(onsets[part] & said.keys()), default=None)
        if best is not None:
            there = {tick: text for tick, text in said.items() if tick in onsets[best]}
            found[best] = {**there, **found[best]}
    return found


def _syllables(events: Sequence[tuple[int, bytes]]) -> Iterator[tuple[int, str]]:
    """Yield syllables with a hyphen where a word goes on, also where spaces and new lines part words."""
    texts = [decode_text(data).strip(_LINES).strip() for _, data in events]
    opens = [data[:1] in _GAPS for _, data in events] + [True]
    closes = [data[-1:] in _GAPS for _, data in events]
    by_spaces = any(opens[:-1] + closes) and not any(text.endswith("-") for text in texts)
    for place, ((tick, _), text) in enumerate(zip(events, texts, strict=True)):
        goes_on = by_spaces and not closes[place] and not opens[place + 1]
        if text:
            yield tick, text + "-" * goes_on
