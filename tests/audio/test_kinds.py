"""WAV, FLAC, OGG and MP3; stems that sum to the whole; loops."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from pieces import case, notes, piece, program
from wavs import read_wav

from symgen.audio import render
from symgen.audio.encoding import ogg_checksum, ogg_page
from symgen.audio.rendering import stem_paths
from symgen.audio.synthesizer import import_fluidsynth
from symgen.audio.writing import Draft, write_sound
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError, FormatError, MissingDependencyError

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
LOSSY = [".ogg", *([".mp3"] if soundfile.check_format("MP3") else [])]
FLUTE, VIOLIN, ORGAN = 73, 40, 16
SCORE = Score((Part(tuple(Note(i * 480, 60 + i, 480) for i in range(4)), program=FLUTE),))
RATE = 8000


@pytest.fixture(params=[pytest.param("fluidsynth", marks=needs_library), "builtin"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    if request.param == "builtin":
        monkeypatch.setitem(sys.modules, "fluidsynth", None)
    return str(request.param)


def samples(path: Path) -> NDArray[np.int64]:
    return soundfile.read(path, dtype="int16")[0].astype(np.int64)


# -- kinds -------------------------------------------------------------------------------


def test_flac_holds_the_samples_of_the_wav(tmp_path: Path) -> None:
    render(SCORE, tmp_path / "a.wav")
    report = render(SCORE, tmp_path / "a.FLAC")
    with soundfile.SoundFile(tmp_path / "a.FLAC") as file:
        assert (file.format, file.subtype, file.samplerate, file.channels) == (
            "FLAC",
            "PCM_16",
            44100,
            2,
        )
    assert np.array_equal(samples(tmp_path / "a.FLAC"), samples(tmp_path / "a.wav"))
    assert report.path == tmp_path / "a.FLAC"


@pytest.mark.parametrize("suffix", LOSSY)
def test_lossy_kinds_sound_like_the_wav(suffix: str, tmp_path: Path) -> None:
    render(SCORE, tmp_path / "a.wav")
    render(SCORE, tmp_path / f"a{suffix}")
    whole, found = samples(tmp_path / "a.wav"), samples(tmp_path / f"a{suffix}")
    assert len(found) == len(whole)
    assert np.sqrt(np.mean((found - whole) ** 2)) < 0.05 * np.sqrt(np.mean(whole**2))
    assert (tmp_path / f"a{suffix}").stat().st_size < 0.5 * (tmp_path / "a.wav").stat().st_size


@pytest.mark.parametrize("suffix", [".wav", ".flac", *LOSSY])
def test_the_same_score_gives_the_same_bytes(suffix: str, tmp_path: Path) -> None:
    for name in "ab":
        render(SCORE, tmp_path / f"{name}{suffix}", rate=RATE)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_pages_of_ogg_are_whole(tmp_path: Path) -> None:
    render(SCORE, tmp_path / "a.ogg", rate=RATE)
    data, at, serials = (tmp_path / "a.ogg").read_bytes(), 0, set()
    while page := ogg_page(data, at):
        assert ogg_checksum(data[at : page.stop]) == page.checksum
        serials.add(data[at + 14 : at + 18])
        at, last = page.stop, page.is_last
    assert (at, last, len(serials)) == (len(data), True, 1)


@pytest.mark.parametrize("name", ["a", "a.aac", "a.mid", "a.wave"])
def test_other_kinds_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"\.wav, \.flac, \.ogg, \.mp3"):
        render(SCORE, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_libsndfile_lacks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfile, "check_format", lambda *_: False)
    with pytest.raises(
        MissingDependencyError,
        match="this libsndfile cannot write MP3 files; pip install --upgrade",
    ):
        render(SCORE, tmp_path / "a.mp3")
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingDependencyError, match="pip install soundfile"):
        render(SCORE, tmp_path / "a.ogg")
    render(SCORE, tmp_path / "a.wav", rate=RATE)
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_rates_that_mp3_has_not(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="an MP3 file may have 8000"):
        render(SCORE, tmp_path / "a.mp3", rate=96000)


@pytest.mark.parametrize("suffix", [".flac", *LOSSY])
@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_a_full_disk_or_a_signal_inside_libsndfile(
    suffix: str,
    error: BaseException,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"old")
    real = soundfile.SoundFile

    def full(file: object, *rest: object, **more: object) -> object:
        def refuse(data: bytes) -> int:
            raise error

        monkeypatch.setattr(file, "_put", refuse)
        return real(file, *rest, **more)

    monkeypatch.setattr(soundfile, "SoundFile", full)
    with pytest.raises(FormatError if isinstance(error, OSError) else KeyboardInterrupt):
        render(SCORE, tmp_path / f"a{suffix}", rate=RATE, overwrite=True)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
    assert capfd.readouterr() == ("", "")


# -- stems -------------------------------------------------------------------------------


def assert_stems_sum(score: Score, folder: Path) -> None:
    report = render(score, folder / "a.wav", rate=16000, stems=True)
    whole, parts = samples(report.path), [samples(path) for path in report.stems]
    assert {len(part) for part in parts} == {len(whole)}
    assert np.abs(sum(parts) - whole).max() <= (len(parts) + 1) / 2
    assert all(part.any() for part in parts[:2])


def test_stems_sum_to_the_whole(engine: str, tmp_path: Path) -> None:
    assert_stems_sum(case("everything.mid").slice_bars(1, 3), tmp_path)
    names = ("a", "a-1-lead-vocal", "a-2-piano-r", "a-3-bass", "a-4-drums")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.wav" for name in names
    )


def test_stems_of_tracks_that_share_a_channel(engine: str, tmp_path: Path) -> None:
    tracks = [program(ORGAN), *notes(60, 64, 60, 67)], notes(67, 60, 64, start=240, length=720)
    assert_stems_sum(piece(*tracks), tmp_path)


@needs_library
def test_stems_of_a_piece_that_has_bends_and_pedals(tmp_path: Path) -> None:
    score = case("everything.mid")
    assert score.source is not None
    assert_stems_sum(score, tmp_path)


def test_names_of_stems() -> None:
    note = (Note(0, 60, 1),)
    parts = [
        Part(note, FLUTE),
        Part((), VIOLIN),
        Part(note, VIOLIN, name="2nd / ../Violin"),
        Part(note, is_drum=True),
    ]
    parts.append(Part(note, VIOLIN, name="\u30d4\u30a2\u30ce" * 40))
    names = [path.name for path in stem_paths(Score(tuple(parts)), "x/song.mp3").values()]
    assert names[:3] == ["song-1-flute.mp3", "song-3-2nd-violin.mp3", "song-4-drums.mp3"]
    assert len(names[3].encode()) < 200


def test_a_stem_that_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a-1-flute.wav").write_bytes(b"old")
    with pytest.raises(ControlError, match=r"a-1-flute\.wav: exists already"):
        render(SCORE, tmp_path / "a.wav", rate=RATE, stems=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a-1-flute.wav"]
    render(SCORE, tmp_path / "a.wav", rate=RATE, stems=True, overwrite=True)


def test_one_gain_for_all_and_no_stem_clips(tmp_path: Path) -> None:
    """Two waves of opposite sign nearly cancel: what is loudest decides."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(3200) / RATE)[:, None].repeat(2, axis=1).astype(
        np.float32
    )
    stems = [
        (tmp_path / "b.wav", lambda frames: [wave[:frames]]),
        (tmp_path / "c.wav", lambda frames: [-0.9 * wave]),
    ]
    facts = write_sound(tmp_path / "a.wav", [wave * 0.1], RATE, source="a test", stems=stems)
    assert facts.gain == pytest.approx(10 ** (-1 / 20) / np.abs(wave).max())
    assert read_wav(tmp_path / "b.wav").peak == pytest.approx(10 ** (-1 / 20), abs=1e-3)
    assert read_wav(tmp_path / "a.wav").peak == pytest.approx(0.1 * 10 ** (-1 / 20), abs=1e-3)


