"""Models on a hub: sent there, and taken from there, by huggingface_hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symgen.nets.checkpoint import CARD
from symgen.nets.network import HUB
from symgen.nets.pretrained import hub_files, save_pretrained
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike
from symgen.system.requirements import require

__all__ = ["pull", "pulled", "push"]

_WANTED = ("*.json", "*.safetensors", "README.md")
"""A model is data: of whatever else lies beside it nothing is taken."""


def push(folder: PathLike, repo: str, *, private: bool = False) -> str:
    """Send a model to a hub, where it is made if need be, in one commit; return its address."""
    files = hub_files(folder)  # a damaged model is told of before anybody is asked
    hub = _library()
    name = repo.removeprefix(HUB)
    with _refusing(name):
        api = hub.HfApi(endpoint=_endpoint())
        if not hub.get_token():
            raise _no_token(name)
        made = api.create_repo(name, private=private or None, exist_ok=True, repo_type="model")
        whole = made.repo_id
        api.create_commit(
            whole,
            [hub.CommitOperationAdd(path, data) for path, data in files.items()],
            commit_message="Upload model with symgen",
        )
        return str(made)


def pulled(repo: str) -> Path:
    """Return the folder of a hub's model on this machine, fetched if the hub has a newer one."""
    hub = _library()
    name, _, revision = repo.removeprefix(HUB).partition("@")
    with _refusing(name):
        folder = Path(
            hub.snapshot_download(
                name,
                revision=revision or None,
                endpoint=_endpoint(),
                allow_patterns=list(_WANTED),
            )
        )
    if not (folder / CARD).is_file():
        raise CheckpointError(f"{name}: is no model of symgen ({CARD} is missing); name another")
    return folder


def pull(repo: str, target: PathLike, *, overwrite: bool = False) -> Path:
    """Write a hub's model into a folder."""
    return save_pretrained(pulled(repo), target, overwrite=overwrite)


def _library() -> Any:
    """Load huggingface_hub, without its own bars of progress."""
    hub = require("huggingface_hub")
    require("huggingface_hub.utils").disable_progress_bars()
    return hub


def _endpoint() -> str | None:
    """Return the address of the hub, if another one is wanted than the usual."""
    return os.environ.get("HF_ENDPOINT") or None


def _no_token(name: str) -> CheckpointError:
    return CheckpointError(
        f"{name}: nobody is logged in to the hub; make a token there and run `hf auth login`, or set HF_TOKEN"
    )


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Say in a line what a hub refuses."""
    errors = require("huggingface_hub.errors")
    try:
        yield
    except errors.HFValidationError:
        raise CheckpointError(f"{name}: is no name on a hub; write OWNER/NAME") from None
    except errors.GatedRepoError:
        raise CheckpointError(
            f"{name}: is open only to those whom its owner lets in; ask on its page, log in with "
            "`hf auth login`, and try again"
        ) from None
    except errors.RepositoryNotFoundError:
        raise CheckpointError(
            f"{name}: not found on the hub; check the name, and if it is private, log in with `hf auth login`"
        ) from None
    except errors.RevisionNotFoundError:
        raise CheckpointError(f"{name}: has no such revision; check the name after the @") from None
    except errors.LocalTokenNotFoundError:
        raise _no_token(name) from None
    except (errors.HTTPError, errors.EntryNotFoundError, OSError, ValueError) as error:
        raise _refused(name, error) from None
    except RuntimeError as error:  # around what went wrong in one of its threads
        raise _refused(name, error.__cause__ or error) from None


def _refused(name: str, error: BaseException) -> CheckpointError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    reason = " ".join((str(error).strip() or type(error).__name__).splitlines()[0].split())
    if status in (401, 403):
        return CheckpointError(
            f"{name}: the hub refuses this token; take one that may write there (`hf auth login`)"
        )
    if status is not None:
        return CheckpointError(f"{name}: the hub refuses ({reason}); try again later")
    return CheckpointError(
        f"{name}: the hub cannot be reached ({reason}), and no copy is on this machine; "
        "check the network, or name a folder"
    )
