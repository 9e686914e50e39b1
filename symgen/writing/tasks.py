"""One thing that a verb is to do, as a value that a child process can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from numbers import Integral, Real
from typing import Any

from symgen.formats.parcels import pack_tune, unpack_tune
from symgen.formats.tunes import Tune
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.writing.verbs import Verbs

__all__ = ["VERBS", "Task"]

VERBS = ("generate", "continue_", "infill", "vary", "harmonize")


@dataclass(frozen=True)
class Task:
    """A verb, what it works on, and what is asked."""

    verb: str
    # What is worked on; nothing for new pieces.
    tune: Tune | None
    seed: int
    count: int | None = None
    # The other keywords of the verb.
    words: Mapping[str, Any] = field(default_factory=dict)

    def run(self, model: Verbs) -> Score | list[Score]:
        """Do it."""
        work = getattr(model, self.verb)
        about = () if self.tune is None else (self.tune,)
        found: Score | list[Score] = work(*about, seed=self.seed, count=self.count, **self.words)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return plain data; `from_json` makes the same task of it."""
        words = {name: _plain(value) for name, value in self.words.items()}
        controls = self.words.get("controls")
        if isinstance(controls, Controls):
            words["controls"] = {name: _plain(vars(controls)[name]) for name in CONTROLS}
        return {
            "verb": self.verb,
            "tune": None if self.tune is None else pack_tune(self.tune),
            "seed": self.seed,
            "count": self.count,
            "words": words,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """Rebuild from `to_json`."""
        words = {name: _tupled(value) for name, value in data["words"].items()}
        if isinstance(words.get("controls"), dict):
            given = {name: _tupled(value) for name, value in words["controls"].items()}
            words["controls"] = Controls(**given)
        tune = None if data["tune"] is None else unpack_tune(data["tune"])
        return cls(data["verb"], tune, data["seed"], data["count"], words)


def _plain(value: Any) -> Any:
    """Return what JSON holds of a value: the words for it, if it is one of ours."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, tuple | list | set | frozenset):
        return list(map(_plain, value))
    from symgen.music.pins import Pin  # most tasks pin nothing

    return asdict(value) if isinstance(value, Pin) else str(value)


def _tupled(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == _PIN:
        from symgen.music.pins import Pin

        return Pin(**value)
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


_PIN = {"part", "onset", "pitch"}
