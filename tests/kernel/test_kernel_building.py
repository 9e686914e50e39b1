from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from symgen.kernel import building, library

compiled = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in Path(building.__file__).parent.glob("*.[ch]"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(building, "_FOLDER", tmp_path)
    return tmp_path


@compiled
def test_the_library_is_built_beside_its_sources(sources: Path) -> None:
    path = building.build()
    assert path is not None
    assert path.parent == sources
    assert [p.name for p in sources.glob("_kernel_*")] == [path.name]


@compiled
def test_changed_sources_are_built_anew_and_the_old_library_goes(sources: Path) -> None:
    old = building.build()
    (sources / "kernel.h").write_text((sources / "kernel.h").read_text() + "\n/* changed */\n")
    new = building.build()
    assert old is not None
    assert new is not None
    assert old.name != new.name
    assert [p.name for p in sources.glob("_kernel_*")] == [new.name]


def test_sources_that_do_not_compile_give_nothing(sources: Path) -> None:
    (sources / "broken.c").write_text("this is no C\n")
    assert building.build() is None
    assert not list(sources.glob("_kernel_*"))


def test_without_a_compiler_there_is_no_library(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert building.build() is None


@compiled
@pytest.mark.skipif(os.environ.get("SYMGEN_KERNEL") == "0", reason="it is turned off")
def test_it_is_built_where_there_is_a_compiler() -> None:
    """Else all other tests would quietly test what does without it."""
    assert library() is not None, "run python -m symgen.kernel.building"


def test_the_library_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMGEN_KERNEL", "0")
    assert library.__wrapped__() is None
