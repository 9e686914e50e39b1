"""Playing aloud: through FluidSynth's file driver and through players that are none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from wavs import read_wav

from symgen.audio import playing, render
from symgen.audio.playing import play, play_recording
from symgen.audio.synthesizer import import_fluidsynth
from symgen.music.score import Note, Part, Score
from symgen.system.errors import FormatError, RenderError

PIECE = Score((Part((Note(0, 60, 120), Note(120, 64, 120))),))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on PATH, for players that are none; libraries play nothing."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    return programs


@pytest.fixture
def no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "play_live", lambda *_: False)


def install(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport shutil, sys\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


HEARD = "shutil.copy(sys.argv[-1], 'heard.wav')"


@pytest.mark.skipif(import_fluidsynth() is None, reason="libfluidsynth is not installed")
def test_fluidsynth_plays_in_time(bench: Path) -> None:
    settings = {"audio.driver": "file", "audio.file.name": "live.raw", "audio.file.type": "raw"}
    assert play(PIECE, settings=settings) == "fluidsynth"
    assert any(Path("live.raw").read_bytes())


@pytest.mark.skipif(import_fluidsynth() is None, reason="libfluidsynth is not installed")
def test_a_driver_that_cannot_be_opened_is_told_of(
    bench: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = {"audio.driver": "file", "audio.file.name": "missing-folder/out.raw"}
    with pytest.raises(RenderError, match="driver file: FluidSynth cannot open it"):
        play(PIECE, settings=broken)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_what_nothing_would_play_is_not_rendered(
    bench: Path, no_device: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "render", None)
    with pytest.raises(RenderError, match="nothing here can play sound: "):
        play(PIECE)


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_without_a_device_a_player_of_the_system_plays(bench: Path, no_device: None) -> None:
    install(bench, "aplay", HEARD)
    assert play(PIECE) == "aplay"
    render(PIECE, "rendered.wav")
    assert Path("heard.wav").read_bytes() == Path("rendered.wav").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_a_player_that_fails_makes_room_for_the_next(bench: Path, no_device: None) -> None:
    install(bench, "paplay", "sys.exit('Connection refused')")
    with pytest.raises(
        RenderError, match=r"play sound \(paplay: Connection refused\).*install one"
    ):
        play(PIECE)
    install(bench, "ffplay", HEARD)
    assert play(PIECE) == "ffplay"


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_a_recording_is_played_as_it_is_and_other_kinds_as_wav(bench: Path) -> None:
    install(bench, "afplay", HEARD)
    render(PIECE, "tune.wav", rate=8000)
    assert play_recording("tune.wav") == "afplay"
    assert Path("heard.wav").read_bytes() == Path("tune.wav").read_bytes()
    render(PIECE, "tune.flac", rate=8000)
    play_recording("tune.flac")
    assert read_wav(Path("heard.wav")).rate == 8000


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_what_stops_the_command_stops_the_player(
    bench: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(bench, "aplay", "import time; open('started', 'w'); time.sleep(600)")
    started: list[playing.subprocess.Popen[bytes]] = []

    class Interrupted(playing.subprocess.Popen[bytes]):
        def communicate(self, *_: object, **__: object) -> tuple[bytes, bytes]:
            started.append(self)
            raise KeyboardInterrupt

    monkeypatch.setattr(playing.subprocess, "Popen", Interrupted)
    render(PIECE, "tune.wav", rate=8000)
    with pytest.raises(KeyboardInterrupt):
        play_recording("tune.wav")
    assert started[0].returncode is not None


def test_nothing_to_play(bench: Path) -> None:
    with pytest.raises(FormatError, match="no notes"):
        play(Score())
    with pytest.raises(FormatError, match="no such file"):
        play_recording("missing.wav")
