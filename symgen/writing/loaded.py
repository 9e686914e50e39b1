"""A language model that was loaded: its network, what its card says, and what lies beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.music.controls import Controls
from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
from symgen.nets.inference import InferenceNet
from symgen.nets.network import attached_path, read_attached
from symgen.sampling.events import Drawing
from symgen.system.errors import ControlError
from symgen.tokens import Vocabulary

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex
    from symgen.evaluation.discriminator import Discriminator
    from symgen.sampling.continuation import Written

__all__ = ["LoadedModel", "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the writing is."""

    # Which take is drawn, from 1 on, of how many
    take: int
    takes: int
    # New bars of it that stand, of how many
    bar: int
    bars: int


@dataclass(frozen=True)
class LoadedModel:
    """A network with what lies beside it."""

    net: InferenceNet
    info: Mapping[str, Any]
    folder: Path | None = None
    # Told of each bar that stands.
    progress: Callable[[Progress], None] | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the network."""
        return self.net.vocabulary

    @property
    def tracks_parts(self) -> bool:
        """Whether the network follows parts one by one."""
        return self.net.config.voices > 0

    @property
    def writes(self) -> Written:
        """Which parts of a tune it writes: drums too if it has learned from pieces with drums."""
        if not self.tracks_parts:
            return "melody"
        return "all" if any(any(row[1]) for row in self.info.get("ensembles", ())) else "pitched"

    @property
    def monophonic_parts(self) -> bool:
        """Whether each part plays one note at a time."""
        return bool(self.info.get("monophonic") or self.info.get("monophonic_parts"))

    @property
    def draws_no_velocity(self) -> bool:
        """Whether new notes get velocities by rule."""
        return "velocity" in self.net.inputs.fixed

    @property
    def usual_returns(self) -> float:
        """What makes bars of a prompt return as often as in real pieces; measured for the models that come along."""
        return float(self.info.get("variation", 0.0))

    def drawing(self, controls: Controls) -> Drawing:
        """Say how classes are drawn; what a model writes best with was measured when it was shipped."""
        is_asked = "top_p" in controls.given()
        top_p = controls.top_p if is_asked else float(self.info.get("top_p", controls.top_p))
        whole_kit = not is_asked and not controls.top_k and self.writes == "all"
        return Drawing(controls.temperature, top_p, controls.top_k, whole_kit)

    def copy_index(self) -> CopyIndex | None:
        """Load the index of the training pieces, if one lies beside the model."""
        from symgen.copies.index import CopyIndex

        if self.folder is None or attached_path(LANGUAGE_MODEL, self.folder, INDEX_STEM) is None:
            return None
        return CopyIndex.load(self.folder)

    def discriminator(self, *, continuing: bool) -> Discriminator:
        """Load what ranks takes: of continuations, if the model has one of its own for them."""
        from symgen.evaluation.discriminator import Discriminator

        stems = ("continuations", "discriminator") if continuing else ("discriminator",)
        for stem in stems:
            data = read_attached(LANGUAGE_MODEL, self.folder, stem) if self.folder else None
            if data is not None:
                return Discriminator.from_bytes(data)
        raise ControlError(
            f"candidates: model {self.info.get('name', '')!r} has no discriminator to rank takes by; "
            "leave --candidates out, or train one with python -m lab train-discriminator"
        )
