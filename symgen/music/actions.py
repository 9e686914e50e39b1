"""What a score can do that is made on the floors above: the one door upward.

A score stands on the first floor; files, sound and pictures are made above it. Here alone a module
imports what stands higher, inside a function, when it is asked to.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, BinaryIO, cast, overload

from symgen.music.instruments import instrument_name
from symgen.music.theory import Key
from symgen.system.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from symgen.analysis.describing import Description
    from symgen.audio.rendering import RenderReport, RenderWords
    from symgen.music.score import Score
    from symgen.plots.svg import SvgText
    from symgen.system.files import PathLike

__all__ = ["ScoreActions", "check_score", "known_values", "part_line"]

_LONG = 10


class ScoreActions:
    """The part of `Score` that leads upward."""

    __slots__ = ()

    # -- files -----------------------------------------------------------------------

    def save(
        self, path: PathLike | BinaryIO, format: str | None = None, *, overwrite: bool = False
    ) -> None:
        """Write the piece into a file, whole or not at all; see `symgen.save_score`.

        Parameters
        ----------
        path : path or open file
            MIDI, MusicXML or ABC, by its suffix; a file that is open to write bytes becomes MIDI.
        format : str, optional
            Such as ``"musicxml"``, whatever the suffix says.
        overwrite : bool
            Whether an existing file may be replaced.

        Raises
        ------
        FormatError, ExistsError
            If the format is unknown, the file or the music cannot be written, or it exists and `overwrite` is false.
        """
        from symgen.formats import save_score

        save_score(self._score, path, format=format, overwrite=overwrite)

    def to_bytes(self, format: str = "mid") -> bytes:
        """Return what `save` would write.

        Parameters
        ----------
        format : str
            ``"mid"``, ``"musicxml"`` or ``"abc"``.

        Raises
        ------
        FormatError
            If the format is unknown, or the music cannot be written in it.
        """
        from symgen.formats import score_bytes

        return score_bytes(self._score, format)

    # -- sound -----------------------------------------------------------------------

    @overload
    def render(self, path: None = None, **options: Unpack[RenderWords]) -> bytes: ...
    @overload
    def render(
        self, path: PathLike | BinaryIO, *, overwrite: bool = False, **options: Unpack[RenderWords]
    ) -> RenderReport: ...
    def render(
        self,
        path: PathLike | BinaryIO | None = None,
        *,
        overwrite: bool = False,
        **options: Unpack[RenderWords],
    ) -> RenderReport | bytes:
        """Play the piece into a sound file; see `symgen.render`.

        Parameters
        ----------
        path : path or open file, optional
            WAV, FLAC, OGG or MP3, by its suffix; WAV for an open file. If left out, the bytes of a WAV file are
            returned.
        overwrite : bool
            Whether an existing file may be replaced.
        **options
            As in `symgen.render`, such as ``stems=True``.

        Returns
        -------
        RenderReport or bytes
            How long and how loud the file is and what played, or the WAV file itself.

        Raises
        ------
        FormatError, ExistsError, ControlError, RenderError, MissingDependencyError
            As `symgen.render`.
        """
        from symgen.audio.rendering import render, sound_bytes

        if path is None:
            return sound_bytes(self._score, **options)
        return render(self._score, path, overwrite=overwrite, **options)

    def samples(self, rate: int = 44100, *, feel: float | None = None) -> NDArray[np.float32]:
        """Play the piece into an array.

        Parameters
        ----------
        rate : int
            Frames a second, 8000..96000.
        feel : float, optional
            How strongly it is performed, 0 (as written) to 1; moderately if left out.

        Returns
        -------
        ndarray of float32, shape (frames, 2)
            Left and right, full scale at 1: what the WAV file holds.

        Raises
        ------
        FormatError, ControlError, RenderError
            As `symgen.render`.
        """
        from symgen.audio.rendering import sound_samples

        return sound_samples(self._score, rate, feel)

    def play(self, *, soundfont: PathLike | None = None, feel: float | None = None) -> None:
        """Play the piece aloud, and wait until it ends; see `symgen play`.

        Parameters
        ----------
        soundfont : path, optional
            An SF2 or SF3 file; the font that comes with symgen if left out.
        feel : float, optional
            How strongly it is performed, 0 (as written) to 1; moderately if left out.

        Raises
        ------
        ControlError, FormatError, RenderError
            If `feel` is out of range, the piece holds no notes, or nothing on this machine can play it.
        """
        from symgen.audio.playing import play

        play(self._score, soundfont=soundfont, feel=feel)

    # -- pictures --------------------------------------------------------------------

    @overload
    def plot(self, path: None = None, *, title: str = "") -> SvgText: ...
    @overload
    def plot(
        self,
        path: PathLike | BinaryIO,
        *,
        title: str = "",
        overwrite: bool = False,
        format: str | None = None,
    ) -> None: ...
    def plot(
        self,
        path: PathLike | BinaryIO | None = None,
        *,
        title: str = "",
        overwrite: bool = False,
        format: str | None = None,
    ) -> SvgText | None:
        """Draw the piece as a piano roll; see `symgen.plot_score`.

        Parameters
        ----------
        path : path or open file, optional
            PNG, SVG or PDF, by its suffix; PNG for an open file without one.
        title : str
            Written above.
        overwrite : bool
            Whether an existing file may be replaced.
        format : str, optional
            Such as ``"svg"``, whatever the suffix says.

        Returns
        -------
        str or None
            Without a path the picture as SVG, which notebooks show.

        Raises
        ------
        FormatError, ExistsError
            If there are no notes, or the file is of another kind, cannot be written or must not be replaced.
        """
        from symgen.plots.rolls import plot_score, roll_svg

        if path is None:
            return roll_svg(self._score, title=title)
        plot_score(self._score, path, title=title, overwrite=overwrite, format=format)
        return None

    def sheet(
        self, path: PathLike | None = None, *, overwrite: bool = False
    ) -> SvgText | list[Path]:
        """Write the piece as sheet music; it needs ``pip install 'symgen[score]'``.

        Parameters
        ----------
        path : path, optional
            PDF, SVG or PNG, by its suffix.
        overwrite : bool
            Whether an existing file may be replaced.

        Returns
        -------
        list of Path, or str
            The files, one a page of SVG and PNG (``NAME-1.svg``); without a path the first page as SVG.

        Raises
        ------
        FormatError, ExistsError, RenderError
            If it cannot be written, exists while `overwrite` is false, or cannot be engraved.
        """
        from symgen.plots.svg import SvgText
        from symgen.sheets.engraving import engrave, write_sheet

        if path is not None:
            return write_sheet(self._score, path, overwrite=overwrite)
        return SvgText(engrave(self._score, "svg")[0].decode())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the piano roll and a player in a notebook."""
        # Which kinds a notebook asks for changes little: it takes what it can show.
        del include, exclude
        if not _shows_pages():
            return {"text/plain": repr(self)}
        from symgen.studio.notebook import notebook_views

        return {**notebook_views(self._score), "text/plain": repr(self)}

    # -- edits -----------------------------------------------------------------------

    def transposed(self, by: int | str | Key, *, part: int | None = None) -> Score:
        """Return the piece at other pitches; drums stay, key signatures and chord symbols follow.

        Parameters
        ----------
        by : int, str or Key
            Semitones, or a key such as ``"D major"``, which is reached by the nearest way.
        part : int, optional
            1 for the first part: move that one only; the signatures stay.

        Raises
        ------
        FormatError
            If a note would leave 0..127.
        ControlError
            If there is no such part or key, or the key is of another mode.
        """
        from symgen.editing import transposed

        return transposed(self._score, by, part=part)

    def quantized(self, grid: int | str = "1/16", *, part: int | None = None) -> Score:
        """Return the piece with its notes moved to the nearest places of a grid.

        Parameters
        ----------
        grid : str or int
            The shortest note, such as ``"1/16"``, with triplets ``"1/8t"``.
        part : int, optional
            1 for the first part: move the notes of that one only.

        Raises
        ------
        ControlError
            If there is no such grid or part.
        """
        from symgen.editing import quantized

        return quantized(self._score, grid, part=part)

    def with_tempo(self, tempo: float | str) -> Score:
        """Return the piece in one tempo throughout, or slower or faster as a whole.

        Parameters
        ----------
        tempo : float or str
            Quarter notes a minute, 4..10000, or a share of what is there, such as ``"80%"``.

        Raises
        ------
        ControlError
            If a tempo is out of range.
        """
        from symgen.editing import with_tempo

        return with_tempo(self._score, tempo)

    def with_instrument(self, instrument: int | str, *, part: int | None = None) -> Score:
        """Return the piece with another instrument for all parts but the drums.

        Parameters
        ----------
        instrument : str or int
            A name or number of General MIDI, such as ``"flute"`` or 73.
        part : int, optional
            1 for the first part: change that one only.

        Raises
        ------
        ControlError
            If there is no such instrument or part.
        """
        from symgen.editing import with_instrument

        return with_instrument(self._score, instrument, part=part)

    def bars_between(self, first: int, last: int) -> Score:
        """Return some bars of the piece, from time 0, with all that holds in them.

        Parameters
        ----------
        first, last : int
            Counted from 1; 0 is a pickup.

        Raises
        ------
        FormatError
            If the piece has no such bars.
        """
        from symgen.editing import bars_between

        return bars_between(self._score, first, last)

    # -- what it is ------------------------------------------------------------------

    def describe(self) -> Description:
        """Describe the piece to somebody who cannot see its notes.

        Returns
        -------
        Description
            Form, key, range, repeats, cadences and parts as facts; its ``str()`` is a text to be read aloud.
        """
        from symgen.analysis.describing import describe

        return describe(self._score)

    def __repr__(self) -> str:
        """Say in one line what the piece is."""
        score = self._score
        bars = sum(bar.number > 0 for bar in score.bars)
        meters = list(dict.fromkeys(str(bar.meter) for bar in score.bars))
        meter = meters[0] if len(meters) == 1 else "changing meter" if meters else ""
        parts = sum(bool(part.notes) for part in score.parts)
        seconds = score.seconds(score.length)
        about = [
            " ".join(filter(None, [_counted(bars, "bar"), meter, _signature(score)])),
            _counted(parts, "part") if parts > 1 else "",
            _counted(score.note_count, "note"),
            f"{seconds:.0f} s" if seconds >= _LONG else f"{seconds:.2g} s",
        ]
        return f"<Score {', '.join(filter(None, about))}>"

    @property
    def _score(self) -> Score:
        return cast("Score", self)

    # -- old ways, for a release -----------------------------------------------------

    def __getitem__(self, index: int) -> Score:
        """Return the piece itself: what gives one piece gave a list of one before."""
        if index not in (0, -1):
            raise IndexError("one piece was asked for; count=2 gives a list of two")
        _warn("one piece comes back as itself and no longer in a list: leave the [0] out")
        return self._score

    @property
    def score(self) -> Score:
        """The piece itself: what rewrites a tune gave more than its notes before."""
        _warn("the verbs give the score itself: leave .score out")
        return self._score


