"""The jobs of a studio: takes that are written by child processes, in a queue with limits.

A child is warm: it is started with the studio and keeps the models that it has loaded. One that is cancelled, breaks
down or takes too long is ended and replaced, and neither the studio nor another job notices.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgen.formats.parcels import unpack_score
from symgen.studio.document import Document
from symgen.studio.job_log import JobLog
from symgen.studio.project import Project
from symgen.system.errors import ControlError, SymgenError, error_called
from symgen.system.pool import Workers
from symgen.system.processes import Fault, Worker

if TYPE_CHECKING:
    from symgen.studio.asking import Asked
    from symgen.studio.write_tasks import WriteTask

__all__ = ["FullError", "Job", "JobLimits", "Jobs", "UnknownJobError"]

_COMMAND = ("-m", "symgen.studio.write_worker")
_MOST_LINE = 64 * 2**20
_MOST_KEPT = 256
_PAUSE_SECONDS = 2.0
"""Before another child is started when one did not start."""
_LOOK_SECONDS = 5.0
"""Between two looks at whether a child that waits is still there."""
_MOST_MISSES = 2
_CLOSE_SECONDS = 1.0
"""In which a thread ends unless it starts a child, which then ends by itself."""


@dataclass(frozen=True)
class JobLimits:
    """What jobs may take.

    Attributes
    ----------
    processes : int
        Jobs that are written at a time.
    waiting : int
        Jobs that may wait.
    seconds : float
        For one job.
    megabytes : int
        Memory of one child, held on Linux and macOS.
    """

    processes: int = 2
    waiting: int = 8
    seconds: float = 900.0
    megabytes: int = 2048


class FullError(ControlError):
    """Too many jobs wait."""

    http_status = 429


class UnknownJobError(ControlError):
    """There is no such job."""

    http_status = 404


@dataclass(eq=False)
class Job:
    """One job: what is asked for which project, and what is told of it."""

    id: str
    project: Project
    asked: Asked
    # Nothing once it has ended.
    task: WriteTask | None
    base: int
    log: JobLog = field(default_factory=JobLog)
    # The child that writes it, while it does.
    worker: Worker | None = None
    is_cancelled: bool = False
    # Whether a child has said that it works on it, and how often none has.
    is_begun: bool = False
    misses: int = 0

    def asked_json(self, task: WriteTask) -> dict[str, Any]:
        """Return what a task asks as plain data: bars, parts by their numbers from 0 on, controls, locked notes."""
        asked = self.asked
        return {
            "bars": list(asked.bars) if asked.bars else None,
            "parts": list(task.parts),
            "controls": dict(asked.controls),
            "own": dict(asked.own),
            "locked": len(task.locked),
        }


class Jobs:
    """Writes takes for the projects of a studio; any thread may call any method."""

    def __init__(self, limits: JobLimits | None = None) -> None:
        self._limits = limits or JobLimits()
        self._changed = threading.Condition()
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._known: dict[str, Job] = {}
        self._is_closed = False
        self._workers = Workers(
            (*_COMMAND, str(self._limits.megabytes)), self._explain, what="the process that writes"
        )
        self._threads = [
            threading.Thread(target=self._serve, name=f"takes {number}", daemon=True)
            for number in range(self._limits.processes)
        ]
        for thread in self._threads:
            thread.start()

    # -- what the routes ask -----------------------------------------------------------

    def ask(self, project: Project, body: Mapping[str, Any]) -> Job:
        """Queue what a page asks for.

        Raises
        ------
        ControlError
            If a value is not legal, or contradicts another one or the piece.
        FullError
            If too many jobs wait.
        """
        # What is legal is known by what writes, which a studio loads when it is first asked.
        from symgen.studio.asking import read_asked
        from symgen.studio.write_tasks import WriteTask

        document, base = _state(project)
        asked = read_asked(body, document)
        task = WriteTask.of(asked, document)
        job = Job(secrets.token_hex(8), project, asked, task, base)
        with self._changed:
            if self._is_closed:
                raise FullError("the studio ends; start it again")
            if len(self._waiting) >= self._limits.waiting:
                raise FullError(
                    f"{len(self._waiting)} jobs wait already; cancel one, or ask again in a moment"
                )
            self._forget()
            self._known[job.id] = job
            self._waiting.append(job)
            self._tell_waiting()
            self._changed.notify_all()
        return job

    def get(self, name: str) -> Job:
        """Return a job; old ones are forgotten."""
        with self._changed:
            if name not in self._known:
                raise UnknownJobError(
                    f"job {name!r:.40}: is not there; the takes tell what it wrote"
                )
            return self._known[name]

    def cancel(self, name: str) -> Job:
        """End a job at once; one that has ended stays as it is."""
        job = self.get(name)
        with self._changed:
            job.is_cancelled = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._tell_waiting()
                self._end(job, "cancelled")
            elif job.worker is not None:
                job.worker.process.kill()
        return job

    def processes(self) -> list[int]:
        """Return the numbers of the child processes that write."""
        with self._changed:
            return [job.worker.process.pid for job in self._running if job.worker is not None]

    def close(self) -> None:
        """Cancel all jobs, and end the children."""
        with self._changed:
            self._is_closed = True
            waiting, self._waiting = self._waiting, []
            running = list(self._running)
            self._changed.notify_all()
        for job in waiting:
            self._end(job, "cancelled")
        for job in running:
            self.cancel(job.id)
        for thread in self._threads:
            thread.join(_CLOSE_SECONDS)

    # -- the queue ---------------------------------------------------------------------

    def _tell_waiting(self) -> None:
        for ahead, job in enumerate(self._waiting):
            self._tell(job, "queued", ahead=ahead)

    def _forget(self) -> None:
        """Forget the oldest jobs that have ended, if there are many."""
        ended = [name for name, job in self._known.items() if job.log.has_ended]
        for name in ended[: max(0, len(self._known) - _MOST_KEPT)]:
            del self._known[name]

    def _next(self, worker: Worker) -> Job | None:
        """Wait for a job whose project has no other one that runs; None if the studio or the child ends."""
        with self._changed:
            while not self._is_closed and worker.is_alive:
                busy = {id(job.project) for job in self._running}
                job = next((each for each in self._waiting if id(each.project) not in busy), None)
                if job is not None:
                    self._waiting.remove(job)
                    self._running.append(job)
                    job.worker = worker
                    self._tell_waiting()
                    return job
                self._changed.wait(_LOOK_SECONDS)
            return None

    def _serve(self) -> None:
        """Run jobs with a child of this thread's own."""
        worker: Worker | None = None
        while not self._is_closed:
            if worker is None or not worker.is_alive:
                worker = self._started(worker)
            if worker is None:
                continue
            job = self._next(worker)
            if job is not None and not self._run(job, worker):
                worker.stop()
                worker = None
        if worker is not None:
            worker.stop()

    def _started(self, old: Worker | None) -> Worker | None:
        """Start a child; if that fails, let the jobs that wait know."""
        if old is not None:
            old.stop()
        try:
            return self._workers.start()
        except (SymgenError, OSError) as error:
            with self._changed:
                waiting, self._waiting = self._waiting, []
            for job in waiting:
                self._end(job, "failed", error=str(error))
            time.sleep(_PAUSE_SECONDS)
            return None

    # -- one job -----------------------------------------------------------------------

    def _run(self, job: Job, worker: Worker) -> bool:
        """Write the takes of a job, and return whether the child can go on with another one."""
        end, told, is_usable = "done", {}, False
        try:
            told = self._write(job, worker)
            is_usable = True
        except _ToldError as error:
            end, told, is_usable = "failed", {"error": str(error)}, True
        except SymgenError as error:
            if self._goes_back(job):
                return False
            end, told = "failed", {"error": str(error)}
        except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
            end, told = "failed", {"error": "the studio failed at this job; ask again"}
        with self._changed:
            job.worker = None
            self._running.remove(job)
            if job.is_cancelled:
                end, told, is_usable = "cancelled", {}, is_usable and worker.is_alive
            self._changed.notify_all()
        self._end(job, end, **told)
        return is_usable

    def _goes_back(self, job: Job) -> bool:
        """Queue a job again whose child was gone before it was given to it."""
        with self._changed:
            if job.is_begun or job.is_cancelled or job.misses >= _MOST_MISSES:
                return False
            job.misses += 1
            job.worker = None
            self._running.remove(job)
            self._waiting.insert(0, job)
            self._changed.notify_all()
            return True

    def _write(self, job: Job, worker: Worker) -> dict[str, Any]:
        """Offer the takes of a job as they come; return what is told at its end."""
        deadline = time.monotonic() + self._limits.seconds
        question = job.task.to_json() if job.task else None
        lost, offered = list[str](), 0
        while True:
            left = max(0.01, deadline - time.monotonic())
            answer = worker.ask(question, left, _MOST_LINE)
            question = None
            job.is_begun = True
            if "begun" in answer:
                self._tell(job, "started")
            elif "bar" in answer:
                take, bar, count = answer["bar"]
                job.log.add("bar", take=take, bar=bar, of=count)
            elif "take" in answer:
                self._offer(job, answer["take"], answer["score"])
                offered += 1
            elif "lost" in answer:
                lost.append(str(answer["lost"]))
                job.log.add("left out", reason=lost[-1])
            elif "error" in answer:
                raise _ToldError(str(error_called(answer.get("kind"))(answer["error"])))
            elif answer.get("memory"):
                raise self._explain("memory")
            else:
                break
        if lost and not offered:
            raise _ToldError(lost[0])
        count = job.asked.count
        why = lost[0] if lost else "more came out the same"
        said = f"{offered} of {count} takes: {why}" if offered < count else ""
        return {"takes": offered, "of": count, "said": said}

    def _offer(self, job: Job, facts: dict[str, Any], score: dict[str, Any]) -> None:
        if job.is_cancelled or job.task is None:
            return
        asked = job.asked_json(job.task)
        known = {"job": job.id, "verb": job.asked.verb, "asked": asked, **facts}
        take = job.project.add_take(unpack_score(score), known, base=job.base)
        job.log.add("take", **{**facts, "take": take.id})

    def _tell(self, job: Job, event: str, **data: Any) -> None:
        """Tell those who listen to the job, and in short those who listen to the project."""
        job.log.add(event, **data)
        with suppress(SymgenError):
            told = {"job": job.id, "verb": job.asked.verb, "state": event, **data}
            job.project.publish("job", told)

    def _end(self, job: Job, event: str, **data: Any) -> None:
        job.task = None
        self._tell(job, event, **data)

    def _explain(self, fault: Fault) -> SymgenError:
        limits = self._limits
        return SymgenError(
            {
                "late": f"took more than {limits.seconds:g} s and was ended; "
                "mark fewer bars, or ask for fewer takes",
                "broken": "the process that writes broke down over it; ask again, or mark fewer bars",
                "memory": f"needs more than {limits.megabytes:,} MB of memory; "
                "mark fewer bars or parts",
                "nonsense": "the process that writes gave no answer that makes sense; ask again",
            }[fault]
        )


def _state(project: Project) -> tuple[Document, int]:
    """Return the document of a project and the revision that it has."""
    while True:
        base, document = project.revision, project.document
        if project.revision == base:
            return document, base


class _ToldError(SymgenError):
    """What the child said of itself: it can go on with other jobs."""
