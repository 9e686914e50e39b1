"""The table of commands around runs and models: share them."""

from __future__ import annotations

from symgen.cli.options import FILES, Command, flag, place, under, value

__all__ = ["SHARING"]

_REPO = place("repo", "OWNER/NAME", "its name on the hub; @REVISION after it for an older one")

SHARING = (
    Command(
        "push",
        "sharing:push",
        "send a model to a model hub, with its page and the licence of its music",
        (
            place("model", "MODEL", "a run, a folder of a model, or one that comes along"),
            place("repo", "OWNER/NAME", "its name on the hub; made if it is not there"),
            *under(FILES, flag("--private", "let only the owner see it, if it is new")),
        ),
        examples=("symgen push run someone/my-tunes",),
    ),
    Command(
        "pull",
        "sharing:pull",
        "take a model from a model hub into a folder, for --model",
        (
            _REPO,
            *under(
                FILES,
                value("-o --output", "FOLDER", "folder to make (default: NAME)").also("--out"),
                flag("--overwrite", "replace a model that is there"),
            ),
        ),
        examples=("symgen pull someone/my-tunes -o theirs",),
    ),
)
