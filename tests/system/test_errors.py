"""The error tree: one root, an exit status for each branch, and the drawing in the docstring is true."""

from __future__ import annotations

import re

import pytest

from symgen.system import errors

STATUS = {
    "FormatError": 3,
    "ControlError": 2,
    "ExistsError": 2,
    "CheckpointError": 4,
    "RenderError": 5,
    "MissingDependencyError": 5,
}


def test_every_public_error_is_a_symgen_error() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.SymgenError)
    assert set(errors.__all__) == {"SymgenError", *STATUS}


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_exit_status(name: str, status: int) -> None:
    assert getattr(errors, name).exit_status == status


def test_the_tree_in_the_docstring_names_every_error_and_its_status() -> None:
    assert errors.__doc__ is not None
    for name, status in STATUS.items():
        assert re.search(rf"── {name} +{status} ", errors.__doc__)
