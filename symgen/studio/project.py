"""A project: a document with its journal, what a page wants to find again, and the takes that were written for it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from symgen.formats.parcels import pack_score, unpack_score
from symgen.music.score import Score
from symgen.studio.changes import MisfitError
from symgen.studio.differences import difference
from symgen.studio.document import Document, pack_document
from symgen.studio.journal import Journal, alone, now, summary_of
from symgen.studio.op_reading import Op
from symgen.studio.scores import replaced
from symgen.studio.store import Store
from symgen.studio.takes import Take, merged
from symgen.system.errors import ControlError
from symgen.system.text import one_line

__all__ = ["Project"]

_MOST_TAKES = 200
_MOST_VIEW = 64 * 1024


class Project(Journal):
    """A project that is open; `Projects` makes and opens them."""

    @staticmethod
    def open(path: Path) -> Project:
        """Open a project on the disk."""
        store = Store(path)
        try:
            return Project(path.stem, store)
        except BaseException:
            store.close()
            raise

    @staticmethod
    def create(
        path: Path, document: Document, label: str, original: Score | None = None, file: str = ""
    ) -> Project:
        """Make a project of a document on the disk, with the score that it was read from as number 1.

        It is called `file` in lists as long as the piece has no title.
        """
        name = path.stem
        store = Store(path, is_new=True)
        try:
            with store.writing():
                if original is not None:
                    store.put_original(pack_score(original))
                summary = summary_of(document, {"file": file})
                store.put_change((1, label, summary["changed"], "", 0), [], [])
                store.put_snapshot(1, pack_document(document))
                store.put_fact("stacks", {"revision": 1, "undo": 0, "redo": []})
                store.put_fact("view", {})
                store.put_fact("summary", summary)
            return Project(name, store)
        except BaseException:
            store.close()
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise

    @alone
    def kept(self) -> tuple[Document, dict[str, Any], Score | None]:
        """Return the document, the view, and the score as it was read from the file of the document."""
        number = self._document.head.original
        return self._document, self._view, None if number is None else self._original(number)

    # -- the view ----------------------------------------------------------------------

    @alone
    def set_view(self, view: dict[str, Any]) -> None:
        """Keep what a page wants to find again, 64 kB of JSON at most."""
        if len(json.dumps(view)) > _MOST_VIEW:
            raise ControlError(f"view: holds more than {_MOST_VIEW // 1024} kB; send less")
        with self._store.writing():
            self._store.put_fact("view", view)
        self._view = view

    # -- takes -------------------------------------------------------------------------

    @alone
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
        known = {**facts, "changed": now()}
        with self._store.writing():
            # A take that brings a file of its own, such as one with a pedal, keeps it from here on.
            original = self._kept_file(self._document_at(base), score)
            stored = {"base": base, "original": original, **known}
            number = self._store.put_take(stored, pack_score(score))
            self._store.forget_takes(_MOST_TAKES)
        take = Take(number, "offered", base, known)
        self.publish("take", take.to_json())
        return take

    @alone
    def takes(self) -> list[Take]:
        """Return all takes, in order."""
        return [_take_of(*row) for row in self._store.takes()]

    @alone
    def take(self, name: str) -> tuple[Take, Document]:
        """Return a take, and the document as it would be with it."""
        take, after, _ = self._with_take(name)
        return take, after

    @alone
    def take_json(self, name: str) -> dict[str, Any]:
        """Return what the page is told of a take, and its ``document``."""
        take, after, _ = self._with_take(name)
        return {**take.to_json(), "document": self._told(after)}

    @alone
    def accept_take(self, name: str, tab: str) -> dict[str, Any]:
        """Take a take over, as one change."""
        take, _, ops = self._with_take(name)
        if not ops:
            raise MisfitError(f"take {name}: changes nothing any more; choose another take")
        verb = one_line(str(take.facts.get("verb", "write")), 20)
        label = f"{verb}, take {take.facts.get('number', take.number)}"

        def accept() -> None:
            self._store.put_take_state(take.number, "accepted")

        told = self._make(tab, label, ops, also=accept)
        self.publish("take", replace(take, state="accepted").to_json())
        return told

    @alone
    def set_take_state(self, name: str, state: str) -> Take:
        """Drop a take, or offer it again."""
        take, _, _ = self._stored(name)
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


def _take_of(number: int, state: str, facts: dict[str, Any]) -> Take:
    told = {name: value for name, value in facts.items() if name not in ("base", "original")}
    return Take(number, state, facts["base"], told)
