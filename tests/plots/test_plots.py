import struct
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from tones import melody, rows_of

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.plots import plot_curves, plot_score
from symgen.plots.staves import break_rows, find_scale
from symgen.system.errors import ExistsError, FormatError
from symgen.transcriber.plots import Picture, plot_transcription


def size_of(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def tune(bars, pitch=72, **kind):
    return Part(tuple(Note(i * 480, pitch + i % 7, 480) for i in range(4 * bars)), **kind)


def test_a_picture_with_everything_in_it(tmp_path):
    drums = Part(tuple(Note(i * 480, 36 + 2 * (i % 2), 240) for i in range(30)), is_drum=True)
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(6, 8)))
    score = Score(
        (tune(10, name="cost: 5$ and $x"), tune(10, 40, program=33), drums, Part()), meters=meters
    )
    plot_score(score, tmp_path / "a.png", prompt_end=480 * 7, title="Title")
    plot_score(score, tmp_path / "b.png", prompt_end=480 * 7, title="Title")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    plot_score(score, tmp_path / "c.png", title="Title")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_names_are_no_formulas_and_may_hold_anything(tmp_path):
    for number, name in enumerate(("a$_$b", "$x", "漢字 \x07", "\udcff", "a\nb")):
        plot_score(Score((tune(1, name=name),)), tmp_path / f"{number}.png", title=name)
        assert size_of(tmp_path / f"{number}.png")


def test_width_follows_length_and_long_pieces_wrap(tmp_path):
    sizes = []
    for bars in (1, 8, 40):
        plot_score(Score((tune(bars),)), tmp_path / f"{bars}.png")
        sizes.append(size_of(tmp_path / f"{bars}.png"))
    assert sizes[0][0] < sizes[1][0] == sizes[2][0] <= 2000
    assert sizes[2][1] > 3 * sizes[1][1]


@pytest.mark.parametrize("bars", [1, 9, 11, 60, 4000])
def test_rows_hold_every_bar_once(bars):
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)))
    score = Score((Part((Note(0, 60, 480 + 1920 * bars),)),), meters=meters)
    rows = break_rows(score, 32)
    assert [bar for row in rows for bar in row] == list(score.bars)
    assert len(rows) <= 25
    if 11 <= bars <= 60:
        assert [len(row) for row in rows[:-1]] == [9] + [8] * (len(rows) - 2)


def test_drums_alone_and_extreme_pitches(tmp_path):
    drums = Part((Note(0, 38, 240), Note(480, 99, 240)), is_drum=True)
    assert set(find_scale(Score((drums,))).ticks.values()) == {"Snare", "Drum 99"}
    plot_score(Score((drums,)), tmp_path / "a.png")
    plot_score(Score((Part((Note(0, 0, 240), Note(480, 127, 1))),)), tmp_path / "b.png")


def test_many_parts(tmp_path):
    plot_score(Score(tuple(tune(2, 40 + i, program=i) for i in range(30))), tmp_path / "a.png")


def test_refusals(tmp_path):
    with pytest.raises(FormatError, match="holds no notes"):
        plot_score(Score(), tmp_path / "a.png")
    (tmp_path / "a.png").write_text("kept")
    with pytest.raises(ExistsError, match="overwrite=True"):
        plot_score(Score((tune(1),)), tmp_path / "a.png")
    plot_score(Score((tune(1),)), tmp_path / "a.png", overwrite=True)
    assert size_of(tmp_path / "a.png")
    with pytest.raises(FormatError, match="no step"):
        plot_curves([{"step": 1}, {"train_bits_per_note": 3.0}], tmp_path / "b.png")


def test_curves(tmp_path):
    rows = [{"step": i, "train_bits_per_note": 4 - i / 9} for i in range(1, 20)]
    plot_curves(rows, tmp_path / "a.png")
    rows += [
        {"step": 20, "valid_bits_per_note": 2.5, "valid_bits_per_16th": 1.0},
        {"step": 21, "valid_bits_per_note": float("nan")},
    ]
    plot_curves(rows, tmp_path / "b.png")
    plot_curves(rows, tmp_path / "b.png")
    assert size_of(tmp_path / "b.png")[0] == 2 * size_of(tmp_path / "a.png")[0]


def test_pyplot_stays_out(tmp_path):
    code = """
import sys
from symgen.plots import plot_score
from symgen.music.score import Note, Part, Score
assert "matplotlib" not in sys.modules
plot_score(Score((Part((Note(0, 60, 9),)),)), sys.argv[1])
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.png")], check=True)


def heard(seconds, title="hum.wav"):
    notes = [(60 + i % 12, 0.5) for i in range(round(seconds * 2))]
    beats = np.arange(0, seconds, 0.5)
    return Picture(melody(notes), rows_of(notes), beats, beats[::4], title=title)


def test_a_recording_with_what_was_heard_in_it(tmp_path):
    for name, picture in (("a", heard(6)), ("b", heard(6)), ("c", heard(6, "$_$ \udcff"))):
        plot_transcription(picture, tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()
    silent = replace(heard(6), samples=0 * heard(6).samples, title="hum.wav")
    plot_transcription(silent, tmp_path / "d.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "d.png").read_bytes()


def test_long_recordings_wrap(tmp_path):
    sizes = []
    for seconds in (0.5, 10, 40):
        plot_transcription(heard(seconds), tmp_path / "a.png", overwrite=True)
        sizes.append(size_of(tmp_path / "a.png"))
    assert sizes[0][0] < sizes[1][0] <= sizes[2][0] < 2000
    assert sizes[0][1] == sizes[1][1] < sizes[2][1] < 5000


def test_recordings_that_cannot_be_drawn(tmp_path):
    with pytest.raises(FormatError, match="no notes were heard"):
        plot_transcription(replace(heard(1), rows=np.zeros((0, 4))), tmp_path / "a.png")
    extreme = replace(heard(1), rows=np.array([[0.0, 0.5, 0.0, 1.0], [0.5, 1.0, 127.0, 1.0]]))
    plot_transcription(extreme, tmp_path / "a.png")
    with pytest.raises(ExistsError, match="overwrite=True"):
        plot_transcription(heard(1), tmp_path / "a.png")
