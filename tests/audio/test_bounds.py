"""Rendering never runs away: how long a WAV gets, and how much memory it takes."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest
from smallfont import font_bytes, lists
from wavs import read_wav

from symgen.audio import render
from symgen.audio.loudness import BLOCK_SECONDS
from symgen.audio.performance import TAIL_SECONDS
from symgen.audio.synthesizer import import_fluidsynth
from symgen.formats import load_score
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.system.errors import RenderError

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
needs_status = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads Linux's own figures"
)
FLUTE, ORGAN, PAD = 73, 16, 88
HOUR = 2 * 3600 * 480
"""Ticks, at 120 quarters a minute."""


@pytest.fixture(params=[pytest.param("fluidsynth", marks=needs_library), "builtin"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    if request.param == "builtin":
        monkeypatch.setitem(sys.modules, "fluidsynth", None)
    return request.param


def assert_bounded(path: Path, last: float) -> None:
    """Check a WAV against the time at which the last note ends."""
    seconds = read_wav(path).seconds
    assert last <= seconds + BLOCK_SECONDS
    assert seconds <= last + TAIL_SECONDS + BLOCK_SECONDS


# -- length ------------------------------------------------------------------------------


def pieces() -> dict[str, Score]:
    rng = random.Random(3)  # noqa: S311
    crowd = [
        Note(rng.randrange(4000), rng.randrange(30, 90), rng.randrange(1, 4000)) for _ in range(150)
    ]
    rubato = tuple(TempoChange(i * 100, rng.randrange(200_000, 900_000)) for i in range(30))
    return {
        "one tick": Score((Part((Note(0, 69, 1),), program=FLUTE),)),
        "held pad": Score(
            (Part(tuple(Note(0, p, 9600) for p in (36, 48, 60, 64, 67)), program=PAD),)
        ),
        "crowd": Score(
            (Part(tuple(crowd), program=11), Part(tuple(crowd[:50]), is_drum=True)), tempos=rubato
        ),
        "unisons": Score(
            (Part(tuple(Note(i * 9, 60, 3000 - 17 * i) for i in range(60)), program=ORGAN),)
        ),
        "a long file of one note": Score(
            (Part((Note(0, 69, 480),), program=FLUTE),), length=30 * HOUR
        ),
        "a rest of a minute": Score(
            (Part((Note(0, 69, 480), Note(HOUR // 60, 69, 480)), program=FLUTE),)
        ),
    }


@pytest.mark.parametrize("piece", pieces())
@pytest.mark.parametrize("rate", [8000, 22_050])
def test_the_wav_ends_soon_after_the_last_note(
    piece: str, rate: int, engine: str, tmp_path: Path
) -> None:
    score = pieces()[piece]
    render(score, tmp_path / "a.wav", rate=rate)
    assert_bounded(tmp_path / "a.wav", score.seconds(score.music_end))


@needs_library
def test_a_font_that_never_dies_away_is_cut_off(tmp_path: Path) -> None:
    (tmp_path / "a.sf2").write_bytes(font_bytes(records=lists(release=8000)))  # 100 seconds
    score = Score((Part((Note(0, 69, 480),), program=FLUTE),))
    report = render(score, tmp_path / "a.wav", rate=8000, soundfont=tmp_path / "a.sf2")
    assert_bounded(tmp_path / "a.wav", 0.5)
    assert report.seconds > 0.5 + TAIL_SECONDS - BLOCK_SECONDS
    assert abs(read_wav(tmp_path / "a.wav").samples[-1]).max() < 1000


def hanging(end: int) -> bytes:
    """A MIDI file with a note that is never released, and one that is struck twice and released once."""
    track = mido.MidiTrack(
        [
            mido.Message("program_change", program=FLUTE, time=0),
            mido.Message("note_on", note=69, velocity=90, time=0),
            mido.Message("note_on", note=72, velocity=90, time=240),
            mido.Message("note_on", note=72, velocity=90, time=240),
            mido.Message("note_off", note=72, time=240),
            mido.MetaMessage("end_of_track", time=end - 720),
        ]
    )
    file, data = mido.MidiFile(tracks=[track], ticks_per_beat=480), io.BytesIO()
    file.save(file=data)
    return data.getvalue()


def test_a_note_that_hangs_in_a_file_ends_with_it(engine: str, tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(hanging(1920))
    score = load_score(tmp_path / "a.mid")
    assert score.note_count >= 2
    assert score.music_end <= 1920
    render(score, tmp_path / "a.wav", rate=8000)
    assert_bounded(tmp_path / "a.wav", 2.0)


def test_a_gap_of_thirty_hours_is_refused_at_once(engine: str, tmp_path: Path) -> None:
    score = Score((Part((Note(0, 69, 480), Note(30 * HOUR, 69, 480)), program=FLUTE),))
    before = time.process_time()
    with pytest.raises(
        RenderError, match=r"lasts 30\.0 hours, a WAV file at 44100 frames a second holds 6\.8"
    ):
        render(score, tmp_path / "a.wav")
    assert time.process_time() - before < 2
    assert not list(tmp_path.iterdir())


# -- memory ------------------------------------------------------------------------------

CHILD = """
import json, sys, time
from symgen.audio import render
from symgen.system.errors import RenderError
from symgen.music.score import Note, Part, Score

def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024

def play(count, step, last):
    notes = [Note(i * step, 36 + i * 7 % 60, 4 * step, 80) for i in range(count - 1)]
    score = Score((Part((*notes, Note(last, 60, 480)), program=16),))
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    base, start = status("VmRSS"), time.monotonic()
    try:
        seconds = render(score, sys.argv[1], rate=8000, feel=0, overwrite=True).seconds
    except RenderError:
        seconds = 0
    return status("VmHWM") - base, seconds, score.seconds(score.music_end), time.monotonic() - start

play(1, 1, 0)
print(json.dumps([play(*sizes) for sizes in json.loads(sys.argv[2])]))
"""


def measure(folder: Path, *sizes: tuple[int, int, int]) -> list[tuple[float, float, float, float]]:
    """Render pieces of so many notes in a child process, after one that brings everything into memory.

    Each of them: megabytes that rendering takes at most above those of the score, length of the
    WAV, end of the last note, seconds of work.
    """
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder / "a.wav"), json.dumps(sizes)],
        check=True,
        capture_output=True,
        timeout=900,
    )
    return [tuple(row) for row in json.loads(done.stdout)]


@needs_library
@needs_status
def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    minute = HOUR // 60
    short, long, refused = measure(
        tmp_path, (100, 240, minute), (100, 240, 20 * minute), (100, 240, 60 * HOUR)
    )
    assert long[1] > 1200 > short[1]
    assert long[0] < short[0] + 4
    assert refused[1] == 0
    assert refused[0] < 4


@needs_library
@needs_status
@pytest.mark.parametrize("count", [100_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_many_notes(count: int, tmp_path: Path) -> None:
    """In whole arrays a note takes about a hundred bytes; as rows of lists it would be five hundred."""
    [(megabytes, seconds, last, _)] = measure(tmp_path, (count, 2, 2 * count))
    assert seconds <= last + TAIL_SECONDS + BLOCK_SECONDS
    assert megabytes < 12 + count * 160 / 2**20
