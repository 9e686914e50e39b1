"""The verbs: one piece back for one, a list where a number is asked for.

They stand here once, for whoever writes: a model, or the one that fits what is asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, overload

from symgen.formats.tunes import Music, Tune
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.writing.generator import Generator
from symgen.writing.harmonizing import ACCOMPANIMENTS, HARMONY_TEMPERATURE
from symgen.writing.harmonizing import harmonize as harmonize_tune
from symgen.writing.infilling import infill as infill_tune
from symgen.writing.request import (
    ContinueWords,
    HarmonyWords,
    InfillWords,
    Request,
    RewriteWords,
    check_old_model,
    music_name,
    one_or_all,
    read_music,
    warn_once,
)
from symgen.writing.rewritten import Chosen, Rewritten
from symgen.writing.song_choice import NewWriter, SongWish, SongWords, song_wish
from symgen.writing.varying import vary as vary_tune

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Verbs"]

_ALL = tuple(CONTROLS)
_NOTES = tuple(name for name, row in CONTROLS.items() if row.jobs == "all")
_CHOSEN = (*_NOTES, "parts", "pins")
_ANEW = (*_CHOSEN, "variation")
_VOICES = (*_NOTES, "instrument", "instruments", "style", "end")


class Verbs(ABC):
    """What can be asked of a model, and of `symgen` itself, which takes the model that fits."""

    @abstractmethod
    def _for_new(self, controls: Controls, song: SongWish, /) -> NewWriter:
        """Return what writes new pieces."""

    @abstractmethod
    def _for_tune(self, tune: Tune, _: int | None, /, *, manner: Tune | None = None) -> Generator:
        """Return what works on a tune, in the manner of another piece."""

    @abstractmethod
    def _to_rewrite(self, tune: Tune, which: Chosen, /) -> Generator:
        """Return what writes notes of a tune anew."""

    @abstractmethod
    def _for_harmony(self) -> Generator:
        """Return what sets a line for four voices."""

    @overload
    def generate(
        self,
        controls: Controls | None = None,
        *,
        count: None = None,
        seed: int | None = None,
        candidates: int = 1,
        **keywords: Unpack[SongWords],
    ) -> Score: ...
    @overload
    def generate(
        self,
        controls: Controls | None = None,
        *,
        count: int,
        seed: int | None = None,
        candidates: int = 1,
        **keywords: Unpack[SongWords],
    ) -> list[Score]: ...
    def generate(
        self,
        controls: Controls | None = None,
        *,
        count: int | None = None,
        seed: int | None = None,
        candidates: int = 1,
        **keywords: Unpack[SongWords],
    ) -> Score | list[Score]:
        """Write a new piece, or `count` of them.

        Parameters
        ----------
        controls : Controls, optional
            What to ask for; the same can be given by name, such as ``bars=16, key="G major"``.
        count : int, optional
            How many pieces; without it one piece comes back as it is, and not in a list.
        seed : int, optional
            The first piece has this seed, the next one the next seed, and so on; drawn if left out.
        candidates : int
            So many takes are drawn, and as many pieces kept of them: drawn in proportion to how real each looks, and
            unlike each other. The best one comes first.
        **keywords
            The fields of `Controls`; of songs `parts`, such as ``"bass,drums:7"``, and `intro`: False for no frame.

        Returns
        -------
        Score, or list of Score if `count` is given

        Raises
        ------
        ControlError
            If a control has a bad value or contradicts another one, or the model has nothing to rank candidates by.
        """
        request = Request(
            verb="generate",
            count=count,
            seed=seed,
            candidates=candidates,
            controls=controls,
            words=keywords,
        )
        song, request = song_wish(request)
        asked = request.asked(_ALL)
        takes = self._for_new(asked, song).takes(
            asked, count=request.how_many, seed=seed, candidates=candidates
        )
        return one_or_all((take.score for take in takes), count)

    @overload
    def continue_(
        self,
        tune: Music | Tune,
        *,
        count: None = None,
        seed: int | None = None,
        part: int | None = None,
        candidates: int = 1,
        controls: Controls | None = None,
        **keywords: Unpack[ContinueWords],
    ) -> Score: ...
    @overload
    def continue_(
        self,
        tune: Music | Tune,
        *,
        count: int,
        seed: int | None = None,
        part: int | None = None,
        candidates: int = 1,
        controls: Controls | None = None,
        **keywords: Unpack[ContinueWords],
    ) -> list[Score]: ...
    def continue_(
        self,
        tune: Music | Tune,
        *,
        count: int | None = None,
        seed: int | None = None,
        part: int | None = None,
        candidates: int = 1,
        controls: Controls | None = None,
        **keywords: Unpack[ContinueWords],
    ) -> Score | list[Score]:
        """Continue a tune; its notes come back as they were.

        Parameters
        ----------
        tune : Score, path, bytes, open file, PrettyMIDI, mido.MidiFile or music21 stream
        count, seed, candidates
            As in `generate`.
        part : int, optional
            1 for the first part: keep and continue only that one.
        controls : Controls, optional
            Key, meter, tempo and instrument override what the tune says.
        **keywords
            The fields of `Controls`; `bars` says how many new ones there are, 8 if left out. `parts`: roles, names or
            numbers of those that go on, such as ``"bass,drums"``. `style_from`: a piece in whose manner it goes on.

        Returns
        -------
        Score, or list of Score if `count` is given
            The tune up to its last bar line, and the new bars.

        Raises
        ------
        FormatError
            If the tune cannot be read, or holds no melody.
        ControlError
            If a control has a bad value or contradicts another one.
        """
        request = Request(
            verb="continue_",
            count=count,
            seed=seed,
            part=part,
            candidates=candidates,
            controls=controls,
            words=keywords,
        )
        which, request = request.of_prompt()
        asked, found = request.asked(_ALL), read_music(tune)
        takes = self._for_tune(found, part, manner=which.get("style_from")).continuations(
            found,
            count=request.how_many,
            seed=seed,
            controls=asked,
            name=music_name(tune),
            candidates=candidates,
            **which,
        )
        return one_or_all((take.written for take in takes), count)

    extend = continue_

    @overload
    def infill(
        self,
        tune: Music | Tune,
        bars: tuple[int, int],
        *,
        count: None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[InfillWords],
    ) -> Score: ...
    @overload
    def infill(
        self,
        tune: Music | Tune,
        bars: tuple[int, int],
        *,
        count: int,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[InfillWords],
    ) -> list[Score]: ...
    def infill(
        self,
        tune: Music | Tune,
        bars: tuple[int, int],
        *,
        count: int | None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[InfillWords],
    ) -> Score | list[Score]:
        """Write some bars of a tune anew; all others stay as they are.

        Drawn are several takes side by side, and of them one that makes the bars that follow likely.

        Parameters
        ----------
        tune : Score, path, bytes, open file, PrettyMIDI, mido.MidiFile or music21 stream
        bars : (int, int)
            The first and the last bar to write, counted from 1; 0 is a pickup.
        count, seed
            As in `generate`.
        part : int, optional
            1 for the first part: write in that one only, the others stay.
        controls : Controls, optional
            Key, range, grid and what else holds for the new bars; a `variation` above 0.5 repeats less of the tune.
        **keywords
            The same by name; `parts` that are written, such as ``"bass,2"``; `pins`, notes that stay exactly, such as
            ``"5.1:C5,6"`` or `symgen.Pin` objects; `particles`, takes side by side: with 1 there is no look ahead.

        Returns
        -------
        Score, or list of Score if `count` is given

        Raises
        ------
        FormatError
            If the tune cannot be read, or holds no melody.
        ControlError
            If it has no such bars or notes, or a control has a bad value.
        """
        request = Request(
            verb="infill", count=count, seed=seed, part=part, controls=controls, words=keywords
        )
        return self._rewritten(partial(infill_tune, bars=bars), tune, request, _ANEW)

    @overload
    def vary(
        self,
        tune: Music | Tune,
        amount: float = 0.3,
        *,
        count: None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[RewriteWords],
    ) -> Score: ...
    @overload
    def vary(
        self,
        tune: Music | Tune,
        amount: float = 0.3,
        *,
        count: int,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[RewriteWords],
    ) -> list[Score]: ...
    def vary(
        self,
        tune: Music | Tune,
        amount: float = 0.3,
        *,
        count: int | None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[RewriteWords],
    ) -> Score | list[Score]:
        """Change some notes of a tune and keep its form: bars that were the same stay so.

        Parameters
        ----------
        tune : Score, path, bytes, open file, PrettyMIDI, mido.MidiFile or music21 stream
        amount : float
            Share of the notes that may change, 0..1; those off the beat first.
        count, seed, part, controls, **keywords
            As in `infill`.

        Returns
        -------
        Score, or list of Score if `count` is given

        Raises
        ------
        FormatError
            If the tune cannot be read, or holds no melody.
        ControlError
            If the amount is no share, or a control has a bad value.
        """
        request = Request(
            verb="vary", count=count, seed=seed, part=part, controls=controls, words=keywords
        )
        return self._rewritten(partial(vary_tune, amount=amount), tune, request, _CHOSEN)

    @overload
    def harmonize(
        self,
        tune: Music | Tune,
        voice: str | None = None,
        *,
        count: None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[HarmonyWords],
    ) -> Score: ...
    @overload
    def harmonize(
        self,
        tune: Music | Tune,
        voice: str | None = None,
        *,
        count: int,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[HarmonyWords],
    ) -> list[Score]: ...
    def harmonize(
        self,
        tune: Music | Tune,
        voice: str | None = None,
        *,
        count: int | None = None,
        seed: int | None = None,
        part: int | None = None,
        controls: Controls | None = None,
        **keywords: Unpack[HarmonyWords],
    ) -> Score | list[Score]:
        """Set a line for four voices, a melody as the soprano, a bass line as the bass; or add an accompaniment.

        Parameters
        ----------
        tune : Score, path, bytes, open file, PrettyMIDI, mido.MidiFile or music21 stream
            Of several parts the one with the melody is taken, and of its chords the highest notes (of a bass the
            lowest).
        voice : str, optional
            ``"soprano"`` or ``"bass"``: what the line is to be, however high it lies.
        count, seed, part
            As in `infill`.
        controls : Controls, optional
            A temperature of 0.8 if left out: at 1 the harmony is rougher than Bach's.
        **keywords
            The same by name, `particles` as in `infill`, and `style`: ``"chorale"``, ``"hymn"``, ``"piano"``,
            ``"guitar"``, ``"pad"`` or ``"strings"``.

        Returns
        -------
        Score, or list of Score if `count` is given
            Soprano, alto, tenor and bass; or the tune with its accompaniment.

        Raises
        ------
        FormatError
            If the tune cannot be read, or holds no melody.
        ControlError
            If the model does not write parts of one note at a time, or a control has a bad value.
        """
        request = Request(
            verb="harmonize", count=count, seed=seed, part=part, controls=controls, words=keywords
        )
        work = partial(harmonize_tune, voice=voice)
        return self._rewritten(work, tune, request, _VOICES, temperature=HARMONY_TEMPERATURE)

    def _rewritten(
        self,
        work: Callable[..., Rewritten],
        tune: Music | Tune,
        request: Request,
        known: tuple[str, ...],
        **usual: float,
    ) -> Score | list[Score]:
        model, request = request.without("model")
        which, request = request.of_rewriting()
        asked, found = request.asked((*known, "particles"), **usual), read_music(tune)
        if model is not None:
            check_old_model(model, request.verb)
        elif request.verb != "harmonize":
            model = self._to_rewrite(found, which)
        elif asked.style not in ACCOMPANIMENTS:
            model = self._for_harmony()
        told: set[str] = set()
        scores = []
        for seed in request.seeds:
            done = work(found, model=model, controls=asked, seed=seed, **which)
            warn_once(done.notices, told)
            scores.append(done.score)
        return one_or_all(scores, request.count)
