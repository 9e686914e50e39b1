"""From a score to a sound file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, fields, replace
from functools import partial
from io import BytesIO
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from symgen.audio.encoding import SOUND_SUFFIXES, check_kind, max_seconds
from symgen.audio.performance import TAIL_SECONDS, Performance, Playing, alone, note_messages
from symgen.audio.playback import file_messages
from symgen.audio.players import playing_roles
from symgen.audio.presets import choose_presets
from symgen.audio.seats import find_mix, mixed
from symgen.audio.soundfonts import GENERAL_MIDI, Soundfont, open_soundfont
from symgen.audio.synthesizer import fluidsynth_blocks, import_fluidsynth
from symgen.audio.writing import SoundFacts, Stem, write_sound
from symgen.midi.events import MidiFile
from symgen.music.actions import check_score
from symgen.music.instruments import instrument_name
from symgen.music.score import Part, Score
from symgen.system.awaiting import awaited
from symgen.system.errors import ControlError, FormatError, RenderError
from symgen.system.files import PathLike, as_path, check_writable, scratch_folder
from symgen.system.following import advanced
from symgen.system.streams import can_write, stream_name, write_stream
from symgen.system.words import check_words

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = [
    "RenderOptions",
    "RenderReport",
    "RenderWords",
    "prepared",
    "render",
    "render_async",
    "sound_bytes",
    "sound_samples",
    "stem_paths",
]

Engine = Literal["fluidsynth", "builtin"]
Samples = NDArray[np.float32]

_RATES = (8000, 96000)
_FADE_SECONDS = 1.5
_NO_NOTES = "the piece holds no notes, there is nothing to render"
_NO_LIBRARY = (
    "libfluidsynth was not found: plain built-in sounds were used instead of the soundfont; "
    "`symgen doctor` says how to install it"
)


class RenderWords(TypedDict, total=False):
    """The keywords of `render`; see `RenderOptions`."""

    soundfont: PathLike | None
    rate: int
    mix: Literal["auto", "plain"]
    pan: Literal["auto", "off"]
    chorus: bool
    reverb: bool
    stems: bool
    loop: bool
    feel: float | None


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """How a piece is rendered."""

    # An SF2 or SF3 file; without it ``$SYMGEN_SOUNDFONT``, else the font that comes with symgen
    soundfont: PathLike | None = None
    rate: int = 44100  # frames per second, 8000..96000
    # Whether parts without a pan, a volume or a send to the reverb of their own get one, and the
    # piece a room; see `symgen.audio.seats`. Plain: all as the synthesizer plays it by itself
    mix: Literal["auto", "plain"] = "auto"
    # Whether a mix seats parts from left to right; off: in the middle
    pan: Literal["auto", "off"] = "auto"
    # Effects of FluidSynth. Its chorus turns one channel round: pads and leads lose up to 12 dB in
    # mono
    chorus: bool = False
    reverb: bool = True
    # Whether each part gets a file of its own, too. The files sum to the whole within rounding
    stems: bool = False
    # Whether the end is folded into the start: the file is as long as the bars, and can be played
    # round and round
    loop: bool = False
    # How strongly it is performed, 0 (as written) to 1 (as people play). None is moderate, 0.7, but
    # leaves a performance as it is
    feel: float | None = None

    def __post_init__(self) -> None:
        inside = isinstance(self.rate, Real) and _RATES[0] <= self.rate <= _RATES[1]
        if not inside or self.rate != int(self.rate):
            raise ControlError(
                f"rate {self.rate}: use {_RATES[0]}..{_RATES[1]} frames a second, such as 44100"
            )
        if self.mix not in ("auto", "plain"):
            raise ControlError(f"mix {self.mix!r}: use auto or plain")
        if self.pan not in ("auto", "off"):
            raise ControlError(f"pan {self.pan!r}: use auto or off")
        if self.feel is not None:
            from symgen.performer.perform import check_feel  # loaded where it is used

            check_feel(self.feel)


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a rendering gave."""

    path: Path  # the sound file
    seconds: float  # its length
    peak: float  # highest absolute sample, 1.0 is full scale
    engine: Engine  # what played
    soundfont: Path | None  # what it played with; None for the built-in sounds
    notices: tuple[str, ...]  # one line for each thing that is not as the score asks for
    stems: tuple[Path, ...] = ()  # the files of the parts, if they were asked for
    # What the sound of FluidSynth at a gain of 0.5 was multiplied by to bring it to the loudness of
    # all renderings
    gain: float = field(default=1.0, compare=False)


