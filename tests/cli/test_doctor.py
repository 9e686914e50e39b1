import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError

import pytest

import symgen.cli.doctor
from symgen.audio.synthesizer import import_fluidsynth
from symgen.cli.doctor import diagnose, install_line


def findings():
    return {check.name: check for check in diagnose()}


def test_a_whole_installation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    checks = findings()
    assert {
        "python",
        "numpy",
        "torch",
        "libfluidsynth",
        "soundfont",
        "models",
        "accelerator",
        "current folder",
    } <= set(checks)
    assert checks["numpy"].ok
    assert checks["soundfont"].detail.endswith("25 presets")
    assert checks["current folder"].ok
    assert checks["libfluidsynth"].ok == (import_fluidsynth() is not None)
    for check in checks.values():
        assert check.ok or check.remedy
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("built", [True, False])
def test_the_c_library_is_told_of(built, monkeypatch):
    monkeypatch.setattr(symgen.kernel, "library", lambda: object() if built else None)
    check = findings()["C library"]
    assert check.ok == built
    assert ("compiler" in check.remedy) == (not built)


def test_what_is_missing_has_a_remedy(tmp_path, monkeypatch):
    def version(name):
        if name in ("music21", "mido", "torch"):
            raise PackageNotFoundError(name)
        return "9.9"

    monkeypatch.setattr(symgen.cli.doctor, "version", version)
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(symgen.cli.doctor, "data_folder", lambda kind: tmp_path)
    monkeypatch.setenv("SYMGEN_SOUNDFONT", str(tmp_path / "none.sf2"))
    monkeypatch.chdir(tmp_path)
    checks = findings()
    bad = {name for name, check in checks.items() if not check.ok} - {"C library"}
    assert bad == {"music21", "mido", "libfluidsynth", "fluidsynth package", "soundfont", "models",
                   "transcriber"}  # fmt: skip
    assert checks["libfluidsynth"].remedy == install_line()
    assert checks["mido"].remedy.startswith('pip install "mido')
    assert checks["torch"].detail.endswith("evaluate --model: pip install 'symgen[train]'")
    assert "pip uninstall fluidsynth" in checks["fluidsynth package"].remedy
    assert "none.sf2" in checks["soundfont"].detail


@pytest.mark.parametrize(
    ("system", "program", "line"),
    [
        ("Linux", "apt-get", "sudo apt-get install libfluidsynth3"),
        ("Linux", "dnf", "sudo dnf install fluidsynth-libs"),
        ("Linux", "pacman", "sudo pacman -S fluidsynth"),
        ("Darwin", "brew", "brew install fluid-synth"),
        ("Darwin", None, "brew install fluid-synth"),
        ("Windows", "choco", "choco install fluidsynth"),
        ("Windows", None, "choco install fluidsynth"),
    ],
)
def test_the_install_line_fits_the_system(system, program, line, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == program else None)
    assert install_line() == line
