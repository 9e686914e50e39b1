"""``symgen infill``, ``symgen harmonize``, ``symgen accompany`` and ``symgen vary``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.cli.describing import report_checks
from symgen.cli.finishing import Written, finish
from symgen.cli.history import remember
from symgen.cli.loading import model_of, model_to_rewrite
from symgen.cli.options import Context, Result, options_controls
from symgen.cli.outputs import name_targets, stem_of
from symgen.cli.progress import shown
from symgen.cli.reading import read_piece
from symgen.cli.saving import save_piece
from symgen.cli.telling import note
from symgen.cli.writing import bar_range, tell, tell_losses, write_others
from symgen.formats import Tune
from symgen.music.instruments import instrument_name
from symgen.nets.models import choose_for_tune
from symgen.system.errors import ControlError, FormatError
from symgen.verification import PartPlayed, read_facts
from symgen.writing.generator import seeds
from symgen.writing.harmonizing import ACCOMPANIMENTS, HARMONY_MODEL
from symgen.writing.harmonizing import harmonize as harmonize_tune
from symgen.writing.infilling import infill as infill_tune
from symgen.writing.reporting import harmony_of
from symgen.writing.rewritten import Chosen, Rewritten
from symgen.writing.varying import vary as vary_tune

__all__ = ["accompany", "harmonize", "infill", "vary"]

_WITHOUT_NAME = re.compile(r"\bthe tune\b|^the part\b")


def infill(context: Context) -> Result:
    """Write some bars anew."""
    bars = bar_range(context.options.bars, "bars")
    which = _chosen(context)
    return _rewrite(
        context, "infilled", lambda tune, **how: infill_tune(tune, bars, **how, **which)
    )


def vary(context: Context) -> Result:
    """Change some notes."""
    amount, which = context.options.amount, _chosen(context)
    return _rewrite(context, "varied", lambda tune, **how: vary_tune(tune, amount, **how, **which))


def _chosen(context: Context) -> Chosen:
    """Return which parts are written anew, and which notes stay."""
    return {"parts": context.options.parts, "pins": context.options.pin}


def harmonize(context: Context) -> Result:
    """Set a melody for four voices, or give it an accompaniment."""
    options = context.options
    work = partial(harmonize_tune, voice=options.voice)
    if options.style in ACCOMPANIMENTS:
        return _rewrite(context, "harmonized", work, "harmonizer", draws=False)
    return _rewrite(context, "harmonized", work, HARMONY_MODEL)


def accompany(context: Context) -> Result:
    """Give a tune a band."""
    options = context.options
    if options.stems and not options.wav:
        raise ControlError("stems: is for --wav, which is not given; add --wav")
    # What needs no band does not load it.
    from symgen.accompanying.examples import load_example
    from symgen.writing.band_players import BandWish
    from symgen.writing.bands import accompany_with_band

    example = load_example(options.style)
    names = ("parts", "lock", "drop", "again", "intro", "ending", "drums", "loosen")
    wish = BandWish(**{name: getattr(options, name) for name in names})

    def work(tune: Tune, *, model: None, particles: None, **how: Any) -> Rewritten:  # noqa: ARG001
        return accompany_with_band(tune, example, wish, **how)

    return _rewrite(context, "accompanied", work, f"style {example.name}", draws=False)


def _rewrite(
    context: Context,
    what: str,
    work: Callable[..., Rewritten],
    model: str | None = None,
    *,
    draws: bool = True,
) -> Result:
    options = context.options
    asked = vars(options).get("model")
    if asked and not draws:
        raise ControlError(f"--model: {options.style} needs none; leave it out")
    controls = options_controls(options)
    tune, notices = read_piece(options.tune, options)
    targets = name_targets(options, f"{stem_of(options, options.tune)}-{what}")
    named, chosen = asked or model, None
    if draws:
        parts = vars(options).get("parts")
        chosen = (
            model_of(named)
            if named
            else model_to_rewrite(tune, options.part, parts, controls.style)
        )
    written: list[Written] = []
    for seed, target in zip(seeds(options.count, options.seed), targets, strict=True):
        with nullcontext() if chosen is None else shown(chosen) as telling:
            how = {
                "controls": controls,
                "seed": seed,
                "part": options.part,
                "particles": vars(options).get("particles"),
            }
            try:
                done = work(tune, model=telling, **how)
            except (FormatError, ControlError) as error:
                raise type(error)(
                    _WITHOUT_NAME.sub(lambda _: options.tune, str(error), count=1)
                ) from None
        if target is targets[0]:
            for notice in done.notices:
                note(notice)
            if options.seed is None:
                note(f"seed {seed}")
        save_piece(done.score, target, options)
        others = write_others(done.score, target, options)
        lost = tell_losses(done.prompt.score, done.score, target, others)
        read = read_facts(target)
        checks = report_checks(target, done.checks(controls, read))
        name = chosen.name if chosen else named or choose_for_tune(tune.score, options.part)
        facts = _describe(done, target, others, name)
        facts |= _voice_facts(target, done.voices(read))
        line = context.line_with(done.seed)
        facts |= {"command": line, "controls": checks, "lost": lost}
        if options.json or options.report:
            facts |= harmony_of(done.score, done.prompt.key)
        tell(facts, target, others, options)
        remember(context, line, done.score, target, others, model=name, seed=seed)
        written.append(Written(target, done.score, line, seed=done.seed))
    finish(written, options)
    return Result(notices)


def _voice_facts(target: Path, voices: Sequence[PartPlayed]) -> dict[str, Any]:
    """Warn of new voices out of their ranges or silent for long, and return what each of them does."""
    for voice in voices:
        for complaint in voice.complaints():
            note(f"{target}: {complaint}")
    found = [{"part": voice.part, "player": voice.to_json()} for voice in voices]
    return {"parts": found} if found else {}


def _describe(
    done: Rewritten,
    target: Path,
    others: dict[str, Path],
    model: str,
) -> dict[str, Any]:
    prompt = done.prompt
    return {
        "path": str(target),
        **{kind: str(path) for kind, path in others.items()},
        "seed": done.seed,
        "bars": prompt.bars,
        "key": str(prompt.key),
        "key_origin": prompt.key_origin,
        "kept": round(done.kept, 4),
        "particles": done.particles,
        "notices": list(done.notices),
        "notes": done.score.note_count,
        "instruments": [
            instrument_name(part.program, is_drum=part.is_drum) for part in done.score.parts
        ],
        "model": model,
        "version": __version__,
    }
