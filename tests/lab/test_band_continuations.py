"""The benchmark of continued bands: its prompts, its sums, and a judge that is read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from small import write_tunes

from lab.benchmarks.band_continuations import counts, find_prompt, load_judge, main
from symgen.corpus import CorpusOptions, build_corpus
from symgen.music.score import Note, Part, Score

BAR = 48

JUDGE = """
from dataclasses import dataclass, field
from pathlib import Path

@dataclass
class Verdict:
    judged: list = field(default_factory=lambda: [[], ["hammer"]])
    ok: bool = True
    piece: list = field(default_factory=list)
    literal: dict = field(default_factory=lambda: {"pitched": (1, 4)})

def judge(path, bars):
    assert bars == 8 and Path(path).read_bytes()[:4] == b"MThd"
    return Verdict()
"""


def song(bars: int, late: int = 0) -> Score:
    """Two parts, the second one from a bar on."""
    tune = tuple(Note(12 * i, 60 + i % 5, 12) for i in range(4 * bars))
    bass = tuple(Note(BAR * i, 40, BAR) for i in range(late, bars))
    return Score((Part(tune), Part(bass)), 12, length=BAR * bars)


def test_a_prompt_is_found_where_all_parts_play() -> None:
    found = find_prompt(song(24, late=4))
    assert found is not None
    assert [len(part.notes) for part in found.score.parts] == [32, 8]
    assert found.score.length == 8 * BAR
    assert [len(part.notes) for part in found.whole.parts] == [64, 16]
    assert found.score.parts[1].notes[0].onset == 0
    assert find_prompt(song(16)) is None


@dataclass
class Verdict:
    """What a judge may say."""

    judged: list[list[str]]
    ok: bool
    piece: list[str] = field(default_factory=list)
    literal: dict[str, tuple[int, int]] = field(default_factory=dict)


def test_faults_are_counted_over_all_seeds() -> None:
    one = Verdict([[], ["silent"], ["hammer", "thin"]], True, literal={"pitched": (3, 8)})
    other = Verdict([["kit"]], False, literal={"pitched": (1, 8), "drums": (4, 4)})
    assert counts([one, other]).tolist() == [[2, 4], [2, 4], [1, 2], [4, 16], [4, 4]]


def test_the_table_has_the_true_continuations_too(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge, store = tmp_path / "judge.py", tmp_path / "store"
    judge.write_text(JUDGE)
    files = write_tunes(tmp_path / "files", [song(bars) for bars in range(24, 34)])
    options = CorpusOptions(workers=1, ratios=(0.2, 0.4, 0.4), near=1.0, kin=1.0, leak=1.0)
    build_corpus([files], store, options=options)
    asked = [str(store), str(judge), "--model", str(tiny_folder), "--seeds", "1"]
    for more in ([], ["--files", str(files)]):
        assert main([*asked, *more]) == 0
        title, _, true, ours = capsys.readouterr().out.splitlines()
        assert "prompts of" in title
        assert "0.500 [0.500, 0.500] | 1.000 [1.000, 1.000] | 1.000" in true
        assert "0.250 [0.250, 0.250] |  | hammer" in ours
    with pytest.raises(SystemExit, match="no piece of 16 bars in valid, test"):
        main([*asked, "--prompts", "0"])


def test_a_judge_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"none\.py: no judge; give a Python file"):
        load_judge(tmp_path / "none.py")
