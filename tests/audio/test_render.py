import os
import sys
from pathlib import Path

import numpy as np
import pytest
from wavs import read_wav

from symgen.audio import RenderReport, open_soundfont, render
from symgen.audio.loudness import LoudnessMeter
from symgen.audio.rendering import sound_bytes
from symgen.audio.synthesizer import import_fluidsynth
from symgen.formats.midi import read_midi, write_midi
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.perform import perform
from symgen.performer.sounding import sounding
from symgen.system.errors import ControlError, ExistsError, FormatError, RenderError
from symgen.system.resources import data_folder

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
FLUTE, ORGAN, VIOLIN, OBOE, CLARINET = 73, 16, 40, 68, 71


@pytest.fixture(params=[pytest.param("fluidsynth", marks=needs_library), "builtin"])
def engine(request, monkeypatch):
    """Run a test with each engine; the binding is hidden for the second one."""
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    if request.param == "builtin":
        monkeypatch.setitem(sys.modules, "fluidsynth", None)
    return request.param


def melody(*pitches, length=480, velocity=90, **kind):
    return Part(tuple(Note(i * length, p, length, velocity) for i, p in enumerate(pitches)), **kind)


def loudness(wav):
    meter, size = LoudnessMeter(wav.rate), round(wav.rate * 0.4)
    for start in range(0, len(wav.samples), size):
        meter.add((wav.samples[start : start + size] / 32767).astype(np.float32))
    return meter.loudness


