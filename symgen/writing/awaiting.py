"""The verbs for event loops: each works in a thread and is awaited."""

from __future__ import annotations

from symgen.system.awaiting import awaited
from symgen.writing.verbs import Verbs

__all__ = ["AwaitedVerbs"]


class AwaitedVerbs(Verbs):
    """The verbs, and the same to be awaited.

    Notes
    -----
    Several may run at once. New pieces and continuations are drawn bar by bar in turn, the other verbs work one after
    the other, so that together they take as long; `symgen.Model.pipe` with ``jobs=`` uses several cores. A call that
    is cancelled ends at its next bar.
    """

    generate_async = awaited(Verbs.generate)
    """Await `generate`."""
    continue_async = awaited(Verbs.continue_)
    """Await `continue_`."""
    infill_async = awaited(Verbs.infill)
    """Await `infill`."""
    vary_async = awaited(Verbs.vary)
    """Await `vary`."""
    harmonize_async = awaited(Verbs.harmonize)
    """Await `harmonize`."""
