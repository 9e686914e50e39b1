"""Fonts that are missing, damaged, silent or hostile: an error in one line before any WAV exists, and we live on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from smallfont import font_bytes, lists, sample, sine
from test_fontcheck import PACKED
from wavs import read_wav

from symgen.audio import isolation, open_soundfont, render
from symgen.audio.isolation import isolated_count
from symgen.audio.performance import TAIL_SECONDS
from symgen.audio.synthesizer import import_fluidsynth
from symgen.music.score import Note, Part, Score
from symgen.system.errors import RenderError
from symgen.system.processes import Worker
from symgen.system.resources import data_folder

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
FLUTE, VIOLIN, PIANO = 73, 40, 0
SCORE = Score((Part((Note(0, 69, 960, 90),), program=FLUTE),))
SHIPPED = (data_folder("soundfonts") / "FluidR3Mono_24.sf3").read_bytes()
SOUND, LISTS = SHIPPED.index(b"smpl") + 8, SHIPPED.index(b"pdta")


@pytest.fixture(autouse=True)
def _no_font_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)


def refusal(font: Path | str, folder: Path, score: Score = SCORE) -> str:
    """Render with a font that has to be refused; return the message when nothing was written."""
    out = folder / "out"
    with pytest.raises(RenderError) as caught:
        render(score, out / "a.wav", soundfont=font)
    message = str(caught.value)
    assert not out.exists()
    assert len(message.splitlines()) == 1
    assert "--soundfont" in message or "symgen again" in message
    return message


def put(folder: Path, data: bytes) -> Path:
    font = folder / "font.sf2"
    font.write_bytes(data)
    return font


# -- what is no font at all --------------------------------------------------------------


def test_what_is_no_regular_file_is_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.sf2")
    (tmp_path / "link.sf2").symlink_to("/dev/zero")
    real = Path.open

    def guarded(self: Path, *arguments: object, **more: object) -> object:
        assert self.is_file(), "a special file was opened"
        return real(self, *arguments, **more)

    monkeypatch.setattr(Path, "open", guarded)
    assert "no regular file" in refusal(tmp_path / "pipe.sf2", tmp_path)
    assert "no regular file" in refusal(tmp_path / "link.sf2", tmp_path)
    assert "no regular file" in refusal("/dev/tty", tmp_path)
    assert "a folder" in refusal(tmp_path, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "missing.sf2",
        "a.txt/font.sf2",
        "a\0b.sf2",
        "~nobody-of-that-name/font.sf2",
        "x" * 300,
        "\udc80.sf2",
    ],
)
def test_names_of_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    refusal(name if name.startswith("~") else str(tmp_path / name), tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = put(tmp_path, font_bytes())

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in refusal(font, tmp_path)


def test_random_bytes(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(100_000)  # noqa: S311
    assert "no SF2 or SF3" in refusal(put(tmp_path, noise), tmp_path)
    assert "damaged" in refusal(put(tmp_path, SHIPPED[:12] + noise), tmp_path)


# -- damage to the font that comes with symgen -------------------------------------------


@pytest.mark.parametrize(
    "size", [0, 4, 11, 12, 20, 1000, SOUND - 8, SOUND, SOUND + 14_834, len(SHIPPED) // 2, LISTS - 8, LISTS, LISTS + 12,
             LISTS + 990, len(SHIPPED) - 46, len(SHIPPED) - 1]
)  # fmt: skip
def test_cut_off(size: int, tmp_path: Path) -> None:
    assert (
        "is no SF2" in (message := refusal(put(tmp_path, SHIPPED[:size]), tmp_path))
        or "are missing" in message
    )


@pytest.mark.parametrize(
    ("at", "magic"), [(0, b"RIFX"), (8, b"DLS "), (8, b"sfbK"), (12, b"LISP"), (20, b"INF0")]
)
def test_wrong_magic(at: int, magic: bytes, tmp_path: Path) -> None:
    assert "damaged copy" in refusal(
        put(tmp_path, SHIPPED[:at] + magic + SHIPPED[at + 4 :]), tmp_path
    )
    foreign = PACKED[:at] + magic + PACKED[at + 4 :]
    assert (
        "is no SF2" in (message := refusal(put(tmp_path, foreign), tmp_path))
        or "is damaged" in message
    )


def flip(data: bytearray, rng: random.Random, start: int, end: int) -> None:
    data[rng.randrange(start, end)] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 2, 46, 10_000))]


def insert(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.randbytes(rng.choice((1, 2, 46, 10_000)))


def resize(data: bytearray, rng: random.Random) -> None:
    names = (
        b"RIFF",
        b"LIST",
        b"ifil",
        b"smpl",
        b"phdr",
        b"pbag",
        b"pgen",
        b"inst",
        b"igen",
        b"shdr",
    )
    at = data.index(rng.choice(names)) + 4
    data[at : at + 4] = rng.choice((0, 1, 7, 2**16, 2**31, 2**32 - 1)).to_bytes(4, "little")


MUTATIONS: dict[str, Callable[[bytearray, random.Random], None]] = {
    "header": lambda data, rng: flip(data, rng, 0, 320),
    "chunk size": resize,
    "records": lambda data, rng: flip(data, rng, LISTS, len(data)),
    "samples": lambda data, rng: flip(data, rng, SOUND, LISTS - 8),
    "cut": cut,
    "insert": insert,
}


@pytest.mark.parametrize("kind", MUTATIONS)
def test_sixty_mutants(kind: str, tmp_path: Path) -> None:
    for seed in range(10):
        data = bytearray(SHIPPED)
        MUTATIONS[kind](data, random.Random(f"{kind} {seed}"))  # noqa: S311
        assert data != SHIPPED
        (tmp_path / str(seed)).mkdir()
        refusal(put(tmp_path / str(seed), bytes(data)), tmp_path)


def test_a_damaged_installation_says_install_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symgen.audio.soundfonts.data_folder", lambda kind: tmp_path)
    (tmp_path / "FluidR3Mono_24.sf3").write_bytes(SHIPPED[:-1])
    with pytest.raises(RenderError, match="install symgen again"):
        open_soundfont()
    (tmp_path / "FluidR3Mono_24.sf3").write_bytes(SHIPPED[:-1] + b"!")
    with pytest.raises(RenderError, match="install symgen again"):
        open_soundfont()


def test_a_font_that_is_repaired_is_taken(tmp_path: Path) -> None:
    font = put(tmp_path, SHIPPED[:-1] + b"!")
    with pytest.raises(RenderError, match="damaged copy"):
        open_soundfont(font)
    assert open_soundfont(put(tmp_path, SHIPPED)).shipped


# -- fonts that nobody knows -------------------------------------------------------------


@needs_library
@pytest.mark.parametrize("font", ["shipped", "packed", "small"])
def test_a_good_font_plays_a_known_note(font: str, tmp_path: Path) -> None:
    data = {"shipped": SHIPPED, "packed": PACKED, "small": font_bytes()}[font]
    report = render(SCORE, tmp_path / "a.wav", soundfont=put(tmp_path, data))
    wav = read_wav(tmp_path / "a.wav")
    assert abs(1200 * np.log2(wav.fundamental(0.2, 0.9) / 440)) < 10
    assert wav.distinct > 100
    assert (report.engine, report.notices) == ("fluidsynth", ())


@needs_library
def test_a_child_process_plays_the_same(tmp_path: Path) -> None:
    parts = (
        Part((Note(0, 60, 960), Note(480, 60, 480)), program=FLUTE),
        Part((Note(0, 38, 99),), is_drum=True),
    )
    render(Score(parts), tmp_path / "a.wav")
    render(Score(parts), tmp_path / "b.wav", soundfont=put(tmp_path, PACKED))
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@needs_library
@pytest.mark.parametrize("kind", ["silence", "dither"])
def test_a_font_that_does_not_sound(kind: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-1, 2, 2205)
    data = font_bytes(sine(0) if kind == "silence" else noise.astype("<i2"))
    assert "gives no sound for Flute" in refusal(put(tmp_path, data), tmp_path)


@needs_library
def test_one_silent_instrument_is_named(tmp_path: Path) -> None:
    records = lists()
    records["shdr"][1:1] = [sample("silence", 2206, 2240, (2206, 2240))]
    records["igen"][3:3] = [b"\x35\0\1\0"]  # the sample after the sine
    records["ibag"][1:] = [b"\3\0\0\0", b"\4\0\0\0"]
    records["inst"][1:] = [b"Rest".ljust(20, b"\0") + b"\1\0", b"EOI".ljust(20, b"\0") + b"\2\0"]
    records["pgen"][1] = b"\x29\0\1\0"
    font = put(tmp_path, font_bytes(records=records))
    render(SCORE, tmp_path / "a.wav", soundfont=font)
    violin = Part((Note(0, 69, 960),), program=VIOLIN)
    assert "gives no sound for Violin" in refusal(font, tmp_path, Score((violin,)))
    both = Score((*SCORE.parts, violin))
    report = render(both, tmp_path / "b.wav", soundfont=font, stems=True)
    assert report.notices == (
        "font.sf2 gives no sound for Violin at the pitches that are asked for",
    )
    assert [read_wav(path).rms(0.2, 0.9) > 0.01 for path in report.stems] == [True, False]


@needs_library
def test_a_font_that_only_fluidsynth_refuses(tmp_path: Path) -> None:
    assert "cannot load it" in refusal(
        put(tmp_path, font_bytes().replace(b"isng", b"ixng")), tmp_path
    )


def outcome(data: bytes, folder: Path) -> str:
    """Render with a mutant: an error and no WAV, or a WAV that sounds."""
    folder.mkdir()
    font = put(folder, data)
    try:
        render(SCORE, folder / "out" / "a.wav", soundfont=font)
    except RenderError as error:
        tidy = len(str(error).splitlines()) == 1 and not (folder / "out").exists()
        return "refused" if tidy else "refused with litter"
    wav = read_wav(folder / "out" / "a.wav")
    assert wav.distinct > 100
    assert wav.seconds <= 1 + TAIL_SECONDS
    return "played"


def mutate_records(font: bytes, seed: int) -> bytes:
    rng, data = random.Random(seed), bytearray(font)  # noqa: S311
    for _ in range(rng.choice((1, 4))):
        flip(data, rng, font.index(b"pdta"), len(data))
    return bytes(data)


@needs_library
@pytest.mark.parametrize("seeds", [range(12), pytest.param(range(12, 400), marks=pytest.mark.long)])
def test_mutants_of_a_font_that_nobody_knows(seeds: range, tmp_path: Path) -> None:
    font = font_bytes()
    seen = {outcome(mutate_records(font, seed), tmp_path / str(seed)) for seed in seeds}
    assert seen == {"refused", "played"}


# -- a child process that goes wrong -----------------------------------------------------

WORKERS = {
    "abort": ("import os; os.abort()", "broke down"),
    "segfault": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "broke down"),
    "quiet exit": ("pass", "broke down"),
    "traceback": ("1 / 0", "broke down"),
    "chatter": ("print('fluidsynth: warning: no such thing')", "broke down"),
    "error": (
        'print(\'{"error": "soundfont x: is odd;\\\\ntake another with --soundfont"}\')',
        "x: is odd; take",
    ),
    "endless line": ("print('[' * 1_000_000)", "broke down"),
    "wrong answer": ("print('[1]')", "broke down"),
    "hang": ("import time; time.sleep(99)", "0.7 s"),
    "hang with a header": (
        "import time; print('{\"silent\": []}', flush=True); time.sleep(99)",
        "0.7 s",
    ),
    "half a block": ("print('{\"silent\": []}', end='\\n\\1\\0\\0\\0half')", "broke down"),
    "huge block": ("print('{\"silent\": []}', end='\\n\\1\\1\\1\\1' + 'x' * 99_999)", "broke down"),
    "no end": ("print('{\"silent\": []}', end='\\n\\1\\0\\0\\0' + '\\0' * 8)", "broke down"),
    # The worker lives on here and has to be ended.
    "no numbers": (
        "import time; print('{\"silent\": []}', end='\\n\\1\\0\\0\\0' + '\\x7f' * 8, flush=True); time.sleep(99)",
        "gives no sound",
    ),
}


@needs_library
@pytest.mark.parametrize("kind", WORKERS)
def test_a_worker_that_goes_wrong(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, message = WORKERS[kind]
    (tmp_path / "odd_worker.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(isolation, "_WORKER", "odd_worker")
    monkeypatch.setattr(isolation, "_PATIENCE", 0.7 if "hang" in kind else 30.0)
    started: list[Worker] = []
    start = isolation.Worker
    monkeypatch.setattr(
        isolation, "Worker", lambda *a, **b: started.append(start(*a, **b)) or started[-1]
    )
    before, threads = time.monotonic(), threading.active_count()
    assert message in refusal(put(tmp_path, font_bytes()), tmp_path)
    assert time.monotonic() - before < 60
    assert threading.active_count() == threads
    assert [worker.is_alive for worker in started] == [False]


@needs_library
def test_a_font_that_wants_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_MEMORY", 2**24)
    assert "FluidSynth" in refusal(put(tmp_path, font_bytes()), tmp_path)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_a_worker_ends_itself_when_it_works_too_long() -> None:
    code = "from symgen.system.worker import limit_work\nlimit_work(0.1)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", code], timeout=30, check=False)
    assert done.returncode == -signal.SIGPROF


@needs_library
def test_presets_are_counted_in_a_child_process_too(tmp_path: Path) -> None:
    assert isolated_count(open_soundfont(put(tmp_path, font_bytes()))) == 2
