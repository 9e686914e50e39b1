"""Presets and the configuration file: options that stand in TOML instead of on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from symgen.cli.commands import commands_by_name
from symgen.cli.options import EVERY, PAPER, Command, Option, option_rows
from symgen.cli.parsing import ALWAYS
from symgen.music.control_table import CONFLICTS, CONTROLS
from symgen.system.errors import ControlError
from symgen.system.files import read_bytes
from symgen.system.folders import user_folder
from symgen.system.text import did_you_mean

__all__ = ["Settings", "config_path", "preset_about", "preset_names", "read_settings"]

_ENVIRONMENT = "SYMGEN_CONFIG"
_TABLE = "symgen"
_ABOUT = "about"
_SUFFIX = ".toml"
_MOST_BYTES = 1_000_000
_OWN = Path(__file__).parent / "presets"
# What parts the entries of a list, where it is not a comma.
_PARTED_BY = {"chords": " | "}
_KINDS = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Settings:
    """Words for a command line, and the files that they were read from, by what those are."""

    words: tuple[str, ...] = ()
    files: Mapping[str, str] | None = None


@dataclass(frozen=True)
class _Layer:
    """What one file sets: for all commands, and for single ones."""

    path: Path
    is_preset: bool
    common: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]

    def refuse(self, text: str) -> ControlError:
        """Return an error that names the file."""
        return ControlError(f"{self.path}: {text}")


# -- which files -------------------------------------------------------------------------


def config_path() -> Path | None:
    """Return the configuration file, if there is one: $SYMGEN_CONFIG, or ``config.toml`` where users keep such."""
    named = os.environ.get(_ENVIRONMENT)
    if named is None:
        path = user_folder("config") / "config.toml"
        return path if path.is_file() else None
    if named and not Path(named).is_file():
        raise ControlError(f"{_ENVIRONMENT} {named}: no such file; correct it or leave it out")
    return Path(named) if named else None


def preset_names() -> tuple[str, ...]:
    """Names of the presets that come along, and of those that lie beside the configuration file."""
    folders = (_OWN, user_folder("config") / "presets")
    return tuple(sorted({path.stem for folder in folders for path in folder.glob(f"*{_SUFFIX}")}))


def preset_about(name: str) -> str:
    """Say what a preset is for."""
    return str(_load(_preset_path(name)).get(_ABOUT, ""))


def _preset_path(name: str) -> Path:
    if name.lower().endswith(_SUFFIX) or Path(name).name != name:
        return Path(name)
    for folder in (user_folder("config") / "presets", _OWN):
        if (path := folder / f"{name}{_SUFFIX}").is_file():
            return path
    names = preset_names()
    raise ControlError(
        f"preset {name!r}: unknown{did_you_mean(name, names)}; "
        f"use {', '.join(names)}, or name a file that ends in {_SUFFIX}"
    )


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = read_bytes(path, _MOST_BYTES)
    if len(data) > _MOST_BYTES:
        raise ControlError(f"{path}: longer than {_MOST_BYTES} bytes; settings are short")
    try:
        return dict(tomllib.loads(data.decode("utf-8-sig")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ControlError(f"{path}: is no TOML ({error}); correct it") from None


# -- what a file holds -------------------------------------------------------------------


def _read_layer(path: Path, *, is_preset: bool) -> _Layer:
    """Read a file, and refuse what no command knows."""
    found = _load(path)
    if is_preset:
        found.pop(_ABOUT, None)
    if set(found) == {_TABLE} and isinstance(found[_TABLE], dict):
        found = found[_TABLE]
    elif found and not is_preset:
        raise ControlError(f"{path}: settings stand in a table [{_TABLE}]; put all of them there")
    tables = dict(_tables(found))
    common = {key: entry for key, entry in found.items() if not isinstance(entry, dict)}
    layer = _Layer(path, is_preset, common, tables)
    _check_keys(layer)
    return layer


def _tables(found: Mapping[str, Any], family: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables of commands, those of families such as ``gan`` too."""
    for name, entry in found.items():
        if isinstance(entry, dict):
            inner = dict(_tables(entry, f"{name} "))
            yield from inner.items()
            own = {key: each for key, each in entry.items() if not isinstance(each, dict)}
            if own or not inner:
                yield f"{family}{name}", own


def _check_keys(layer: _Layer) -> None:
    """Refuse names of commands and of options that are not known, and options that no file may set."""
    commands = {name: row for name, row in commands_by_name().items() if _is_for(layer, row)}
    shared: dict[str, Option] = {}
    for row in commands.values():
        rows = _rows(row)
        shared |= {
            key: rows[key] for key in rows if _is_shared(row, rows[key]) and key not in shared
        }
    _check_table(layer, "", layer.common, shared)
    for name, table in layer.tables.items():
        if name not in commands:
            raise layer.refuse(f"no command {name!r}{did_you_mean(name, commands)}")
        _check_table(layer, f" of {name}", table, _rows(commands[name]))


def _check_table(
    layer: _Layer, where: str, table: Mapping[str, Any], rows: Mapping[str, Option]
) -> None:
    for key, entry in table.items():
        option = rows.get(_plain(key))
        if option is None:
            known = [name for name, row in rows.items() if row.set_by != "line"]
            raise layer.refuse(f"no setting {key!r}{where}{did_you_mean(_plain(key), known)}")
        if option.set_by == "line" or (layer.is_preset and _names_a_file(option, entry)):
            raise layer.refuse(f"{key!r} is for the command line alone; take it out")
        _words(layer, option, entry)


