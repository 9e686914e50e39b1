"""Read damaged files in this process, one JSON line each; run as a script by the tests.

    python tests/hostile/reading.py COUNT SEED [FIRST STEP] [FILE...]

The last line tells the peak memory in MB.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from hostile.mutants import mutants
from symgen.formats.limits import DEFAULT_LIMITS, count_tokens
from symgen.formats.midi import read_midi_tunes
from symgen.music.score import Score
from symgen.system.errors import SymgenError
from symgen.tokens import Vocabulary, encode


def nonsense(score: Score) -> list[str]:
    """What no accepted file may have."""
    notes = score.note_array()
    found = []
    if len(notes) and not ((notes[:, 0] >= 0).all() and (notes[:, 1] > 0).all()):
        found.append("times")
    seconds = [score.seconds(tick) for tick in (0, score.music_end, score.length)]
    if (
        not all(math.isfinite(second) and second >= 0 for second in seconds)
        or sorted(seconds) != seconds
    ):
        found.append("seconds")
    if len(notes) and not (
        notes[:, 2].min() >= 0 and notes[:, 2].max() <= 127 and notes[:, 3].min() >= 1
    ):
        found.append("pitches")
    if not all(4 <= tempo.bpm <= 10_000 for tempo in score.tempos):
        found.append("tempo")
    if not all(m.meter.numerator > 0 and m.meter.denominator > 0 for m in score.meters):
        found.append("meter")
    limits = DEFAULT_LIMITS
    if (
        score.note_count > limits.notes
        or count_tokens(score) > limits.tokens
        or seconds[-1] > limits.seconds
    ):
        found.append("limits")
    return found


def token_hash(score: Score, vocabulary: Vocabulary) -> str:
    """The digest of the events that a network would read, or why it cannot read the piece."""
    try:
        events = encode(score, vocabulary)[0]
    except SymgenError as error:
        return str(error)
    return hashlib.sha256(
        events.fields.tobytes() + json.dumps(events.header.to_json()).encode()
    ).hexdigest()


def peak_memory(process: int | str = "self") -> int:
    """The most memory that a process has used, in MB, not counting the one it came from; 0 where it is not told."""
    file = Path(f"/proc/{process}/status")
    if sys.platform != "linux":
        return 0
    status = file.read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def judge(name: str, data: bytes, vocabulary: Vocabulary) -> dict[str, Any]:
    """Read one file and say how it went; only errors of ours are caught."""
    row: dict[str, Any] = {"name": name}
    start = time.process_time()
    try:
        tunes = read_midi_tunes(data, name)
        row["verdict"], row["nonsense"] = (
            "read",
            sorted({fault for tune in tunes for fault in nonsense(tune.score)}),
        )
        row["warnings"] = len(tunes[0].problems)
        row["notes"] = sum(tune.score.note_count for tune in tunes)
    except SymgenError as error:
        row |= {"verdict": "refused", "error": str(error)}
        tunes = ()
    row["read_seconds"] = round(time.process_time() - start, 3)
    row |= {
        "hash": [token_hash(tune.score, vocabulary) for tune in tunes[:3]],
        "seconds": round(time.process_time() - start, 3),
    }
    return row


def files(arguments: list[str]) -> Iterator[tuple[str, bytes]]:
    """The mutants that are asked for, then files by name."""
    count, seed, first, step = map(int, arguments[:4])
    yield from islice(mutants(count, seed), first, None, step)
    for name in arguments[4:]:
        yield name, Path(name).read_bytes()


if __name__ == "__main__":
    vocabulary = Vocabulary()
    for name, data in files(sys.argv[1:]):
        print(json.dumps(judge(name, data, vocabulary)), flush=True)
    print(json.dumps({"peak": peak_memory()}))
