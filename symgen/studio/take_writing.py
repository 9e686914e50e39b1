"""What a child process does for each verb: takes of the whole piece, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from symgen.studio.new_takes import composed, continued, from_nothing
from symgen.studio.part_takes import accompanied, drummed, harmonized
from symgen.studio.rewriting_takes import infilled, varied
from symgen.studio.take_drawing import Drawn, Models, Report
from symgen.studio.write_tasks import WriteTask

__all__ = ["write_takes"]

_WRITERS: Mapping[str, Callable[[WriteTask, Models, Report], Iterator[Drawn]]] = {
    "infill": infilled,
    "generate": composed,
    "continue": continued,
    "vary": varied,
    "harmonize": harmonized,
    "accompany": accompanied,
    "drums": drummed,
}


def write_takes(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Write the takes of a task one by one, and tell of each bar."""
    if task.verb == "infill" and not task.tune.score.note_count:
        return from_nothing(task, models, report)
    return _WRITERS[task.verb](task, models, report)
