"""What is known of a run that is over, gathered once for its card and its report."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgen.nets.checkpoint import NetConfig
from symgen.runs.samples import SAMPLE_BARS, SampleSet
from symgen.training import TrainOptions
from symgen.training.blending import BLEND
from symgen.training.comparing import BITS, NEW, OLD

__all__ = ["RunFacts"]


@dataclass(frozen=True)
class RunFacts:
    """A run, its best network, and what that one writes."""

    folder: Path
    config: NetConfig
    info: Mapping[str, Any]
    """The card of the best network."""
    parameters: int
    rows: Sequence[Mapping[str, float]]
    options: TrainOptions
    tunes: int
    is_small: bool
    samples: SampleSet

    @property
    def name(self) -> str:
        """What the run is called: its folder, wherever it is now."""
        return self.folder.resolve().name

    @property
    def best(self) -> Mapping[str, float]:
        """Figures of the best network."""
        figures: Mapping[str, float] = self.info.get("metrics", {})
        return figures

    @property
    def sources(self) -> Sequence[Mapping[str, Any]]:
        """What the music came from: each with its name, its licence and how much was kept."""
        sources: Sequence[Mapping[str, Any]] = self.info.get("corpus", {}).get("sources", ())
        return sources

    @property
    def licence(self) -> str:
        """The licences of all sources."""
        return str(self.info.get("licence", "not stated"))

    @property
    def origin(self) -> str:
        """The model that it began with, or nothing."""
        return str((self.info.get("from") or {}).get("name", ""))

    def network(self) -> str:
        """Describe the network in words."""
        net = self.config
        kind = f"parts followed: {net.voices}" if net.voices else "melodies"
        return f"{net.layers} x {net.hidden}, {self.parameters:,} weights, {kind}"

    def table(self) -> dict[str, str]:
        """Return what was chosen and counted, by name."""
        options, best = self.options, self.best
        sources = ", ".join(str(source.get("name", "")) for source in self.sources)
        return {
            "Network": self.network(),
            "Began with": self.origin or "nothing",
            "Tunes": f"{self.tunes:,}",
            "Pieces": f"{self.info.get('corpus', {}).get('pieces', 0):,}",
            "Sources": sources,
            "Styles": ", ".join(self.config.styles),
            **{f"Label {name}": ", ".join(values) for name, values in self.config.labels},
            "Batch": str(options.batch),
            "Rate": f"{options.rate:g}",
            "Dropout": f"{self.config.dropout:g}",
            "Moved by up to": f"{options.transpose} semitones",
            "Best after": f"{best.get('epoch', 0):.0f} passes",
            "Of": f"{self.rows[-1].get('epoch', 0):.0f} passes" if self.rows else "",
            "Seed": str(options.seed),
        }

    def told(self) -> list[str]:
        """Say in sentences how good it is, and how much it copies."""
        bits = self.best.get("valid_bits_per_note", 0.0)
        turns = (
            f", each tune held out once in {self.options.folds} folds" if self.options.folds else ""
        )
        first = (
            f"{bits:.3f} bits a note on held-out pieces{turns}, which is what is left to guess of each note: "
            f"less is better. It learned from {self.tunes:,} tunes."
        )
        told = [first, *self.changed()]
        if self.is_small:
            told.append(
                "This is a small corpus: the model knows few tunes and leans on them. Look at what it copies."
            )
        told.append(self.samples.told())
        distinct = 100 * self.samples.variety
        told.append(
            f"Of 100 runs of six notes in these pieces {distinct:.0f} are distinct: more is more varied."
        )
        return told

    def changed(self) -> Iterator[str]:
        """Say what it learned beyond the model that it began with, and what it forgot."""
        measured = self.info.get(BITS, {})
        if measured and not self.best.get("step"):
            yield f"Nothing that it tried made the held-out pieces likelier, so it is {self.origin} as it was."
        share = self.info.get(BLEND, 1.0)
        if share < 1:
            yield f"So that {self.origin} is not forgotten, {share:.0%} of what was learned is in the weights."
        for name, of in ((NEW, "its own corpus"), (OLD, f"the corpus of {self.origin}")):
            if name in measured:
                before, after = measured[name]
                change = f"{after / before - 1:+.1%}" if before else "no change"
                yield f"On held-out pieces of {of}: {before:.3f} bits a note before, {after:.3f} after ({change})."

    def commands(self) -> dict[str, str]:
        """Return commands to go on with, by what they do."""
        name = shlex.quote(self.name)
        return {
            "Write a piece:": f"symgen generate --model {name} --bars {SAMPLE_BARS} -o mine.mid",
            "Write the samples again:": f"symgen generate --model {name} --bars {SAMPLE_BARS} --seed 1 -n "
            f"{len(self.samples.kept)} --out-dir again",
            "Is a piece copied? Ask its corpus:": "symgen copies mine.mid --reference STORE",
        }