def render(
    score: Score,
    path: PathLike | BinaryIO,
    *,
    format: str | None = None,
    overwrite: bool = False,
    **asked: Unpack[RenderWords],
) -> RenderReport:
    """Play a score into a sound file of 16 bits, in stereo.

    The score is performed first, moderately if `feel` does not say otherwise; see `symgen.perform`. What the file that
    the score was read from says is played: controllers, pitch bends, banks, program changes,
    pressures. The loudness is brought to -16 LUFS with no sample above -1 dB; the sound dies
    away after the last note, within 6 seconds. The same score gives the same bytes.
    Memory does not grow with the length.

    Parameters
    ----------
    score : Score
        The piece, with at least one note.
    path : path or open file
        The file: WAV, FLAC, OGG or MP3, by its suffix. One that is open to write bytes stays open.
    format : str, optional
        What is written into an open file: ``"wav"`` if left out, ``"flac"``, ``"ogg"`` or ``"mp3"``.
    overwrite : bool
        Whether an existing file may be replaced.
    **asked
        As in `RenderOptions`.

    Raises
    ------
    FormatError
        If the score holds no notes or the file cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    ControlError
        If an option is out of range, or the suffix is of another kind.
    RenderError
        If the soundfont is missing or damaged or gives no sound, or the piece is too long for a WAV file.
    MissingDependencyError
        If libsndfile is needed and is missing.
    """
    check_score(score)
    if can_write(path):
        return _render_open(score, path, "wav" if format is None else format, asked)
    if format is not None:
        raise ControlError(f"format {format!r}: is for open files; the suffix of {path} says it")
    return _render_file(score, as_path(path), _options(asked), overwrite=overwrite)


render_async = awaited(render)
"""Await `render`; cancelling it ends the work at the next block of sound, and leaves no file."""


def _render_file(
    score: Score, path: Path, options: RenderOptions, *, overwrite: bool
) -> RenderReport:
    check_kind(path, options.rate)
    _check_length(score, path, options.rate)
    for target in (path, *(stem_paths(score, path).values() if options.stems else ())):
        check_writable(target, overwrite=overwrite)
    stage = _Stage(open_soundfont(options.soundfont), import_fluidsynth(), options)
    performance = stage.prepare(_sounding(score, options))
    stems = stage.stems(score, path, performance)
    with closing(stage.play(performance)) as blocks:
        loop = _loop_frames(score, options.rate) if options.loop else None
        facts = write_sound(
            path,
            blocks,
            options.rate,
            source=stage.source,
            overwrite=overwrite,
            loop=loop,
            stems=stems,
        )
    return stage.report(path, facts, performance, stems)


def prepared(score: Score, options: RenderOptions) -> tuple[_Stage, Performance]:
    """Return what plays a piece, and what it is told."""
    if not score.note_count:
        raise FormatError("the piece holds no notes, there is nothing to play")
    stage = _Stage(open_soundfont(options.soundfont), import_fluidsynth(), options)
    return stage, stage.prepare(_sounding(score, options))


def _sounding(score: Score, options: RenderOptions) -> Score:
    """Return a score as it is performed."""
    from symgen.performer.sounding import sounding  # who asks for names of stems loads no players

    return sounding(score, options.feel, in_time=options.loop)


