"""Reports of pieces: what was found of the controls in the written file, and what led to the piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from symgen import __version__
from symgen.music.controls import Controls
from symgen.music.instruments import instrument_name
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.verification import Check, Facts
from symgen.writing.takes import Take

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from symgen.copies.index import CopyIndex
    from symgen.formats.tunes import Music, Tune
    from symgen.sampling.continuation import PromptWords
    from symgen.writing.loaded import Progress

__all__ = ["TuneWriter", "Writer", "checks_of", "copied_share", "describe", "harmony_of"]


class Writer(Protocol):
    """A model that writes pieces."""

    @property
    def name(self) -> str:
        """Name of the model."""

    def copy_index(self) -> CopyIndex | None:
        """Load the index of its training pieces, if there is one."""


class TuneWriter(Writer, Protocol):
    """What continues tunes: a model, or the drummer."""

    @property
    def parameters(self) -> int:
        """Number of weights."""

    def reporting(self, progress: Callable[[Progress], None]) -> Self:
        """Return the same that tells how far it is."""

    def continuations(
        self,
        tune: Music | Tune,
        *,
        count: int = 1,
        seed: int | None = None,
        controls: Controls | None = None,
        name: str = "",
        candidates: int = 1,
        **which: Unpack[PromptWords],
    ) -> Iterator[Take]:
        """Continue a tune one take at a time."""


def checks_of(
    take: Take, facts: Facts, controls: Controls, model: Writer, *, start: int | None = None
) -> list[Check]:
    """Hold what was found in a written file to the controls."""
    checks = take.checks(controls, facts, start=start)
    if controls.max_copy:
        longest = (copied_share(take, model) or {"longest": 0})["longest"]
        checks.append(Check("max_copy", controls.max_copy, longest, longest < controls.max_copy))
    return checks


def describe(
    take: Take, score: Score, target: Path, others: dict[str, Path], model: Writer
) -> dict[str, Any]:
    """Return the facts of a piece as plain data."""
    header, prompt = take.header, take.prompt
    key = prompt.key if prompt and prompt.key_origin != "none" else header.key
    facts: dict[str, Any] = {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "seed": take.seed,
        "bars": sum(bar.number > 0 for bar in score.bars),
        "new_bars": prompt.new_bars if prompt else header.bars,
        "key": str(key) if key else None,
        "meter": str(prompt.meter if prompt else header.meter),
        "tempo": round(score.tempos[-1].bpm, 3),
        "style": header.style or None,
        "period": header.period or None,
        **({"labels": dict(header.labels)} if header.labels else {}),
        "instruments": [
            instrument_name(part.program, is_drum=part.is_drum) for part in score.parts
        ],
        "notes": score.note_count,
        "model": model.name,
        "version": __version__,
        "copied": copied_share(take, model, by_part=True),
    }
    if not all(part.is_drum or not part.notes for part in score.parts):
        facts |= harmony_of(score, key)
    if prompt:
        inferred: dict[str, Any] = {
            "key": str(key) if key else None,
            "key_origin": prompt.key_origin,
            "meter": str(prompt.meter),
            "bars": prompt.bars,
            "parts": [part + 1 for part in prompt.sounding],
        }
        facts["inferred"] = inferred | (prompt.inferred.to_json() if prompt.inferred else {})
        facts["repeats_prompt"] = take.repeats
    facts["bits_a_note"] = None if take.bits is None else round(take.bits, 3)
    if take.scores:
        facts |= {"score": take.scores.to_json(), "rank": take.rank, "candidates": len(take.table)}
        facts["scores"] = [one.to_json() for one in take.table]
    return facts


def harmony_of(score: Score, key: Key | None) -> dict[str, Any]:
    """Return the figures of harmony of a piece under the name ``harmony``, or nothing of one voice."""
    # Only reports need this: it loads what evaluations are made of.
    from symgen.evaluation.harmony import harmony_metrics
    from symgen.music.keys import infer_key

    found = harmony_metrics(score, key or infer_key(score))
    if "chord_coverage" not in found:
        return {}
    return {"harmony": {name: round(value, 4) for name, value in found.items()}}


def copied_share(take: Take, model: Writer, *, by_part: bool = False) -> dict[str, Any] | None:
    """Return the longest stretch of the new bars that a training piece has too, if the model has an index of them."""
    index = model.copy_index()
    if index is None:
        return None
    index, new = index.of_others, take.new_bars()
    # Who plays what a style says was not drawn: only the others are looked up.
    laid = {"of_style": list(take.of_style)} if take.of_style else {}
    drawn = [part for part in new.parts if part.name not in take.of_style]
    if not drawn:
        return {"longest": 0, "share": 0.0, **laid}
    report = index.find(new.with_parts(drawn))
    match = report.match
    source = (
        {"title": match.title, "source": match.source, "bars": list(match.bars)} if match else {}
    )
    found: dict[str, Any] = {"longest": report.longest, "share": round(report.share, 4), **source}
    if by_part and sum(not part.is_drum for part in drawn) > 1:
        found["parts"] = [part.to_json() for part in index.find_parts(new)]
    return {**found, **laid}
