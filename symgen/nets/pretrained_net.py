"""The event network as a module of torch that model hubs know to load and to save."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin

from symgen.nets.checkpoint import Model, NetConfig, load_model_files, save_model_files
from symgen.nets.event import EventNet
from symgen.nets.models import find_model, pretrained_name
from symgen.nets.pretrained import save_pretrained
from symgen.system.files import scratch_folder
from symgen.tokens import Vocabulary

__all__ = ["PretrainedEventNet"]


class PretrainedEventNet(EventNet, PyTorchModelHubMixin, library_name="symgen"):
    """An `EventNet` with ``from_pretrained``, ``save_pretrained`` and ``push_to_hub``, and the facts of its card."""

    def __init__(
        self, config: NetConfig, vocabulary: Vocabulary, info: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(config, vocabulary)
        self.vocabulary, self.info = vocabulary, dict(info or {})

    @classmethod
    def from_pretrained(cls, name: str | Path, **_: Any) -> PretrainedEventNet:  # type: ignore[override]
        """Load a folder, a model that comes along, or ``owner/name`` of a hub."""
        found = load_model_files(find_model(pretrained_name(name)))
        net = cls(found.config, found.vocabulary, found.info)
        net.load_state_dict({key: torch.from_numpy(value) for key, value in found.weights.items()})
        return net.eval()

    def _save_pretrained(self, save_directory: Path) -> None:
        weights = {key: value.detach().cpu().numpy() for key, value in self.state_dict().items()}
        with scratch_folder(tempfile.gettempdir()) as scratch:
            save_model_files(Model(self.config, self.vocabulary, weights, self.info), scratch)
            save_pretrained(scratch, save_directory, overwrite=True)