def sound_bytes(score: Score, format: str = "wav", **asked: Unpack[RenderWords]) -> bytes:
    """Return the bytes of the sound file that `render` would write."""
    file = BytesIO()
    _render_open(score, file, format, asked)
    return file.getvalue()


def sound_samples(score: Score, rate: int = 44100, feel: float | None = None) -> Samples:
    """Return what the WAV file of a score holds, of shape (frames, 2), full scale at 1."""
    import wave

    data = sound_bytes(score, rate=rate, feel=feel)
    with wave.open(BytesIO(data)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return frames.reshape(-1, 2).astype(np.float32) / np.float32(32768)


def _render_open(score: Score, file: BinaryIO, format: str, asked: RenderWords) -> RenderReport:
    """Render into an open file, by way of one of our own."""
    if asked.get("stems"):
        raise ControlError("stems: need a path, beside which their files are put; name one")
    suffix = f".{format.lower().removeprefix('.')}" if isinstance(format, str) else ""
    if suffix not in SOUND_SUFFIXES:
        known = ", ".join(each.removeprefix(".") for each in SOUND_SUFFIXES)
        raise ControlError(f"format {format!r:.40}: cannot be written; use one of {known}")
    if not score.note_count:
        raise FormatError(_NO_NOTES)
    with scratch_folder(tempfile.gettempdir()) as folder:
        path = folder / f"sound{suffix}"
        report = render(score, path, **asked)
        write_stream(file, path.read_bytes())
    return replace(report, path=Path(stream_name(file)))


def _options(asked: RenderWords) -> RenderOptions:
    known = [each.name for each in fields(RenderOptions)]
    check_words("render", asked, known)
    return RenderOptions(**asked)


@dataclass(frozen=True)
class _Stage:
    """A soundfont, what plays it, and how."""

    font: Soundfont
    fluidsynth: ModuleType | None
    options: RenderOptions
    told: list[str] = field(default_factory=list)
    """What was noticed while it played."""

    @property
    def source(self) -> str:
        """What plays, for messages."""
        return f"soundfont {self.font.path}" if self.fluidsynth else "the built-in sounds"

    def prepare(self, score: Score) -> Performance:
        """Return what is played."""
        font = self.font if self.fluidsynth else GENERAL_MIDI
        rate, is_mixed = self.options.rate, self.options.mix == "auto"
        is_file = isinstance(score.source, MidiFile)
        told = file_messages(score, rate, apart=is_mixed) if is_file else note_messages(score, rate)
        messages, notices = choose_presets(told, font)
        room = None
        if is_mixed:
            roles, pans = playing_roles(score), self.options.pan == "auto"
            mix = find_mix(messages, rate, font, roles, pans=pans)
            messages, room = mixed(messages, mix.seats), mix.room
        performance = Performance(messages, notices, room and room.settings)
        if not performance.parts:
            raise RenderError(
                f"soundfont {font.path}: holds no preset for any part; take a General MIDI font"
            )
        return (
            performance
            if self.fluidsynth
            else replace(performance, notices=(_NO_LIBRARY, *notices))
        )

    def playing(self, performance: Performance, frames: int | None = None) -> Playing:
        """Return how it is played."""
        options = self.options
        return Playing(
            options.rate, options.chorus, options.reverb, performance.room, frames=frames
        )

    def play(
        self, performance: Performance, frames: int | None = None
    ) -> Generator[NDArray[np.float32], None, None]:
        """Play a performance, of that length if one is given."""
        playing = self.playing(performance, frames)
        blocks = _fading(self._blocks(performance, playing), performance, playing.rate)
        return _followed(blocks, frames or performance.keys_up)

    def _blocks(
        self, performance: Performance, playing: Playing
    ) -> Generator[NDArray[np.float32], None, None]:
        if self.fluidsynth is None:
            from symgen.audio.fallback import builtin_blocks

            return builtin_blocks(performance, playing)
        if self.font.shipped:
            return fluidsynth_blocks(self.fluidsynth, self.font, performance, playing)
        # A font that is not known may break the library down, and the process with it.
        from symgen.audio.isolation import isolated_blocks

        return isolated_blocks(self.font, performance, playing, self.told.append)

    def stems(self, score: Score, path: Path, performance: Performance) -> tuple[Stem, ...]:
        """Return the file of each part that plays, and what plays it, if that is asked for."""

        def play(part: int, frames: int) -> Generator[NDArray[np.float32], None, None]:
            return self.play(
                replace(performance, messages=alone(performance.messages, part)), frames
            )

        paths = stem_paths(score, path)
        parts = performance.parts if self.options.stems else ()
        return tuple((paths[part], partial(play, part)) for part in parts)

    def report(
        self, path: Path, facts: SoundFacts, performance: Performance, stems: tuple[Stem, ...]
    ) -> RenderReport:
        """Say what was done."""
        return RenderReport(
            path,
            facts.frames / self.options.rate,
            facts.peak,
            "fluidsynth" if self.fluidsynth else "builtin",
            self.font.path if self.fluidsynth else None,
            (*performance.notices, *self.told),
            tuple(target for target, _ in stems),
            facts.gain,
        )


def _fading(
    blocks: Generator[NDArray[np.float32], None, None], performance: Performance, rate: int
) -> Generator[NDArray[np.float32], None, None]:
    """Let die away what still sounds where the longest tail ends: nothing is cut off."""
    # The place does not depend on the sound, so that stems sum to the whole.
    stop = performance.end + round(TAIL_SECONDS * rate)
    fade, done = round(_FADE_SECONDS * rate), 0
    with closing(blocks):
        for block in blocks:
            left = stop - done - np.arange(len(block))
            done += len(block)
            if done > stop - fade:
                share = np.clip(left / fade, 0.0, 1.0)
                block = block * np.sin(share * np.pi / 2)[:, None].astype(np.float32) ** 2
            yield block


def _followed(
    blocks: Generator[NDArray[np.float32], None, None], frames: int
) -> Generator[NDArray[np.float32], None, None]:
    """Yield blocks of sound, and tell who follows how far they are."""
    done = 0
    with closing(blocks):
        for block in blocks:
            done += len(block)
            advanced(done, max(done, frames))
            yield block


def stem_paths(score: Score, path: PathLike) -> dict[int, Path]:
    """Return the file for each part that has notes: ``x-1-flute.wav`` beside ``x.wav``."""
    path = Path(path)
    return {
        index: path.with_name(f"{path.stem}-{index + 1}-{_slug(part)}{path.suffix}")
        for index, part in enumerate(score.parts)
        if part.notes
    }


def _slug(part: Part) -> str:
    """Return the name of a part, or of its instrument, as it can stand in any file name."""
    instrument = instrument_name(part.program, is_drum=part.is_drum)
    words = re.findall(r"\w+", part.name.lower()) or re.findall(r"\w+", instrument.lower())
    return "-".join(words)[:40]


def _check_length(score: Score, path: Path, rate: int) -> None:
    if not score.note_count:
        raise FormatError(f"{path}: {_NO_NOTES}")
    seconds, limit = score.seconds(score.music_end), max_seconds(rate) - 2 * TAIL_SECONDS
    if seconds > limit:
        raise RenderError(
            f"the piece lasts {seconds / 3600:.1f} hours, "
            f"a WAV file at {rate} frames a second holds {limit / 3600:.1f}; "
            "render a part of it, or take a lower rate"
        )


def _loop_frames(score: Score, rate: int) -> int:
    """Return the length up to the bar line with which the music ends."""
    end = next((bar.end for bar in score.bars if bar.end >= score.music_end), score.length)
    return round(score.seconds(end) * rate)
