"""``symgen train-performer``: a player that plays as you do."""

from __future__ import annotations

from symgen.cli.options import Context, Result
from symgen.cli.outputs import print_paths
from symgen.cli.telling import note

__all__ = ["train_performer"]


def train_performer(context: Context) -> Result:
    """Teach a player with performances of a folder."""
    from symgen.performer.teaching import teach_player

    options = context.options

    def tell(done: float, loss: float) -> None:
        note(f"{done:.0%}: loss {loss:.3f}")

    found = teach_player(
        options.source,
        options.output,
        minutes=options.minutes,
        seed=options.seed or 0,
        overwrite=options.overwrite,
        tell=tell,
    )
    note(
        f"learned {', '.join(found.aspects)} from {found.learned} performances;"
        f" held out: {', '.join(found.held_out)}"
    )
    note(
        f"velocity of what was held out: r {found.own.r:.2f}, R2 {found.own.deviations:.2f};"
        f" before: r {found.before.r:.2f}, R2 {found.before.deviations:.2f}"
    )
    print_paths(found.folder)
    return Result([f"left out: {line}" for line in found.left_out])
