"""The plug-in for MuseScore, opened by a stand-in for it; the program that it starts is the real one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from symgen.formats import load_score

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "doors" / "musescore" / "symgen.qml"
HOST = Path(__file__).with_name("musescore_host")
_PLACES = ("/usr/lib/qt6/bin/qml", "/usr/lib/qt5/bin/qml", *filter(None, [shutil.which("qml")]))
QML = next((place for place in _PLACES if Path(place).exists()), "")
QUARTER = 480


def opened(folder: Path, fields: str) -> tuple[list[str], str]:
    """Open the plug-in, press its button, and run what it starts: the words of that line, and what it says."""
    shim = folder / "symgen"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m symgen "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    settings = {
        "QT_QPA_PLATFORM": "offscreen",
        "QML_XHR_ALLOW_FILE_READ": "1",
        "QT_FORCE_STDERR_LOGGING": "1",
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{folder}:{os.environ['PATH']}",
    }
    words: list[str] = []
    lines: list[str] = []
    with subprocess.Popen(
        [QML, "-I", str(HOST), str(HOST / "host.qml"), "--", str(PLUGIN), fields, str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | settings,
    ) as process:
        alarm = threading.Timer(120, process.kill)
        alarm.start()
        assert process.stderr is not None
        for line in process.stderr:
            lines.append(line)
            _, _, text = line.partition("qml: ")
            what, _, data = text.strip().partition(" ")
            if what == "write":
                path, content = json.loads(data)
                Path(path).write_text(content, encoding="utf-8")
            elif what == "start":
                words = json.loads(data)
                _answer(folder, words, os.environ | settings)
        alarm.cancel()
    told = "".join(lines)
    if "is not installed" in told and "qml: said" not in told:
        pytest.skip("modules of QtQuick are not installed")
    (said,) = re.findall(r"said: (.*)", told)
    return words, said


def _answer(folder: Path, words: list[str], env: dict[str, str]) -> None:
    """Run what the plug-in has started, and tell it what came of it."""
    done = subprocess.run(words, capture_output=True, text=True, env=env, check=False)
    text = json.dumps({"status": done.returncode, "out": done.stdout})
    whole = folder / "answer.txt"
    whole.write_text(text, encoding="utf-8")
    whole.rename(folder / "answer.json")


needs_qml = pytest.mark.skipif(not QML, reason="Qt's program qml is not installed")


@needs_qml
def test_the_score_goes_on(tmp_path: Path) -> None:
    words, said = opened(tmp_path, "verb=continue,bars=2")
    assert words[:2] == ["/bin/sh", "-c"]
    assert words[3:6] == ["symgen", "continue", "--bars=2"]
    sent = load_score(words[-1])
    assert [part.name for part in sent.parts] == ["Flute"]
    assert sent.title == "A & B"
    assert [(bar.number, bar.start) for bar in sent.bars][:3] == [
        (0, 0),
        (1, sent.resolution),
        (2, 4 * sent.resolution),
    ]
    notes = [(note.onset / sent.resolution, note.pitch) for note in sent.parts[0].notes]
    assert sorted(notes)[:3] == [(0, 67), (1, 72), (2, 76)]
    long = [note for note in sent.parts[0].notes if note.pitch == 60]
    assert [note.duration for note in long] == [6 * sent.resolution]  # tied
    assert {64, 72} <= {note.pitch for note in sent.parts[0].notes}
    assert round(sent.tempos[0].bpm) == 96
    written = Path(said.removeprefix("written: "))
    assert written.parent == tmp_path
    assert len(load_score(written).bars) == len(sent.bars) + 2


@needs_qml
def test_bars_that_are_selected(tmp_path: Path) -> None:
    words, said = opened(tmp_path, "verb=infill,selected=yes")
    assert words[4:6] == ["infill", "--bars=2-3"]
    assert load_score(said.removeprefix("written: ")).bars


@needs_qml
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("verb=infill", "select the bars to write anew first"),
        ("verb=accompany", "name a style"),
        ("verb=vary,amount=much", "symgen: "),
        ("verb=vary,program=nothing", "symgen wrote nothing; is it installed"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(fields: str, told: str, tmp_path: Path) -> None:
    _, said = opened(tmp_path, fields)
    assert told in said
    assert not list(tmp_path.glob("symgen-*-*.musicxml"))


def test_the_plug_in_asks_for_nothing_that_musescore_4_lacks() -> None:
    """Its functions that write, read and close scores do nothing in MuseScore 4."""
    text = PLUGIN.read_text(encoding="utf-8") + PLUGIN.with_name("symgen.js").read_text("utf-8")
    for name in ("writeScore", "readScore(name", "closeScore", "newQProcess", "process.start("):
        assert name not in text
