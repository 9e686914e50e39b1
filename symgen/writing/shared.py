"""A model goes into the folders of hubs, and comes from there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symgen.nets.models import pretrained_name
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.writing.generator import Generator

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Shared"]


class Shared(Generator):
    """A generator that is saved, sent and fetched as model hubs know it."""

    @classmethod
    def from_pretrained(cls, name: PathLike) -> Self:
        """Load a model of a hub, or any that `symgen.load_model` knows.

        Parameters
        ----------
        name : str or path
            A folder, such as `save_pretrained` wrote; a model that comes along; or ``"owner/name"`` on a hub, also as
            ``"owner/name@revision"``. What was fetched once is there without a network too.

        Returns
        -------
        Model

        Raises
        ------
        CheckpointError
            If it is not found, closed to you, or no model of symgen.
        MissingDependencyError
            If it lies on a hub, and huggingface_hub is not installed.
        """
        return cls.load(pretrained_name(name))

    def save_pretrained(self, folder: PathLike, *, overwrite: bool = False) -> Path:
        """Write the model into a folder in the layout of hubs, which symgen reads as well.

        Parameters
        ----------
        folder : path
            It gets ``model.safetensors``, ``config.json``, ``README.md`` with the licence of the corpus, ``model.json``
            and whatever lies beside the model to rank its takes.
        overwrite : bool
            Whether a model that is there may be replaced.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        ExistsError
            If it holds a model and `overwrite` is false.
        ControlError
            If the model was not read from the disk.
        """
        from symgen.nets.pretrained import save_pretrained

        return save_pretrained(self._own_folder(), folder, overwrite=overwrite)

    def push_to_hub(self, repo: str, *, private: bool = False) -> str:
        """Send the model to a hub.

        Parameters
        ----------
        repo : str
            ``"owner/name"``; it is made if it is not there.
        private : bool
            Whether only its owner may see a new one.

        Returns
        -------
        str
            Its address.

        Raises
        ------
        CheckpointError
            If the hub cannot be reached, or does not let you.
        MissingDependencyError
            If huggingface_hub is not installed.
        """
        from symgen.nets.hub import push

        return push(self._own_folder(), repo, private=private)

    def _own_folder(self) -> Path:
        if self.folder is None:
            raise ControlError(f"model {self.name!r}: lies in no folder; load it with load_model")
        return self.folder
