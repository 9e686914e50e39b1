"""What the shell proposes when a line is completed, and how it is told to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from symgen.cli.commands import make_parser
from symgen.cli.options import Context, Result
from symgen.cli.parsing import Parser
from symgen.cli.telling import say
from symgen.system.errors import ControlError

__all__ = ["complete", "completion"]

_SHELLS = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}
_EVAL = {"fish": "symgen completion fish | source"}


def completion(context: Context) -> Result:
    """Print what a shell has to run."""
    from argcomplete.shell_integration import shellcode

    shell = context.options.shell
    if shell not in _SHELLS:
        raise ControlError(f"shell {shell!r}: use {', '.join(_SHELLS)}")
    line = _EVAL.get(shell, f'eval "$(symgen completion {shell})"')
    say(f"# Put this line into {_SHELLS[shell]}: {line}")
    say(shellcode(["symgen"], True, shell).strip())
    return Result()


def complete() -> None:
    """Answer the shell and end the process, if it asks."""
    import argcomplete
    from argcomplete.completers import FilesCompleter

    parser = make_parser()
    _add_completers(parser, FilesCompleter())
    argcomplete.autocomplete(parser, default_completer=FilesCompleter())


def _add_completers(parser: Parser, files: Any, name: str = "") -> None:
    for each, command in parser.commands.items():
        _add_completers(command, files, each)
    for action in parser._actions:
        words = _WORDS_OF_ONE.get((name, action.dest)) or _WORDS.get(action.dest)
        if words and action.nargs != 0 and action.choices is None:
            action.completer = _completer(words, files if action.dest in _FILES_TOO else None)  # type: ignore[attr-defined]


def _completer(words: Callable[[], Iterable[str]], files: Any) -> Callable[..., list[str]]:
    def propose(prefix: str, **how: Any) -> list[str]:
        found = list(words())
        return found + list(files(prefix, **how)) if files and prefix else found

    return propose


def _models() -> list[str]:
    from symgen.nets.models import model_names

    return list(model_names())


def _known(kind: str) -> Callable[[], list[str]]:
    """Return what lists the styles or periods of all models."""

    def words() -> list[str]:
        from symgen.music.actions import known_values

        return known_values(kind)

    return words


def _presets() -> Iterable[str]:
    from symgen.cli.settings import preset_names

    return preset_names()


def _instruments() -> list[str]:
    from symgen.music.instruments import PROGRAMS

    return [name.lower() for name in PROGRAMS]


def _keys() -> list[str]:
    from symgen.music.theory import MODES

    tonics = ("C", "C#", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return [f"{tonic} {mode}" for tonic in tonics for mode in MODES]


def _manners() -> Iterable[str]:
    from symgen.performer.manners import manner_names

    return manner_names()


def _moods() -> Iterable[str]:
    from symgen.wording.moods import MOODS

    return MOODS


_WORDS: dict[str, Callable[[], Iterable[str]]] = {
    "model": _models,
    "style": _known("styles"),
    "period": _known("periods"),
    "preset": _presets,
    "mood": _moods,
    "instrument": _instruments,
    "key": _keys,
    "meter": lambda: ("2/4", "3/4", "4/4", "6/8", "9/8", "12/8"),
    "grid": lambda: ("1/4", "1/8", "1/8t", "1/16", "1/32"),
    "form": lambda: ("AABA", "AABB", "ABAB", "AA'BA"),
    "shell": lambda: _SHELLS,
}
_WORDS_OF_ONE = {("perform", "style"): _manners}
"""What means another thing to one command."""
_FILES_TOO = ("model", "preset")
