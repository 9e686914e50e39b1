"""A grid that is coarser than a tune: where what is given leaves no pitch, another time is drawn, and it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgen import generate
from symgen.cli import main
from symgen.formats import load_score


@pytest.mark.parametrize("grid", ["1/8", "1/4"])
def test_a_dotted_reel_is_varied_on_a_coarse_grid(
    grid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    generate(bars=8, seed=3, style="reel").save("reel.abc")
    line = ["vary", "reel.abc", f"--grid={grid}", "--seed", "1", "--no-history", "-o", "x.mid"]
    assert main(line) == 0
    assert len(load_score("x.mid").bars) == 8
