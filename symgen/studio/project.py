"""A project: a document, all that was done to it, and the takes that were written for it, kept on the disk.

A change is answered when it is on the disk. Any thread may call any method.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from symgen.formats.parcels import pack_score, unpack_score
from symgen.music.score import Score
from symgen.studio.changes import DOCUMENT, MisfitError, apply, told_ops
from symgen.studio.differences import difference
from symgen.studio.document import Document, pack_document, unpack_document
from symgen.studio.op_reading import Op
from symgen.studio.scores import replaced, score_of
from symgen.studio.store import Store
from symgen.studio.subscriptions import Event, Subscription, Subscriptions
from symgen.studio.takes import Take, merged
from symgen.system.errors import ControlError, FormatError
from symgen.system.text import one_line

__all__ = ["Project"]

_SNAPSHOT_EVERY = 64
_MOST_HISTORY = 1_000
_MOST_TAKES = 200
_MOST_VIEW = 64 * 1024
_LABEL = 120
_Method = TypeVar("_Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Stacks:
    """Which changes can be undone and redone: the last one made, and those that were taken back, the next one first."""

    revision: int = 1
    undo: int = 0
    redo: tuple[int, ...] = ()


def _alone(method: _Method) -> _Method:
    """Let one thread at a time use a project."""

    @wraps(method)
    def locked(self: Project, *values: Any, **named: Any) -> Any:
        with self._lock:
            self._check_open()
            return method(self, *values, **named)

    return cast("_Method", locked)


class Project:
    """A project that is open; `Projects` makes and opens them."""

    def __init__(self, name: str, store: Store) -> None:
        self.id = name
        self._store, self._lock = store, threading.RLock()
        self._subscriptions = Subscriptions()
        self._is_open = True
        self._originals: dict[int, Score] = {}
        self._score: tuple[int, Score] | None = None
        try:
            self._stacks = _Stacks(**_tupled(store.fact("stacks")))
            self._view: dict[str, Any] = store.fact("view")
            self._summary: dict[str, Any] = store.fact("summary")
            revision, data = store.snapshot()
            self._document = unpack_document(data)
            for ops in store.ops_after(revision):
                self._document, _ = apply(self._document, ops)
            self._labels = [
                store.label(each) if each else None
                for each in (self._stacks.undo, next(iter(self._stacks.redo), 0))
            ]
        except (ControlError, LookupError, TypeError, ValueError, AttributeError):
            raise FormatError(
                f"{store.path}: is no whole project (what it holds makes no sense); move it away"
            ) from None

    @staticmethod
    def open(name: str, path: Path) -> Project:
        """Open a project on the disk."""
        store = Store(path)
        try:
            return Project(name, store)
        except BaseException:
            store.close()
            raise

    @staticmethod
    def create(
        name: str, path: Path, document: Document, label: str, original: Score | None = None
    ) -> Project:
        """Make a project of a document on the disk, with the score that it was read from as number 1."""
        store = Store(path, is_new=True)
        try:
            with store.writing():
                if original is not None:
                    store.put_original(pack_score(original))
                now = _now()
                store.put_change((1, label, now, "", 0), [], [])
                store.put_snapshot(1, pack_document(document))
                store.put_fact("stacks", {"revision": 1, "undo": 0, "redo": []})
                store.put_fact("view", {})
                store.put_fact("summary", _summary_of(document, now))
            return Project(name, store)
        except BaseException:
            store.close()
            raise

    # -- as it is ----------------------------------------------------------------------

    @property
    def document(self) -> Document:
        """The document as it is now."""
        return self._document

    @property
    def revision(self) -> int:
        """How many changes were made, undoing counted."""
        return self._stacks.revision

    @property
    def locked(self) -> frozenset[str]:
        """The names of the locked notes."""
        return self._document.locked

    @property
    @_alone
    def score(self) -> Score:
        """The music as it is now, its source being the file that it was read from."""
        if self._score is None or self._score[0] != self.revision:
            number = self._document.head.original
            original = None if number is None else self._original(number)
            self._score = self.revision, score_of(self._document, original)
        return self._score[1]

    @property
    def summary(self) -> dict[str, Any]:
        """Title, time of the last change, bars and notes."""
        return dict(self._summary)

    @_alone
    def to_json(self) -> dict[str, Any]:
        """Return what the page is told of the project."""
        return self._told(self._document) | {
            "undo": self._labels[0],
            "redo": self._labels[1],
            "view": self._view,
        }

    def _told(self, document: Document) -> dict[str, Any]:
        return {"id": self.id, "revision": self.revision, **document.to_json()}

    def _original(self, number: int) -> Score:
        if number not in self._originals:
            self._originals[number] = unpack_score(self._store.original(number))
        return self._originals[number]

    # -- changes -----------------------------------------------------------------------

    @_alone
    def change(self, tab: str, base: int, label: str, ops: Sequence[Op]) -> dict[str, Any]:
        """Make changes that `read_ops` has read.

        Returns
        -------
        dict
            ``revision``, ``ops`` (what other pages are to do), and the labels ``undo`` and ``redo``.

        Raises
        ------
        MisfitError
            If a change does not fit the document, or `base` is no revision of the project.
        ControlError, FormatError
            If it cannot be made, or cannot be kept.
        """
        if base > self.revision:
            raise MisfitError(
                f"base {base}: the project has revision {self.revision}; get it again"
            )
        return self._make(tab, label, ops)

    @_alone
    def undo(self, tab: str) -> dict[str, Any]:
        """Take the last change back; see `change`, and ``label`` is what it is called."""
        undone = self._stacks.undo
        if not undone:
            raise MisfitError("there is nothing to undo")
        label, below, _, inverse = self._store.change(undone)
        redo = (undone, *self._stacks.redo)
        stacks = _Stacks(self.revision + 1, below, redo)
        return self._make(tab, f"undo {label}", inverse, stacks) | {"label": label}

    @_alone
    def redo(self, tab: str) -> dict[str, Any]:
        """Make the change again that was taken back last; see `undo`."""
        if not self._stacks.redo:
            raise MisfitError("there is nothing to redo")
        again, *redo = self._stacks.redo
        label, _, ops, _ = self._store.change(again)
        stacks = _Stacks(self.revision + 1, again, tuple(redo))
        return self._make(tab, f"redo {label}", ops, stacks) | {"label": label}

    @_alone
    def replace(self, score: Score, label: str, tab: str = "") -> dict[str, Any]:
        """Put another score in the place of the document; notes that are the same keep names and locks."""
        with self._store.writing():
            original = self._kept_file(self._document, score)
        prefix = f"r{self.revision + 1}"
        after = replaced(self._document, score, prefix, original=original)
        return self._make(tab, label, difference(self._document, after))

    def _kept_file(self, document: Document, score: Score) -> int | None:
        """Keep the file of a score, if it is another one than that of a document, and return its number."""
        source, number = score.source, document.head.original
        known = None if number is None else score_of(document, self._original(number)).source
        if source is None or source == known:
            return None
        return self._store.put_original(pack_score(score))

    def _make(
        self, tab: str, label: str, ops: Sequence[Op], stacks: _Stacks | None = None
    ) -> dict[str, Any]:
        """Make changes, keep them, and tell of them; without `stacks` they are new ones that can be undone."""
        before, revision = self._document, self.revision + 1
        after, inverse = apply(before, ops)
        label = one_line(label, _LABEL) or "change"
        stacks = stacks or _Stacks(revision, revision)
        summary = _summary_of(after, _now())
        row = (revision, label, summary["changed"], tab, self._stacks.undo)
        with self._store.writing():
            self._store.put_change(row, ops, inverse)
            self._store.put_fact(
                "stacks", {"revision": revision, "undo": stacks.undo, "redo": stacks.redo}
            )
            self._store.put_fact("summary", summary)
            if revision % _SNAPSHOT_EVERY == 0:
                self._store.put_snapshot(revision, pack_document(after))
        self._document, self._stacks, self._summary = after, stacks, summary
        self._labels = self._labels_of(stacks)
        told = {
            "revision": revision,
            "ops": told_ops(before, after, ops),
            "undo": self._labels[0],
            "redo": self._labels[1],
        }
        self.publish("change", {**told, "tab": tab, "label": label})
        return told

    def _labels_of(self, stacks: _Stacks) -> list[str | None]:
        named = (stacks.undo, next(iter(stacks.redo), 0))
        return [self._store.label(each) if each else None for each in named]

    # -- history and view --------------------------------------------------------------

    @_alone
    def history(self) -> list[dict[str, Any]]:
        """Return revision, label and time of the last thousand changes, in order."""
        rows = self._store.history(_MOST_HISTORY)
        return [dict(zip(("revision", "label", "changed"), row, strict=True)) for row in rows]

    @_alone
    def go_to(self, revision: int, tab: str) -> dict[str, Any]:
        """Let the document be as it was at a revision; that is a change, and can be undone."""
        label = self._store.label(self._checked(revision))
        ops = difference(self._document, self._document_at(revision))
        return self._make(tab, f"back to {revision}: {label}", ops)

    def _checked(self, revision: int) -> int:
        if not 1 <= revision <= self.revision:
            raise MisfitError(f"revision {revision}: the project has 1..{self.revision}")
        return revision

    def _document_at(self, revision: int) -> Document:
        document = self._document
        for inverse in self._store.inverses_down_to(revision):
            document, _ = apply(document, inverse)
        return document

    @_alone
    def set_view(self, view: dict[str, Any]) -> None:
        """Keep what a page wants to find again, 64 kB of JSON at most."""
        if len(json.dumps(view)) > _MOST_VIEW:
            raise ControlError(f"view: holds more than {_MOST_VIEW // 1024} kB; send less")
        with self._store.writing():
            self._store.put_fact("view", view)
        self._view = view

    # -- takes -------------------------------------------------------------------------

    @_alone
    def add_take(self, score: Score, facts: dict[str, Any], *, base: int | None = None) -> Take:
        """Keep a take that was written for a revision, the present one if left out, and offer it.

        Parameters
        ----------
        score : Score
            The whole piece as it would be.
        facts : dict
            What the page is told: job, verb, number, of, seed, said, checks, bars; all of it plain data.
        base : int, optional
            The revision of the project that was given to the writer.
        """
        base = self.revision if base is None else self._checked(base)
        known = {**facts, "changed": _now()}
        with self._store.writing():
            # A take that brings a file of its own, such as one with a pedal, keeps it from here on.
            original = self._kept_file(self._document_at(base), score)
            stored = {"base": base, "original": original, **known}
            number = self._store.put_take(stored, pack_score(score))
            self._store.forget_takes(_MOST_TAKES)
        take = Take(number, "offered", base, known)
        self.publish("take", take.to_json())
        return take

    @_alone
    def takes(self) -> list[Take]:
        """Return all takes, in order."""
        return [_take_of(*row) for row in self._store.takes()]

    @_alone
    def take(self, name: str) -> tuple[Take, Document]:
        """Return a take, and the document as it would be with it."""
        take, after, _ = self._with_take(name)
        return take, after

    @_alone
    def take_json(self, name: str) -> dict[str, Any]:
        """Return what the page is told of a take, and its ``document``."""
        take, after, _ = self._with_take(name)
        return {**take.to_json(), "document": self._told(after)}

    @_alone
    def accept_take(self, name: str, tab: str) -> dict[str, Any]:
        """Take a take over, as one change."""
        take, _, ops = self._with_take(name)
        if not ops:
            raise MisfitError(f"take {name}: changes nothing any more; choose another take")
        verb = one_line(str(take.facts.get("verb", "write")), 20)
        told = self._make(tab, f"{verb}, take {take.facts.get('number', take.number)}", ops)
        self._put_state(take, "accepted")
        return told

    @_alone
    def set_take_state(self, name: str, state: str) -> Take:
        """Drop a take, or offer it again."""
        return self._put_state(self._stored(name)[0], state)

    def _put_state(self, take: Take, state: str) -> Take:
        with self._store.writing():
            self._store.put_take_state(take.number, state)
        take = replace(take, state=state)
        self.publish("take", take.to_json())
        return take

    def _stored(self, name: str) -> tuple[Take, int | None, Any]:
        number = name.removeprefix("t")
        found = self._store.take(int(number)) if number.isdecimal() and len(number) < 10 else None
        if found is None:
            raise MisfitError(f"take {name}: is not there; get the list again")
        state, facts, data = found
        return _take_of(int(number), state, facts), facts["original"], data

    def _with_take(self, name: str) -> tuple[Take, Document, list[Op]]:
        take, original, data = self._stored(name)
        base = self._document_at(take.base)
        wanted = replaced(base, unpack_score(data), take.id, original=original)
        after, ops = merged(self._document, base, difference(base, wanted))
        return take, after, ops

    # -- events ------------------------------------------------------------------------

    def subscribe(self, wake: Callable[[], object] | None = None) -> Subscription:
        """Return a queue of what happens from now on; `wake` is called when something has come."""
        return self._subscriptions.add(wake)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Let a queue get nothing any more."""
        self._subscriptions.remove(subscription)

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all who listen of something: ``change``, ``take`` or ``job``."""
        instead = {
            "revision": self.revision,
            "tab": "",
            "label": "",
            "ops": [DOCUMENT],
            "undo": self._labels[0],
            "redo": self._labels[1],
        }
        self._subscriptions.publish(Event(kind, data), instead=Event("change", instead))

    # -- its end -----------------------------------------------------------------------

    def close(self) -> None:
        """Close the file, so that others can open it."""
        with self._lock:
            self._is_open = False
            self._store.close()
        self._subscriptions.close()

    def _check_open(self) -> None:
        if not self._is_open:
            raise MisfitError(f"project {self.id}: is closed; get the list of projects again")


def _take_of(number: int, state: str, facts: dict[str, Any]) -> Take:
    told = {name: value for name, value in facts.items() if name not in ("base", "original")}
    return Take(number, state, facts["base"], told)


def _summary_of(document: Document, now: str) -> dict[str, Any]:
    bars = sum(bar.number > 0 for bar in document.bars)
    return {
        "title": document.head.title,
        "changed": now,
        "bars": bars,
        "notes": document.note_count,
    }


def _tupled(stacks: dict[str, Any]) -> dict[str, Any]:
    return {**stacks, "redo": tuple(stacks["redo"])}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
