"""A job that takes too long or too much memory ends with one line, and the next one is written."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import symgen
from symgen.studio.jobs import FullError, Job, JobLimits, Jobs
from symgen.studio.project import Project
from symgen.studio.projects import Projects

_SLOW: dict[str, Any] = {"verb": "infill", "bars": [1, 60], "count": 1}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    projects = Projects(tmp_path)
    yield projects.create_of(symgen.generate(bars=64, style="reel", key="D", seed=5), "a reel")
    projects.close()


def _ended(job: Job, seconds: float = 120.0) -> tuple[str, dict[str, Any]]:
    """Wait for the end of a job."""
    end = time.monotonic() + seconds
    while not job.log.has_ended and time.monotonic() < end:
        time.sleep(0.02)
    return job.log.after(0)[-1]


def test_a_job_that_takes_too_long_is_ended(project: Project) -> None:
    jobs = Jobs(JobLimits(processes=1, seconds=6.0))
    try:
        slow = jobs.ask(project, {**_SLOW, "controls": {"particles": 1024}})
        event, told = _ended(slow)
        assert event == "failed"
        assert told["error"].startswith("took more than 6 s and was ended; ")
        assert _ended(jobs.ask(project, {"verb": "drums", "bars": [1, 2], "count": 1}))[0] == "done"
    finally:
        jobs.close()


@pytest.mark.skipif(sys.platform != "linux", reason="limits on memory are held on Linux")
def test_a_job_that_needs_too_much_memory_is_ended(project: Project, tmp_path: Path) -> None:
    notes = tuple(symgen.Note(60 * n, 60, 60) for n in range(60_000))
    projects = Projects(tmp_path / "large")
    large = projects.create_of(symgen.Score((symgen.Part(notes),), 480), "a large piece")
    jobs = Jobs(JobLimits(processes=1, megabytes=200))
    try:
        event, told = _ended(jobs.ask(large, {"verb": "vary"}))
        assert event == "failed"
        assert "of memory; mark fewer bars or parts" in told["error"]
        assert _ended(jobs.ask(project, {"verb": "vary", "bars": [1, 2], "count": 1}))[0] == "done"
    finally:
        jobs.close()
        projects.close()


def test_no_child_outlives_the_jobs(project: Project) -> None:
    jobs = Jobs(JobLimits(processes=1))
    job = jobs.ask(project, {**_SLOW, "controls": {"particles": 1024}})
    while job.log.state != "started":
        time.sleep(0.02)
    (child,) = [job.worker.process] if job.worker else []
    jobs.close()
    assert child.wait(10) is not None
    assert job.log.state == "cancelled"
    with pytest.raises(FullError):
        jobs.ask(project, _SLOW)
