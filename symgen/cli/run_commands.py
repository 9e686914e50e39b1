"""The table of commands around runs and models: list them, compare them, share them."""

from __future__ import annotations

from symgen.cli.options import FILES, OVERWRITE, Command, flag, place, under, value

__all__ = ["RUNS", "SHARING"]

_REPO = place("repo", "OWNER/NAME", "its name on the hub; @REVISION after it for an older one")

RUNS = (
    Command(
        "runs",
        "comparing:runs",
        "list training runs: how far they are, how good, on which music",
        (
            place(
                "folders",
                "FOLDER",
                "where to look, and in all that is below it (default: here)",
                "*",
            ),
            *under(FILES, flag("--json", "print one JSON object a run")),
        ),
        examples=("symgen runs", "symgen runs trials --json"),
    ),
    Command(
        "compare",
        "comparing:compare",
        "compare training runs: a table, and a page with their curves and a piece of each",
        (
            place("runs", "RUN", "folders of runs", "+"),
            *under(
                FILES,
                value("-o --output", "PAGE", "HTML file (default: compared.html)").also("--out"),
                flag("--json", "print one JSON object, and write a page with -o alone"),
            ),
            OVERWRITE,
        ),
        examples=("symgen compare run run-2 -o compared.html",),
    ),
)

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
