"""``symgen push`` and ``symgen pull``: a model goes to a hub, and comes from there."""

from __future__ import annotations

from symgen.cli.options import Context, Result
from symgen.cli.outputs import print_paths
from symgen.cli.progress import working
from symgen.cli.telling import note, say
from symgen.system.errors import ControlError

__all__ = ["pull", "push"]


def push(context: Context) -> Result:
    """Send a model to a hub."""
    from symgen.nets.checkpoint import LANGUAGE_MODEL
    from symgen.nets.hub import push as send
    from symgen.nets.models import find_model
    from symgen.nets.network import read_card

    options = context.options
    _check_name(options.repo)
    folder = find_model(options.model)
    with working("sending"):
        address = send(folder, options.repo, private=options.private)
    licence = read_card(LANGUAGE_MODEL, folder).get("licence") or "not stated"
    note(f"licence of the music it learned from, as its page has it: {licence}")
    say(address)
    return Result()


def pull(context: Context) -> Result:
    """Take a model from a hub."""
    from symgen.nets.hub import pull as take

    options = context.options
    _check_name(options.repo)
    name = options.repo.partition("@")[0].rpartition("/")[2]
    with working("fetching"):
        folder = take(options.repo, options.output or name, overwrite=options.overwrite)
    print_paths(folder)
    return Result()


def _check_name(repo: str) -> None:
    owner, sign, name = repo.removeprefix("hf:").partition("/")
    if not (owner and sign and name):
        raise ControlError(f"{repo}: is no name on a hub; write OWNER/NAME")
