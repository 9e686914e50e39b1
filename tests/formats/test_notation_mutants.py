"""Damaged notation: each file is read or refused in one line, in time, and the reader goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from notation_mutants import SEEDS, mutants

from symgen.formats.limits import DEFAULT_LIMITS, check_score
from symgen.formats.notation import WorkerPool, read_tunes
from symgen.formats.tunes import Tune
from symgen.system.errors import FormatError

COUNT, SECONDS = 100, 5.0
LEAST = {".musicxml": 15, ".mxl": 10, ".abc": 40, ".krn": 40}
"""How many of the mutants must still be music: else they would be no test of the reader."""


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(SECONDS) as workers:
        yield workers


def is_sane(tune: Tune) -> bool:
    score = check_score(tune.score, "score", DEFAULT_LIMITS)
    tempos = all(4 <= 6e7 / change.microseconds <= 10_000.01 for change in score.tempos)
    return tempos and score.length < 2**31 and all(part.end <= score.length for part in score.parts)


@pytest.mark.parametrize("suffix", SEEDS)
def test_400_mutants_are_read_or_refused_in_time(
    suffix: str, tmp_path: Path, pool: WorkerPool
) -> None:
    seed = tmp_path / f"seed{suffix}"
    seed.write_bytes(SEEDS[suffix])
    whole = read_tunes(seed, pool=pool)
    assert whole[0].score.note_count >= 6
    paths = []
    for number, (kind, data) in enumerate(mutants(suffix, COUNT, 1)):
        paths.append(tmp_path / f"{number} {kind}{suffix}")
        paths[-1].write_bytes(data)
    assert len({path.read_bytes() for path in paths} - {SEEDS[suffix]}) > 0.8 * COUNT

    def read(path: Path) -> tuple[float, tuple[Tune, ...] | str]:
        start = time.monotonic()
        try:
            answer: tuple[Tune, ...] | str = read_tunes(path, repeats="played", pool=pool)
        except FormatError as error:
            answer = str(error)
        return time.monotonic() - start, answer

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(read, paths))
    for path, (seconds, answer) in zip(paths, answers, strict=True):
        assert seconds < SECONDS + 30, path.name  # a new process may have to start
        if isinstance(answer, str):
            assert answer.startswith(f"{path}: "), answer
            assert answer.isprintable(), answer
            assert "; " in answer, answer
            assert "broke down" not in answer, answer
        else:
            assert all(is_sane(tune) for tune in answer), path.name
    read_ones = [answer for _, answer in answers if not isinstance(answer, str)]
    assert sum(any(tune.score.note_count for tune in tunes) for tunes in read_ones) >= LEAST[suffix]
    assert read_tunes(seed, pool=pool) == whole  # nothing stays behind in the processes
