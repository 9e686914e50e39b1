"""Takes with new parts beside those that are there: voices, a band, drums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symgen.music.controls import Controls
from symgen.studio.take_drawing import (
    Drawn,
    Models,
    Report,
    TakePlace,
    all_bars,
    controls_of,
    rewritten,
)
from symgen.studio.take_scores import with_voices
from symgen.studio.write_tasks import WriteTask
from symgen.verification import check_piece
from symgen.writing.harmonizing import (
    ACCOMPANIMENTS,
    HARMONY_MODEL,
    HARMONY_TEMPERATURE,
    harmonize,
)

__all__ = ["accompanied", "drummed", "harmonized"]


def harmonized(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes with voices, or an accompaniment, for one part."""
    style = {"style": task.own["style"]} if "style" in task.own else {}
    controls = controls_of(task, temperature=HARMONY_TEMPERATURE, **style)
    is_laid = controls.style in ACCOMPANIMENTS
    how = {name: task.own.get(name) for name in ("voice", "particles")}
    place = TakePlace(task.count, report)
    told = None if is_laid else models.get(HARMONY_MODEL).reporting(place)
    for seed in range(task.seed, task.seed + task.count):
        done = harmonize(
            task.tune, model=told, controls=controls, seed=seed, part=_melody_part(task), **how
        )
        drawn = rewritten(done, controls, all_bars(task.tune.score))
        if not is_laid:
            whole = with_voices(task.tune.score, done.score, done.line or 0)
            drawn = replace(drawn, score=whole, checked=done.score)
        yield drawn
        place.number += 1


def accompanied(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:  # noqa: ARG001
    """Yield takes with a band in a style."""
    from symgen.accompanying.examples import load_example
    from symgen.writing.band_players import BandWish
    from symgen.writing.bands import accompany_with_band

    own = {name: value for name, value in task.own.items() if name != "style"}
    if own.get("parts") == "all":
        del own["parts"]
    controls, example, wish = controls_of(task), load_example(task.own["style"]), BandWish(**own)
    for seed in range(task.seed, task.seed + task.count):
        done = accompany_with_band(
            task.tune, example, wish, controls=controls, seed=seed, part=_melody_part(task)
        )
        yield rewritten(done, controls, all_bars(done.score))


def _melody_part(task: WriteTask) -> int | None:
    """Return the part that has the melody, counted from 1, if one is marked."""
    return task.parts[0] + 1 if len(task.parts) == 1 else None


def drummed(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:  # noqa: ARG001
    """Yield takes with drums in a style, in the marked bars or all of them."""
    from symgen.drummer.playing import Manner, play_drums

    score, controls = task.tune.score, controls_of(task)
    bars = task.bars or all_bars(score)
    inside = [bar for bar in score.bars if bars[0] <= bar.number <= bars[1]]
    tempo = [change.bpm for change in score.tempos if change.tick <= inside[0].start][-1]
    manner = Manner(
        style=task.own.get("style", "rock"),
        bpm=tempo,
        fills=task.own.get("fills"),
        closes=task.own.get("end", False),
        is_loose=task.own.get("loose", False),
        temperature=controls.temperature,
    )
    for seed in range(task.seed, task.seed + task.count):
        made = replace(play_drums(inside, score.resolution, manner, seed=seed), name="Drums")
        parts = list(score.parts)
        empty = [n for n, part in enumerate(parts) if part.is_drum and not part.notes]
        if empty:
            parts[empty[0]] = parts[empty[0]].with_notes(made.notes)
        else:
            parts.append(made)
        whole = score.with_parts(parts)
        yield Drawn(whole, seed, bars, lambda read: check_piece(read, Controls()))