@pytest.mark.parametrize("program", [FLUTE, CLARINET, VIOLIN])
def test_a_known_note_has_its_pitch(engine, program, tmp_path):
    report = render(Score((melody(69, length=1920, program=program),)), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    assert wav.fundamental(0.5, 1.5) == pytest.approx(440, rel=0.01)
    assert wav.strength(440, 0.5, 1.5) + wav.strength(880, 0.5, 1.5) > 0.3
    assert wav.distinct > 1000
    assert report == RenderReport(tmp_path / "a.wav", wav.seconds, pytest.approx(wav.peak), engine, report.soundfont,
                                  report.notices)  # fmt: skip


def test_a_scale_is_in_tune(engine, tmp_path):
    pitches = (60, 62, 64, 65, 67, 69, 71, 72)
    render(Score((melody(*pitches, program=FLUTE),)), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    found = [wav.fundamental(i * 0.5 + 0.15, i * 0.5 + 0.45, low=200) for i in range(8)]
    assert found == pytest.approx([440 * 2 ** ((p - 69) / 12) for p in pitches], rel=0.015)


def test_tempo_changes_are_kept(engine, tmp_path):
    # A rest of one quarter at 60 and one at 240 to the minute: notes at 0 s and at 1.25 s.
    tempos = (TempoChange.of_bpm(0, 60), TempoChange.of_bpm(480, 240))
    part = Part((Note(0, 69, 240), Note(960, 81, 480)), program=FLUTE)
    render(Score((part,), tempos=tempos), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    assert wav.rms(1.3, 1.45) > 10 * wav.rms(1.1, 1.24)
    assert wav.fundamental(1.3, 1.5, low=300) == pytest.approx(880, rel=0.01)


def test_the_end_dies_away_and_is_bounded(engine, tmp_path):
    report = render(Score((melody(60, 64, 67, program=0),), length=48_000_000), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    assert 1.6 < report.seconds <= 1.5 + 6.001
    assert wav.rms(wav.seconds - 0.05, wav.seconds) < 0.01
    assert np.abs(wav.samples[-1]).max() < 10


@pytest.mark.parametrize("velocity", [20, 120])
def test_loudness_is_even_and_nothing_clips(engine, velocity, tmp_path):
    chord = tuple(melody(p, p + 2, p + 4, velocity=velocity) for p in (48, 60, 64, 67, 72))
    render(Score(chord), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    assert loudness(wav) == pytest.approx(-16, abs=0.5)
    assert wav.peak < 0.892


def test_more_than_sixteen_parts(engine, tmp_path):
    parts = [Part((Note(i * 480, 62 + i, 480),), program=FLUTE) for i in range(20)]
    render(Score(tuple(parts)), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    for i in (0, 8, 9, 10, 15, 16, 19):
        pitch = 440 * 2 ** ((62 + i - 69) / 12)
        assert wav.fundamental(i * 0.5 + 0.15, i * 0.5 + 0.45, low=200) == pytest.approx(
            pitch, rel=0.015
        )


def test_drums_are_noise_and_not_notes(engine, tmp_path):
    hits = Part(tuple(Note(i * 480, 38, 240, 100) for i in range(4)), is_drum=True)
    report = render(Score((hits,)), tmp_path / "a.wav")
    wav = read_wav(tmp_path / "a.wav")
    assert wav.distinct > 1000
    assert wav.strength(73.4, 0, 0.4) < 0.2  # D2, what key 38 would be on a melodic channel
    assert wav.rms(0.5, 0.6) > 3 * wav.rms(0.4, 0.49)
    assert not [n for n in report.notices if "holds no" in n]


def test_an_overlapping_unison_sounds_to_the_last_end(engine, tmp_path):
    part = Part((Note(0, 69, 1920), Note(480, 69, 240)), program=ORGAN)
    render(Score((part,)), tmp_path / "a.wav", feel=0)
    wav = read_wav(tmp_path / "a.wav")
    assert wav.rms(1.5, 1.9) > 0.5 * wav.rms(0.1, 0.4)


def test_the_same_score_gives_the_same_bytes(engine, tmp_path):
    score = Score((melody(60, 64, 67, program=88), melody(36, 38, is_drum=True)))
    render(score, tmp_path / "a.wav")
    render(score, tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("rate", [8000, 22050, 96000])
def test_rates(engine, rate, tmp_path):
    render(Score((melody(69, length=960, program=ORGAN),)), tmp_path / "a.wav", rate=rate)
    wav = read_wav(tmp_path / "a.wav")
    assert wav.rate == rate
    assert (
        wav.strength(440, 0.2, 0.9) + wav.strength(220, 0.2, 0.9) + wav.strength(880, 0.2, 0.9)
        > 0.3
    )


@needs_library
def test_a_missing_program_is_replaced_and_named(tmp_path):
    report = render(Score((melody(69, program=OBOE), melody(60, program=OBOE))), tmp_path / "a.wav")
    assert report.notices == ("FluidR3Mono_24.sf3 holds no Oboe (68): Clarinet (71) plays instead",)
    assert report.soundfont == open_soundfont().path


def test_without_the_library_the_report_says_so(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    report = render(Score((melody(69, program=OBOE),)), tmp_path / "a.wav")
    assert (report.engine, report.soundfont) == ("builtin", None)
    assert len(report.notices) == 1
    assert "symgen doctor" in report.notices[0]


def test_the_foreign_package_counts_as_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "fluidsynth", os)
    assert import_fluidsynth() is None


def shipped() -> Path:
    return data_folder("soundfonts") / "FluidR3Mono_24.sf3"


def broken_font(folder, kind):
    path = folder / "font.sf2"
    data = shipped().read_bytes()
    if kind == "text":
        path.write_text("no soundfont at all\n" * 100)
    elif kind == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "hollow":  # right header, right size, nothing in it
        path.write_bytes(data[:12] + bytes(len(data) - 12))
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [("missing", "no such file"), ("text", "is no SF2"), ("cut", "bytes are missing"), ("empty", "is no SF2"),
     ("hollow", "damaged")],
)  # fmt: skip
@pytest.mark.parametrize("by_name", [True, False])
def test_a_bad_soundfont_ends_before_a_wav_exists(kind, message, by_name, monkeypatch, tmp_path):
    font = broken_font(tmp_path, kind)
    monkeypatch.setenv("SYMGEN_SOUNDFONT", "" if by_name else str(font))
    with pytest.raises(RenderError, match=message) as caught:
        render(Score((melody(69),)), tmp_path / "a.wav", soundfont=font if by_name else None)
    assert str(font) in str(caught.value)
    assert "--soundfont" in str(caught.value)
    assert not list(tmp_path.glob("*.wav*"))


@needs_library
def test_nothing_is_printed(capfd, monkeypatch, tmp_path):
    monkeypatch.setenv("CI", "1")
    render(
        Score((melody(69, program=OBOE), melody(36, is_drum=True, program=5))), tmp_path / "a.wav"
    )
    assert capfd.readouterr() == ("", "")


def test_refusals(tmp_path):
    score = Score((melody(69),))
    with pytest.raises(FormatError, match="holds no notes"):
        render(Score((Part(),)), tmp_path / "a.wav")
    with pytest.raises(ControlError, match="44100"):
        render(score, tmp_path / "a.wav", rate=100)
    with pytest.raises(RenderError, match="hours"):
        render(
            Score((Part((Note(0, 69, 1), Note(2_000_000_000 // 40, 69, 1))),)), tmp_path / "a.wav"
        )
    (tmp_path / "a.wav").write_text("kept")
    with pytest.raises(ExistsError, match="overwrite=True"):
        render(score, tmp_path / "a.wav")
    assert (tmp_path / "a.wav").read_text() == "kept"
    render(score, tmp_path / "a.wav", overwrite=True)
    assert read_wav(tmp_path / "a.wav").seconds > 0.5
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_it_is_performed_unless_it_was_or_nobody_wants_that(tmp_path: Path) -> None:
    plain = Score((melody(60, 62, 64, 65, 67, 69, 71, 72, length=480, program=0),))
    score = read_midi(write_midi(plain))

    def heard(piece: Score, feel: float | None = None) -> bytes:
        return sound_bytes(piece, rate=8000, feel=feel)

    performed = perform(score)
    assert heard(score) == heard(score, 0.7) == heard(performed) == heard(performed, 0.7)
    assert heard(perform(score, feel=1)) == heard(score, 1)
    assert heard(performed, 0) == heard(score, 0)
    assert len({heard(score, feel) for feel in (0, 0.7, 1)}) == 3
    with pytest.raises(ControlError, match=r"feel 2: use 0"):
        render(score, tmp_path / "a.wav", feel=2)
    assert not list(tmp_path.iterdir())


def test_a_loop_keeps_its_tempo() -> None:
    notes = [60, 62, 64, 65, 67, 69, 71, 72, 72, 71, 69, 67, 65, 64, 62, 60]
    score = read_midi(write_midi(Score((melody(*notes, program=0),))))
    free, strict = (
        [change.bpm for change in sounding(score, 1, in_time=in_time).tempos]
        for in_time in (False, True)
    )
    assert min(free) < 110
    # Bar lines stand where their first notes are struck, some milliseconds early.
    assert strict == pytest.approx([120] * len(strict), abs=2)
    looped = sound_bytes(score, rate=8000, feel=1, loop=True)
    assert looped == sound_bytes(sounding(score, 1, in_time=True), rate=8000, loop=True)
    assert looped != sound_bytes(perform(score, feel=1), rate=8000, loop=True)
