"""The public names: exactly these, found where the table says, loaded only when used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import symgen

HEAVY = (
    "torch",
    "music21",
    "matplotlib",
    "pretty_midi",
    "symusic",
    "muspy",
    "miditok",
    "sklearn",
    "scipy",
    "fluidsynth",
    "soundfile",
    "soxr",
)

PUBLIC = {
    "CheckpointError",
    "ControlError",
    "Controls",
    "CorpusOptions",
    "Description",
    "Evaluation",
    "ExistsError",
    "FormatError",
    "FoundChord",
    "Key",
    "Limits",
    "Meter",
    "MissingDependencyError",
    "Model",
    "Note",
    "Part",
    "Pin",
    "Progress",
    "RenderError",
    "Rewritten",
    "Score",
    "Store",
    "SymgenError",
    "TrainOptions",
    "Transcription",
    "__version__",
    "accompany",
    "build_corpus",
    "continue_",
    "continue_async",
    "drums",
    "evaluate",
    "extend",
    "find_chords",
    "from_muspy",
    "from_symusic",
    "generate",
    "generate_async",
    "harmonize",
    "harmonize_async",
    "infill",
    "infill_async",
    "listen",
    "load_model",
    "load_score",
    "load_tune",
    "perform",
    "plot_score",
    "read_controls",
    "render",
    "render_async",
    "save_score",
    "stream",
    "stream_async",
    "styles",
    "to_mido",
    "to_music21",
    "to_muspy",
    "to_pretty_midi",
    "to_symusic",
    "train",
    "transcribe",
    "transcribe_async",
    "unpack",
    "vary",
    "vary_async",
}


def test_the_public_names_are_exactly_these() -> None:
    assert set(symgen.__all__) == PUBLIC
    assert symgen.__all__ == sorted(symgen.__all__)
    assert set(dir(symgen)) == PUBLIC
    assert all(hasattr(symgen, name) for name in PUBLIC)


@pytest.mark.parametrize("package", ["", ".audio", ".corpus", ".gan", ".plots", ".tokens"])
def test_type_checkers_are_told_where_each_name_comes_from(package: str) -> None:
    """A package that loads its names lazily imports the same ones where type checkers look."""
    module = import_module(f"symgen{package}")
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    blocks = [node for node in ast.parse(source).body if isinstance(node, ast.If)]
    nodes = [
        node for block in blocks for node in ast.walk(block) if isinstance(node, ast.ImportFrom)
    ]
    told = {alias.name: str(node.module) for node in nodes for alias in node.names}
    assert set(told) == set(module.__all__) - {"__version__"}
    for name, home in told.items():
        assert getattr(module, name) is getattr(import_module(home), name)


@pytest.mark.parametrize("name", sorted(PUBLIC - {"__version__"}))
def test_every_name_can_be_used_and_has_a_docstring(name: str) -> None:
    value = getattr(symgen, name)
    assert value.__doc__
    assert value is getattr(symgen, name)


def test_rooms_with_names_of_their_own_need_no_import() -> None:
    code = (
        "import symgen; print(symgen.tokens.Tokenizer().grid, symgen.corpus.TokenWindows.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["12", "TokenWindows"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'symgen' has no attribute 'nonsense'"):
        _ = symgen.nonsense


@pytest.mark.parametrize(
    "module", ["symgen", "symgen.cli", "symgen.music.score", "symgen.system.errors"]
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    assert find_spec(module), f"{module} is missing"
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
