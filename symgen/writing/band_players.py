"""Who plays in the band of a tune: what is there already and stays, what goes, and what is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from symgen.accompanying.examples import Example
from symgen.music.roles import ROLES, Role, parse_roles, role_named, roles_of
from symgen.music.score import Score
from symgen.system.errors import ControlError

__all__ = ["OF_STYLE", "BandWish", "Players", "Roles", "choose_players", "parts_of_band"]

OF_STYLE = "style"
"""Drums as the example has them."""
Roles = str | Iterable[str]
"""Such as ``"chords,bass,drums:7"``: roles, with seeds of their own."""


@dataclass(frozen=True)
class BandWish:
    """What is asked of a band, beside its style."""

    # What is made; of a band that is there: what stays, what is left out, and what is made anew.
    parts: Roles | None = None
    lock: Roles | None = None
    drop: Roles | None = None
    again: Roles | None = None
    # Whether the band plays before the tune, and behind it.
    intro: bool = False
    ending: bool = False
    # ``"style"``: as the example has them; ``"drawn"`` by the drummer, or a style of his.
    drums: str = OF_STYLE
    # What share of the notes of its pitched parts a network draws anew.
    loosen: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.loosen, bool) or not 0 <= self.loosen <= 1:
            raise ControlError(
                f"loosen {self.loosen}: use 0..1, the share of the notes to draw anew"
            )


@dataclass(frozen=True)
class Players:
    """Who plays."""

    # What is made, with seeds of their own.
    made: Mapping[Role, int | None]
    # What the tune has already, and stays.
    left: tuple[Role, ...]
    # The parts of the tune that go, by number.
    gone: frozenset[int]


def parts_of_band(score: Score, melody: int) -> dict[Role, list[int]]:
    """Return the parts of a band that a tune has already, by role."""
    found: dict[Role, list[int]] = {}
    for number, (part, role) in enumerate(zip(score.parts, roles_of(score), strict=True)):
        # A piano may be anything; who has chords is known by its name.
        is_known = role in ("drums", "bass") or role_named(part.name) == role != "melody"
        if number != melody and part.note_count and is_known:
            found.setdefault(role, []).append(number)
    return {role: found[role] for role in ROLES if role in found}


def choose_players(example: Example, score: Score, melody: int, wish: BandWish) -> Players:
    """Say who plays; what the tune has already gets no other beside it unless that is asked for."""
    known = tuple(role for role in ROLES if role in example.roles and role != "melody")
    there = parts_of_band(score, melody)
    lock, drop, again = (
        _there(name, getattr(wish, name), there) for name in ("lock", "drop", "again")
    )
    for one, other in (("lock", "drop"), ("lock", "again"), ("drop", "again")):
        both = set(_there(one, getattr(wish, one), there)) & set(
            _there(other, getattr(wish, other), there)
        )
        if both:
            raise ControlError(f"{one}: {min(both)} is named in --{other} too; choose one of them")
    for role in again:
        if role not in known:
            raise ControlError(
                f"again: style {example.name} has no {role}; it has {', '.join(known)}"
            )
    goes = {*drop, *again}
    if lock:
        goes = set(there).difference(lock)
    stays = set(there) - goes if lock else set(there)
    made: dict[Role, int | None] = (
        {role: None for role in known if role not in stays and role not in drop}
        if wish.parts is None
        else parse_roles(wish.parts, known)
    )
    made = {role: {**made, **again}[role] for role in known if role in made or role in again}
    left = tuple(role for role in known if role in there and role not in goes and role not in made)
    if not made and not goes:
        names = ", ".join(left)
        raise ControlError(
            f"parts: the tune has {names} already, and style {example.name} has no others; "
            f"--again {left[0]} makes that one anew"
        )
    return Players(made, left, frozenset(number for role in goes for number in there[role]))


def _there(
    name: str, roles: Roles | None, there: Mapping[Role, Sequence[int]]
) -> dict[Role, int | None]:
    """Read roles of a band that is there."""
    if roles is None:
        return {}
    if not there:
        raise ControlError(f"{name}: the tune has no band yet; --parts says who is to play")
    return parse_roles(roles, tuple(there), name)
