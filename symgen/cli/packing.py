"""``symgen generate --packed``: a great many pieces in few files, by any number of processes and machines."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.loading import model_of
from symgen.cli.options import Context, Result, options_controls
from symgen.cli.outputs import print_paths
from symgen.cli.progress import counted
from symgen.cli.telling import note
from symgen.formats import WRITABLE
from symgen.formats.packs import PACKED
from symgen.nets.models import choose_for_controls
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError, FormatError, SymgenError, error_called
from symgen.system.files import check_writable, make_folder, remove_stale
from symgen.system.pool import Workers, check_jobs, in_order
from symgen.system.shards import Part, Shard, found_parts
from symgen.writing.packing import PackPlan, write_part
from symgen.writing.piping import fingerprint

if TYPE_CHECKING:
    from symgen.system.processes import Fault
    from symgen.writing.generator import Generator as Model

__all__ = ["generate_packed"]

_WORKER = "symgen.writing.pack_worker"
_FOR_FILES = ("wav", "soundfont", "xml", "abc", "plot", "sheet", "play", "json")
_MOST_NAMED = 5
"""Pieces that are named where many have something in common."""


def generate_packed(context: Context) -> Result:
    """Write the parts of one shard that are not there yet."""
    options = context.options
    shard = Shard(1, 1) if options.shard is None else Shard.parse(options.shard)
    _check(options)
    jobs = check_jobs(os.cpu_count() or 1 if options.jobs is None else options.jobs)
    first = 0 if options.seed is None else options.seed
    controls = options_controls(options)
    wanted = seeds(options.count, first)
    folder = Path(options.out_dir or "", options.output or f"symgen-{first}")
    model = model_of(options.model or choose_for_controls(controls))
    plan = PackPlan(
        model=model.name,
        card=fingerprint(model),
        first=first,
        count=len(wanted),
        controls=controls,
        candidates=options.candidates,
        with_reports=options.report,
    )
    model.takes(controls, candidates=options.candidates)  # which refuses what cannot be
    parts = _parts(plan, folder, shard)
    left = [part for part in parts if not part.is_done(plan.made_of())]
    _write(left, plan, model, min(jobs, len(left)))
    return Result(_told(plan, shard, parts, len(left)))


def _check(options: argparse.Namespace) -> None:
    """Refuse what makes sense for files of one piece only."""
    for name in _FOR_FILES:
        if vars(options).get(name):
            raise ControlError(
                f"{name}: is not for packed parts; leave it out, and see `symgen unpack`"
            )
    if options.format not in (None, "mid"):
        raise ControlError(
            f"format {options.format}: packed parts hold MIDI; leave it out, and see `symgen unpack`"
        )
    if options.overwrite:
        raise ControlError(
            "overwrite: packed parts are never replaced; name another folder with -o"
        )
    output = options.output or ""
    if output == "-" or Path(output).suffix.lower() in WRITABLE:
        raise ControlError(f"output {output}: packed parts go into a folder; name one with -o")


def _parts(plan: PackPlan, folder: Path, shard: Shard) -> list[Part]:
    """Return the parts of a shard; those that lie there must be of the same pieces."""
    if folder.exists() and not folder.is_dir():
        raise FormatError(f"{folder}: is no folder; name another with -o")
    there = found_parts(folder)
    for part in there[:1]:
        part.is_done(plan.made_of())
    count = there[0].shard.count if there else plan.parts(shard.count)
    mine = [Part(folder, Shard(number + 1, count)) for number in shard.share(count)]
    if mine:
        make_folder(folder)
        remove_stale(folder)
        check_writable(mine[0].marker, overwrite=True)
    return mine


# -- writing ------------------------------------------------------------------------------


def _write(parts: Sequence[Part], plan: PackPlan, model: Model, jobs: int) -> None:
    """Write parts, and name each that is written."""
    pieces = [len(part.shard.share(plan.count)) for part in parts]
    with (
        counted("writing", "pieces") as follow,
        closing(_written(parts, plan, model, jobs)) as done,
    ):
        for number, (part, told) in enumerate(zip(parts, done, strict=True), 1):
            _tell_unmet(part, told)
            print_paths(part.path(PACKED))
            follow(sum(pieces[:number]), sum(pieces))


def _written(
    parts: Sequence[Part], plan: PackPlan, model: Model, jobs: int
) -> Generator[dict[str, Any]]:
    """Yield what each part says of itself when it is written."""
    if jobs <= 1:
        yield from (write_part(plan, model, part) for part in parts)
        return
    try:
        with Workers(["-m", _WORKER, str(model.folder)], _broken, most=2**26) as pool:
            yield from in_order(
                (partial(_asked, pool, plan, part) for part in parts), jobs, ahead=1
            )
    finally:  # what was being written is no use
        remove_stale(parts[0].folder)


def _asked(workers: Workers, plan: PackPlan, part: Part) -> dict[str, Any]:
    """Let another process write a part."""
    folder, shard = str(Path(part.folder).absolute()), str(part.shard)
    answer = workers.ask({"plan": plan.to_json(), "folder": folder, "part": shard})
    if "error" in answer:
        raise error_called(answer.get("kind"))(answer["error"])
    return answer


def _broken(fault: Fault) -> SymgenError:
    return SymgenError(
        f"a process that writes ended ({fault}); run the same command again, which goes on from here"
    )


def _tell_unmet(part: Part, told: dict[str, Any]) -> None:
    """Say which controls are not met in a part."""
    counts = Counter(name for _, name, *_ in told["unmet"])
    for name, count in counts.items():
        numbers = [str(number) for number, unmet, *_ in told["unmet"] if unmet == name]
        more = " ..." if count > _MOST_NAMED else ""
        named = ", ".join(numbers[:_MOST_NAMED])
        note(
            f"{part.path(PACKED)}: {name.replace('_', '-')} is not met in {count} of "
            f"{told['pieces']} pieces: {named}{more}"
        )


def _told(plan: PackPlan, shard: Shard, parts: Sequence[Part], written: int) -> list[str]:
    """Say what there is now of a shard."""
    name = f"shard {shard}: " * (shard.count > 1)
    if not parts:
        return [f"{name}nothing to do, as there are fewer parts than shards"]
    first, last = (
        plan.first + part.shard.share(plan.count)[end]
        for part, end in ((parts[0], 0), (parts[-1], -1))
    )
    many = f"{len(parts)} part{'s' * (len(parts) > 1)}"
    there = f", {len(parts) - written} were there" * (written < len(parts))
    return [f"{name}pieces {first}-{last} in {many}; {written} written{there}"]
