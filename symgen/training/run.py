"""A training run on disk: all that it needs to go on, and who may begin one in a folder."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from symgen.nets.network import NetworkKind, content_name, remove_named
from symgen.system.errors import CheckpointError, ControlError, ExistsError, FormatError
from symgen.system.files import (
    PathLike,
    check_writable,
    make_folder,
    read_bytes,
    remove_stale,
    seal_json,
    sha256,
    unseal_json,
    write_named,
)

__all__ = [
    "BEST",
    "LAST",
    "METRICS",
    "Run",
    "Stateful",
    "check_run",
    "generator_state",
    "holds_state",
    "read_options",
    "read_state",
    "refuse_both",
    "remove_run",
    "resuming",
    "set_generator",
]

BEST, LAST, METRICS = "best", "last", "metrics.csv"
_STATE, _STEM = "state.json", "state"
_ANEW = "start anew with --overwrite"

T = TypeVar("T")
Tensors = dict[str, Tensor]
RandomGenerator = random.Random | np.random.Generator


class Stateful(Protocol):
    """A network, an optimizer, or anything else that gives its state as tensors."""

    def state_dict(self) -> Mapping[str, Any]:
        """Return all that changes."""

    def load_state_dict(self, state_dict: Any, /) -> object:
        """Set all that changes to what `state_dict` gave."""


class Run:
    """The folder of a run."""

    # Which holds ``last`` (what is needed to go on) and ``best`` (a network).
    #
    # `corpus` is a digest of what is learned from: a run goes on with the same alone. Empty, it is
    # not compared.

    # The state is two files: tensors under a name with their checksum, and a sealed JSON file that
    # names them and is written last. A reader, and a run that is killed at any moment, finds the
    # old state or the new one.

    def __init__(self, folder: PathLike, corpus: str, options: Mapping[str, Any]) -> None:
        self.folder, self._corpus, self.options = Path(folder), corpus, dict(options)

    def save(
        self, parts: Mapping[str, Stateful], rng: RandomGenerator | None, facts: Mapping[str, Any]
    ) -> None:
        """Write the state of all parts, of all random generators, and plain facts."""
        from safetensors.torch import save

        # Everything that draws or remembers: one piece forgotten, and the run would end elsewhere.
        groups = {name: _tensors_of(part) for name, part in parts.items()}
        groups["random"] = _random_states()
        tensors = {
            f"{group}.{name}": value.detach().cpu().contiguous()
            for group, values in groups.items()
            for name, value in values.items()
        }
        data = save(tensors)
        name, digest = content_name(_STEM, data)
        # The fixed keys come last: no fact of an objective may replace them.
        plain = {
            **facts,
            "files": {name: digest},
            "rng": generator_state(rng),
            "options": self.options,
            "corpus": self._corpus,
        }
        last = make_folder(self.folder / LAST)
        write_named(last / name, data, last / _STATE, seal_json(plain))
        # Only now that nothing names the tensors before.
        remove_named(last, _STEM, (name,))

    def load(self, parts: Mapping[str, Stateful], rng: RandomGenerator | None) -> dict[str, Any]:
        """Fill parts and generators from what `save` wrote; return the facts. See `resuming`."""
        self.check_corpus()
        facts = read_state(self.folder)
        groups = _read_groups(self.folder / LAST, facts)
        for name, part in parts.items():
            # A network without weights or an optimizer before its first step has no tensors.
            _fill(part, groups.get(name, {}))
        if rng is not None:
            set_generator(rng, facts["rng"])
        # After the parts: whatever they draw while they are filled is drawn from other numbers.
        _set_random_states(groups["random"])
        return facts

    def check_corpus(self) -> None:
        """Refuse to go on with a run of another corpus."""
        known = read_state(self.folder).get("corpus") or self._corpus
        if self._corpus and known != self._corpus:
            raise CheckpointError(
                f"{self.folder}: was trained on another corpus; resume with the same store"
            )

    def diverged(self, what: str, step: int, more: str = "") -> CheckpointError:
        """Return the error for a figure that is no number."""
        rate = f"a lower --rate than {self.options.get('rate', 0.0):g}"
        return CheckpointError(
            f"{self.folder}: the {what} is no number any more at step {step}{more}; "
            f"go on from the last checkpoint with --resume and {rate}"
        )


# -- who may begin a run -------------------------------------------------------------------


def refuse_both(*, resume: bool, overwrite: bool) -> None:
    """Refuse to go on with a run and to replace it at once."""
    if resume and overwrite:
        raise ControlError(
            "--resume goes on with the run and --overwrite starts anew; give one of them"
        )


def check_run(
    folder: Path, kind: NetworkKind, held: Iterable[str] = (), *, resume: bool, overwrite: bool
) -> None:
    """Refuse a folder that holds a run, unless it goes on or is replaced, or cannot be written."""
    # A run is there where a state is, a best network, or one of `held`, which may be patterns.
    refuse_both(resume=resume, overwrite=overwrite)
    # Temporary files of a run that was killed.
    for part in (folder / LAST, folder / BEST):
        remove_stale(part)
    # A folder that cannot be written is told of now and not after hours.
    check_writable(folder / METRICS, overwrite=True)
    names = (f"{LAST}/{_STATE}", f"{BEST}/{kind.card}", METRICS, *held)
    if resume or overwrite:
        return
    if any(any(folder.glob(name)) for name in names):
        raise ExistsError(
            f"{folder}: holds a run already; pass --resume to go on, or --overwrite to start anew"
        )


def remove_run(folder: Path, kind: NetworkKind) -> None:
    """Remove the state, the networks and the figures of a run."""
    (folder / METRICS).unlink(missing_ok=True)
    for part in (folder / LAST, folder / BEST):
        # First what names other files: it never names some that are gone.
        for name in (_STATE, kind.card):
            (part / name).unlink(missing_ok=True)
        for stem in (_STEM, kind.stem):
            remove_named(part, stem, ())


# -- reading -------------------------------------------------------------------------------


def holds_state(folder: PathLike) -> bool:
    """Whether a run can go on."""
    return (Path(folder) / LAST / _STATE).is_file()


def read_state(folder: PathLike) -> dict[str, Any]:
    """Return the facts that a run stands at, its ``"options"`` among them, without its tensors."""
    path = Path(folder) / LAST / _STATE
    if not path.is_file():
        raise CheckpointError(f"{folder}: nothing to resume; train without --resume")
    with resuming(folder):
        return unseal_json(read_bytes(path))


def read_options(folder: PathLike, rebuild: Callable[[dict[str, Any]], T]) -> T:
    """Return the options of a run, rebuilt from plain data."""
    state = read_state(folder)
    with resuming(folder):
        return rebuild(state.get("options") or {})


@contextmanager
def resuming(folder: PathLike) -> Iterator[None]:
    """Say of whatever goes wrong while a state is read that the run cannot be resumed."""
    from safetensors import SafetensorError

    try:
        yield
    except (
        ControlError,  # an option out of range
        FormatError,
        SafetensorError,
        RuntimeError,  # torch: weights of other shapes
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
    ) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{Path(folder) / LAST}: cannot be resumed ({reason}); {_ANEW}"
        ) from None


def _read_groups(last: Path, facts: dict[str, Any]) -> dict[str, Tensors]:
    """Read the tensors that a state names, by the part that they belong to."""
    from safetensors.torch import load

    # Earlier versions wrote the state of a language model under another key, and named its tensors
    # without a part.
    ungrouped = "tensors" in facts
    ((name, digest),) = facts.pop("tensors" if ungrouped else "files").items()
    data = read_bytes(last / name)
    if sha256(data) != digest:
        raise CheckpointError(f"{last / name}: does not belong to {_STATE}; {_ANEW}")
    groups: dict[str, Tensors] = {}
    for key, value in load(data).items():
        whole = key
        if ungrouped:
            whole = f"random.{key}" if key.startswith("rng") else f"optimizer.{key}"
        group, _, rest = whole.partition(".")
        groups.setdefault(group, {})[rest] = value
    return groups


# -- parts and generators ------------------------------------------------------------------


def _tensors_of(part: Stateful) -> Tensors:
    if not isinstance(part, torch.optim.Optimizer):
        return dict(part.state_dict())
    # The rates are set before each update, so that the moments are all that an optimizer remembers.
    moments = part.state_dict()["state"]
    return {f"{i}.{key}": value for i, values in moments.items() for key, value in values.items()}


def _fill(part: Stateful, tensors: Tensors) -> None:
    if not isinstance(part, torch.optim.Optimizer):
        part.load_state_dict(tensors)
        return
    state = part.state_dict()
    state["state"] = {}
    for name, value in tensors.items():
        index, key = name.split(".")
        state["state"].setdefault(int(index), {})[key] = value
    part.load_state_dict(state)


def _random_states() -> Tensors:
    """Return what torch's generators stand at: that of the CPU, and those of the GPUs in use."""
    states = {"rng": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"rng_cuda{i}": state for i, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def _set_random_states(tensors: Tensors) -> None:
    torch.set_rng_state(tensors.pop("rng"))
    for name, state in tensors.items():
        # A run may go on upon a machine with fewer GPUs, then not to the same bits.
        number = int(name.removeprefix("rng_cuda"))
        if number < torch.cuda.device_count():
            torch.cuda.set_rng_state(state, number)


def generator_state(rng: RandomGenerator | None) -> Any:
    """Return what a generator of Python or numpy stands at, as JSON holds it."""
    if isinstance(rng, random.Random):
        version, numbers, gauss = rng.getstate()
        return [version, list(numbers), gauss]
    return rng.bit_generator.state if rng is not None else None


def set_generator(rng: RandomGenerator, state: Any) -> None:
    """Set a generator to what `generator_state` gave."""
    if isinstance(rng, random.Random):
        version, numbers, gauss = state
        rng.setstate((version, tuple(numbers), gauss))
    else:
        rng.bit_generator.state = state
