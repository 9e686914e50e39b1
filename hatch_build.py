"""Compile the C library of the package where a compiler is at hand; without one the wheel is pure Python."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the library to wheels."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the library, and name the platform that it runs on."""
        if self.target_name != "wheel":
            return
        spec = spec_from_file_location("building", Path(self.root, "symgen/kernel/building.py"))
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - the file is there
        building = module_from_spec(spec)
        spec.loader.exec_module(building)
        path = building.build()
        if path is None:
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"
        build_data["artifacts"].append(f"symgen/kernel/{path.name}")


def _platform() -> str:
    """Return the platform of a wheel: it holds a library, but nothing of one version of Python."""
    from packaging.tags import platform_tags

    return next(platform_tags())
