import pytest

import symgen.system.resources
from symgen.system.errors import CheckpointError, RenderError
from symgen.system.resources import data_folder


def test_both_folders_are_found():
    assert (data_folder("soundfonts") / "FluidR3Mono_24.sf3").is_file()
    assert (data_folder("soundfonts") / "FluidR3Mono_24.LICENSE.txt").is_file()
    assert data_folder("models").name == "models"


def test_an_installed_package_comes_first(tmp_path, monkeypatch):
    package = tmp_path / "symgen"
    monkeypatch.setattr(symgen.system.resources, "_PACKAGE", package)
    with pytest.raises(CheckpointError, match="install symgen again"):
        data_folder("models")
    with pytest.raises(RenderError, match="install symgen again"):
        data_folder("soundfonts")
    (tmp_path / "models").mkdir()
    assert data_folder("models") == tmp_path / "models"
    (package / "_data" / "models").mkdir(parents=True)
    assert data_folder("models") == package / "_data" / "models"
