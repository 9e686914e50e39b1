"""A document on the disk with all that was done to it: changes, undoing, history, and who is told of them.

A change is answered when it is on the disk. Any thread may call any method.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import wraps
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
from symgen.system.errors import ControlError, FormatError
from symgen.system.text import one_line

__all__ = ["Journal", "alone", "now", "summary_of"]

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


def alone(method: _Method) -> _Method:
    """Let one thread at a time use a project."""

    @wraps(method)
    def locked(self: Journal, *values: Any, **named: Any) -> Any:
        with self._lock:
            self._check_open()
            return method(self, *values, **named)

    return cast("_Method", locked)


class Journal:
    """The document of a project that is open, and its changes."""

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
    @alone
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

    @alone
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

    @alone
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

    @alone
    def undo(self, tab: str) -> dict[str, Any]:
        """Take the last change back; see `change`, and ``label`` is what it is called."""
        undone = self._stacks.undo
        if not undone:
            raise MisfitError("there is nothing to undo")
        label, below, _, inverse = self._store.change(undone)
        redo = (undone, *self._stacks.redo)
        stacks = _Stacks(self.revision + 1, below, redo)
        return self._make(tab, f"undo {label}", inverse, stacks) | {"label": label}

    @alone
    def redo(self, tab: str) -> dict[str, Any]:
        """Make the change again that was taken back last; see `undo`."""
        if not self._stacks.redo:
            raise MisfitError("there is nothing to redo")
        again, *redo = self._stacks.redo
        label, _, ops, _ = self._store.change(again)
        stacks = _Stacks(self.revision + 1, again, tuple(redo))
        return self._make(tab, f"redo {label}", ops, stacks) | {"label": label}

    @alone
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
        self,
        tab: str,
        label: str,
        ops: Sequence[Op],
        stacks: _Stacks | None = None,
        also: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Make changes, keep them, and tell of them; without `stacks` they are new ones that can be undone."""
        # What `also` writes is on the disk with them, or not at all.
        before, revision = self._document, self.revision + 1
        after, inverse = apply(before, ops)
        label = one_line(label, _LABEL) or "change"
        stacks = stacks or _Stacks(revision, revision)
        summary = summary_of(after, self._summary, before)
        row = (revision, label, summary["changed"], tab, self._stacks.undo)
        with self._store.writing():
            self._store.put_change(row, ops, inverse)
            self._store.put_fact(
                "stacks", {"revision": revision, "undo": stacks.undo, "redo": stacks.redo}
            )
            self._store.put_fact("summary", summary)
            if revision % _SNAPSHOT_EVERY == 0:
                self._store.put_snapshot(revision, pack_document(after))
            if also is not None:
                also()
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

    @alone
    def history(self) -> list[dict[str, Any]]:
        """Return revision, label and time of the last thousand changes, in order."""
        rows = self._store.history(_MOST_HISTORY)
        return [dict(zip(("revision", "label", "changed"), row, strict=True)) for row in rows]

    @alone
    def go_to(self, revision: int, tab: str) -> dict[str, Any]:
        """Let the document be as it was at a revision; that is a change, and can be undone."""
        label = self._store.label(self._checked(revision))
        ops = difference(self._document, self._document_at(revision))
        if not ops:
            raise MisfitError(f"revision {revision}: the piece is as it was then")
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


def summary_of(
    document: Document, known: dict[str, Any], before: Document | None = None
) -> dict[str, Any]:
    """Say what a list of projects tells of a document; what is `known` of the one before is not counted anew."""
    is_as_long = (
        before is not None
        and before.head.meters == document.head.meters
        and before.length == document.length
    )
    bars = known["bars"] if is_as_long else sum(bar.number > 0 for bar in document.bars)
    return {
        "title": document.head.title or known.get("file", ""),
        "changed": now(),
        "bars": bars,
        "notes": document.note_count,
        "file": known.get("file", ""),
    }


def _tupled(stacks: dict[str, Any]) -> dict[str, Any]:
    return {**stacks, "redo": tuple(stacks["redo"])}


def now() -> str:
    """Return the time as ISO text, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
