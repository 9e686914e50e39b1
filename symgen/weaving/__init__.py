"""A score as the events of a file.

The score holds what music is made of: notes, parts, tempos, metres and keys. All else that a file says (controllers,
bends, texts, the order of events) stays in the file that it was read from, its `source`, and what is new is woven into
that. So the score stays small, pure and comparable, nothing has to be invented for what no rule of ours reads, and what
was not touched comes back as it was, event for event.
"""

from symgen.weaving.excerpt import cut_out, select_parts
from symgen.weaving.joining import carry_on, restored, signed
from symgen.weaving.weave import weave

__all__ = ["carry_on", "cut_out", "restored", "select_parts", "signed", "weave"]