def _names_a_file(option: Option, entry: Any) -> bool:
    """Whether a setting could make a preset read or write a file: presets come from others."""
    if option.name == "model":
        return Path(str(entry)).name != str(entry)
    return option.set_by == "config" and entry is not True


def _is_for(layer: _Layer, command: Command) -> bool:
    """Presets are for commands that write music, the configuration is for all."""
    return not layer.is_preset or _writes(command)


def _is_shared(command: Command, option: Option) -> bool:
    """Whether an option is meant where a file speaks of all commands: elsewhere its name may mean something else."""
    return _writes(command) or option.use in (EVERY, PAPER)


def _writes(command: Command) -> bool:
    return any(row.name == "preset" and row.set_by == "line" for row in command.options)


def _rows(command: Command) -> dict[str, Option]:
    """Return the options of a command by name, and by their other names."""
    rows = [row for row in (*option_rows(command), *ALWAYS) if row.names[0].startswith("-")]
    return {_plain(name): row for row in rows for name in (row.name, *row.aliases)}


def _plain(key: str) -> str:
    return key.lstrip("-").replace("_", "-")


# -- what is added to a line -------------------------------------------------------------


def read_settings(
    name: str, presets: Sequence[str], given: Mapping[str, Any], *, with_config: bool = True
) -> Settings:
    """Return what presets and the configuration file add to a command line."""
    # What is given there wins over presets, a later preset over an earlier one, and all of them
    # over the configuration.
    layers = [_read_layer(_preset_path(preset), is_preset=True) for preset in reversed(presets)]
    config = config_path() if with_config else None
    if config is not None:
        layers.append(_read_layer(config, is_preset=False))
    if not layers:
        return Settings()
    command = commands_by_name()[name]
    rows = _rows(command)
    settled = set(chain.from_iterable(_settles(_plain(key), each) for key, each in given.items()))
    chosen: dict[str, list[str]] = {}
    for layer in layers:
        entries = {
            key: each for key, each in _entries(layer, name, command).items() if key not in settled
        }
        added = {key: _words(layer, rows[key], each) for key, each in entries.items()}
        settled |= set(chain.from_iterable(_settles(key, each) for key, each in entries.items()))
        chosen |= added
    order = dict.fromkeys(row.name for row in rows.values())
    words = chain.from_iterable(chosen[key] for key in order if key in chosen)
    files = {str(layer.path): "preset" if layer.is_preset else "configuration" for layer in layers}
    return Settings(tuple(words), files)


def _entries(layer: _Layer, name: str, command: Command) -> dict[str, Any]:
    """Return what a file says to a command, by the names of its options; what it says to it alone counts more."""
    rows = _rows(command)
    common = {_plain(key): entry for key, entry in layer.common.items()}
    meant = {key: rows[key] for key in common if key in rows}
    found = {
        option.name: common[key]
        for key, option in meant.items()
        if _is_shared(command, option) and option.set_by != "line"
    }
    own = layer.tables.get(name, {})
    return found | {rows[_plain(key)].name: entry for key, entry in own.items()}


def _settles(key: str, entry: Any) -> Iterator[str]:
    """Yield the names of options about which nothing more is to be said: an option, and what contradicts it."""
    yield key
    for conflict in CONFLICTS:
        pair = [name.replace("_", "-") for name in (conflict.first, conflict.second)]
        if key in pair:
            yield from pair
    if key == "meter" and ("x" in str(entry) or "*" in str(entry)):
        yield "bars"  # a plan of meters says how many there are


def _words(layer: _Layer, option: Option, entry: Any) -> list[str]:
    """Write an option as on the command line."""
    name = option.names[-1]
    if isinstance(entry, bool):
        if "metavar" in option.how and option.how.get("nargs") != "?":
            raise layer.refuse(f"{option.name} is {str(entry).lower()}, but it takes a value")
        return [name] if entry else []
    entries = entry if isinstance(entry, list) else [entry]
    texts = [str(each) for each in entries]
    if "metavar" not in option.how and "choices" not in option.how:
        raise layer.refuse(f"{option.name} {', '.join(texts)!r}: must be true or false")
    if not all(
        isinstance(each, (str, int, float)) and not isinstance(each, bool) for each in entries
    ):
        raise layer.refuse(f"{option.name} {', '.join(texts)}: must be a number or a text")
    if option.how.get("action") == "append":
        return [word for text in texts for word in _pair(name, text)]
    text = _PARTED_BY.get(option.name, ",").join(texts)
    _check_value(layer, option, text)
    return _pair(name, text)


def _pair(name: str, text: str) -> list[str]:
    return [f"{name}={text}"] if text.startswith("-") else [name, text]


def _check_value(layer: _Layer, option: Option, text: str) -> None:
    """Refuse a value in the name of its file."""
    kind, choices = option.how.get("type", str), option.how.get("choices")
    try:
        value = kind(text)
    except ValueError:
        raise layer.refuse(f"{option.name} {text!r}: must be {_KINDS[kind]}") from None
    if choices and value not in choices:
        raise layer.refuse(f"{option.name} {text!r}: use {', '.join(choices)}")
    if option.control:
        try:
            CONTROLS[option.control].read(option.name, value)
        except ControlError as error:
            raise layer.refuse(str(error)) from None
