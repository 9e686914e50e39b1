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
    names = set(errors.__all__) - {"error_called"}
    for name in names:
        assert issubclass(getattr(errors, name), errors.SymgenError)
    assert names == {"SymgenError", *STATUS}


@pytest.mark.parametrize("name", ["FormatError", "SymgenError", "ValueError", "error_called", None])
def test_an_error_that_another_process_told_of(name: str | None) -> None:
    known = name in {*STATUS, "SymgenError"}
    found = errors.error_called(name)
    assert found is (getattr(errors, str(name)) if known else errors.SymgenError)


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_exit_status(name: str, status: int) -> None:
    assert getattr(errors, name).exit_status == status


def test_the_tree_in_the_docstring_names_every_error_and_its_status() -> None:
    assert errors.__doc__ is not None
    for name, status in STATUS.items():
        assert re.search(rf"── {name} +{status} ", errors.__doc__)
