"""``symgen generate --packed``: a great many pieces in few files, by any number of processes and machines."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
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
from symgen.system.cluster import run_on_cluster
from symgen.system.errors import ControlError, FormatError, SymgenError, error_called
from symgen.system.files import PathLike, check_writable, make_folder, remove_stale
from symgen.system.places import is_remote, join_place, size_of
from symgen.system.pool import Workers, check_jobs, in_order
from symgen.system.shards import Part, Shard, found_parts
from symgen.writing.pack_worker import make_part
from symgen.writing.packing import PackPlan, write_part
from symgen.writing.piping import fingerprint

if TYPE_CHECKING:
    from symgen.system.processes import Fault
    from symgen.writing.generator import Generator as Model

__all__ = ["generate_packed"]

_WORKER = "symgen.writing.pack_worker"
_FOR_FILES = (
    "wav", "soundfont", "xml", "abc", "lead_sheet", "plot", "sheet", "play", "feel", "json",
)  # fmt: skip
_MOST_NAMED = 5
"""Pieces that are named where many have something in common."""
_ON_CLUSTER = 16
"""So many shards there are at least where a cluster does the work, as it is not known how many workers it will have."""


def generate_packed(context: Context) -> Result:
    """Write the parts of one shard that are not there yet."""
    options = context.options
    shard = Shard(1, 1) if options.shard is None else Shard.parse(options.shard)
    _check(options)
    jobs = check_jobs(os.cpu_count() or 1 if options.jobs is None else options.jobs)
    first = 0 if options.seed is None else options.seed
    controls = options_controls(options)
    wanted = seeds(options.count, first)
    folder = join_place(options.out_dir or "", options.output or f"symgen-{first}")
    if is_remote(options.output):
        folder = options.output
    name = options.model or choose_for_controls(controls)
    model = model_of(name)
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
    parts = _parts(plan, folder, shard, _ON_CLUSTER if options.scheduler else shard.count)
    left = [part for part in parts if not part.is_done(plan.made_of())]
    work = _Work(plan, model, str(Path(name).absolute()) if Path(name).exists() else name, left)
    if options.scheduler:
        work.write_on(options.scheduler)
    else:
        work.write(min(jobs, len(left)))
    return Result(_told(plan, shard, parts, len(left)))


def _check(options: argparse.Namespace) -> None:
    """Refuse what makes sense for files of one piece only."""
    for name in _FOR_FILES:
        if vars(options).get(name):
            raise ControlError(
                f"{name.replace('_', '-')}: is not for packed parts; leave it out, and see `symgen unpack`"
            )
    if options.format not in (None, "mid"):
        raise ControlError(
            f"format {options.format}: packed parts hold MIDI; leave it out, and see `symgen unpack`"
        )
    if options.overwrite:
        raise ControlError(
            "overwrite: packed parts are never replaced; name another folder with -o"
        )
    if options.scheduler and options.shard:
        raise ControlError("shard and scheduler: a scheduler gives out all shards; use one")
    output = options.output or ""
    if output == "-" or Path(output).suffix.lower() in WRITABLE:
        raise ControlError(f"output {output}: packed parts go into a folder; name one with -o")


def _parts(plan: PackPlan, folder: PathLike, shard: Shard, shards: int) -> list[Part]:
    """Return the parts of a shard; those that lie there must be of the same pieces."""
    if size_of(folder) is not None:
        raise FormatError(f"{folder}: is no folder; name another with -o")
    there = found_parts(folder)
    for part in there[:1]:
        part.is_done(plan.made_of())
    count = there[0].shard.count if there else plan.parts(shards)
    mine = [Part(folder, Shard(number + 1, count)) for number in shard.share(count)]
    if mine and not is_remote(folder):
        make_folder(folder)
        remove_stale(folder)
        check_writable(mine[0].marker, overwrite=True)
    return mine


# -- writing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """Parts that are to be written."""

    plan: PackPlan
    model: Model
    # How another process finds the model.
    name: str
    parts: Sequence[Part]

    def write(self, jobs: int) -> None:
        """Write them with so many processes, and name each that is written."""
        ends = list(accumulate(map(self._pieces, self.parts)))
        with (
            counted("writing", "pieces") as follow,
            closing(self._here() if jobs <= 1 else self._in_processes(jobs)) as written,
        ):
            for part, told, end in zip(self.parts, written, ends, strict=True):
                _tell_unmet(part, told)
                print_paths(part.place(PACKED))
                follow(end, ends[-1])

    def write_on(self, scheduler: str) -> None:
        """Let the workers of a dask scheduler write them, and name them when all are written."""
        found: dict[int, dict[str, Any]] = {}
        total = sum(map(self._pieces, self.parts))

        def done(number: int, told: dict[str, Any]) -> None:
            found[number] = told
            follow(sum(each["pieces"] for each in found.values()), total)

        if self.parts:
            with counted("writing", "pieces") as follow:
                calls = [partial(self._call, part) for part in self.parts]
                run_on_cluster(scheduler, make_part, calls, done)
        for number, part in enumerate(self.parts):
            if not part.is_done(self.plan.made_of()):
                raise FormatError(
                    f"{part.place(PACKED)}: was made by a worker, and is not there; "
                    "name a folder that all machines share"
                )
            _tell_unmet(part, found[number])
            print_paths(part.place(PACKED))

    def _pieces(self, part: Part) -> int:
        return len(part.shard.share(self.plan.count))

    def _call(self, part: Part) -> tuple[dict[str, Any], str, str, str]:
        """Return what `make_part` is called with."""
        place = part.folder
        folder = str(place) if is_remote(place) else str(Path(place).absolute())
        return self.plan.to_json(), self.name, folder, str(part.shard)

    def _here(self) -> Generator[dict[str, Any]]:
        yield from (write_part(self.plan, self.model, part) for part in self.parts)

    def _in_processes(self, jobs: int) -> Generator[dict[str, Any]]:
        try:
            with Workers(["-m", _WORKER], _broken, most=2**26) as pool:
                asked = (partial(self._asked, pool, part) for part in self.parts)
                yield from in_order(asked, jobs, ahead=1)
        finally:  # what was being written is no use
            remove_stale(self.parts[0].folder)

    def _asked(self, workers: Workers, part: Part) -> dict[str, Any]:
        """Let another process write a part."""
        names = ("plan", "model", "folder", "part")
        answer = workers.ask(dict(zip(names, self._call(part), strict=True)))
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
            f"{part.place(PACKED)}: {name.replace('_', '-')} is not met in {count} of "
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