# -- loops -------------------------------------------------------------------------------


def test_a_loop_is_as_long_as_its_bars(engine: str, tmp_path: Path) -> None:
    # Two bars of 3/4 at 100 to the minute, of which the second is not filled: 3.6 s.
    maps = {"tempos": (TempoChange.of_bpm(0, 100),), "meters": (MeterChange(0, Meter(3, 4)),)}
    score = Score(SCORE.parts, **maps, length=48_000)
    report = render(score, tmp_path / "a.wav", loop=True)
    assert len(read_wav(tmp_path / "a.wav").samples) == round(3.6 * 44100)
    assert report.seconds == pytest.approx(3.6)


@needs_library
def test_the_tail_sounds_at_the_start_of_a_loop(tmp_path: Path) -> None:
    part = Part((Note(1440, 69, 480, 110),), program=11)  # a vibraphone on the last beat
    render(Score((part,)), tmp_path / "plain.wav")
    render(Score((part,)), tmp_path / "loop.wav", loop=True)
    plain, loop = read_wav(tmp_path / "plain.wav"), read_wav(tmp_path / "loop.wav")
    assert plain.rms(0, 1.4) < 1e-4
    assert loop.rms(0, 0.2) > 0.05 * loop.rms(1.6, 1.9)
    # Played round and round it goes on where it ends: the step over the seam is no larger than others near it.
    steps = np.abs(np.diff(np.r_[loop.samples[-200:, 0], loop.samples[:200, 0]].astype(int)))
    assert steps[199] <= np.percentile(steps, 99)


def test_stems_of_a_loop_sum_up_too(tmp_path: Path) -> None:
    score = Score((SCORE.parts[0], Part((Note(0, 48, 1920),), ORGAN)))
    report = render(score, tmp_path / "a.wav", rate=16000, stems=True, loop=True)
    total = sum(samples(path) for path in report.stems)
    assert np.abs(total - samples(report.path)).max() <= 2
    assert len(total) == 2 * 16000


def test_what_is_folded_comes_round(tmp_path: Path) -> None:
    def folded(count: int, length: int) -> list[float]:
        with (tmp_path / "draft").open("w+b") as file:
            draft = Draft(file, 10, "a test")  # blocks of 4 frames
            sound = np.arange(1, count + 1, dtype=np.float32)[:, None].repeat(2, axis=1)
            draft.add(sound[i : i + 4] for i in range(0, count, 4))
            draft.fold(length)
            return [float(value) for block in draft.blocks(0) for value in block[:, 1]]

    assert folded(7, 5) == [1 + 6, 2 + 7, 3, 4, 5]
    assert folded(7, 7) == [1, 2, 3, 4, 5, 6, 7]
    assert folded(3, 5) == [1, 2, 3, 0, 0]
    assert folded(11, 3) == [1 + 4 + 7 + 10, 2 + 5 + 8 + 11, 3 + 6 + 9]