def _shows_pages() -> bool:
    """Tell whether what asks for views of a piece shows more than text."""
    # A terminal of IPython asks too, and would wait for sound that it cannot show.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is None or "text/html" in shell.display_formatter.active_types


def known_values(kind: str) -> list[str]:
    """Return the styles, or the periods, of all models that come along, and the styles of songs."""
    from symgen.nets.models import known_styles
    from symgen.writing.song_styles import SONG_STYLES

    of_models = {value for values in known_styles(kind).values() for value in values}
    return sorted(of_models | set(SONG_STYLES if kind == "styles" else ()))


def check_score(value: object) -> None:
    """Refuse what is no score."""
    if not isinstance(value, ScoreActions):
        raise FormatError(f"{value!r:.40}: is no Score; load_score reads what is in a file")


def part_line(name: str, program: int, is_drum: bool, notes: int) -> str:
    """Say in one line what a part is."""
    instrument = instrument_name(program, is_drum=is_drum)
    is_named = name and name.casefold() != instrument.casefold()
    player = f"{name!r} ({instrument})" if is_named else instrument
    return f"<Part {player}, {_counted(notes, 'note')}>"


def _warn(message: str) -> None:
    warnings.warn(message, DeprecationWarning, stacklevel=3)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _signature(score: Score) -> str:
    """Name the first key signature as the key that it stands for."""
    if not score.keys:
        return ""
    first = score.keys[0]
    tonic = (7 * first.sharps + (9 if first.minor else 0)) % 12
    return str(Key(tonic, "minor" if first.minor else "major"))
