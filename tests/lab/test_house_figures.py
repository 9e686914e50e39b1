"""Figures of the house: counted right on a small text, and true of the package."""

from __future__ import annotations

from lab.house import arrows, circles, levels, measure
from lab.modules import PACKAGE

TEXT = '''"""A module.

Two lines more.
"""

# Why.
LIMIT = 5  # not a line of its own


class Score:
    """Public.

    At length.
    """

    def bars(self):
        """Public too.

        At length.
        """

    def _hidden(self):
        """Hidden.

        At length."""


def other(x):
    """Not public.
    At length."""
    return x
'''


def test_a_small_module_is_counted() -> None:
    size = measure({"symgen.music.score": TEXT})
    assert (size.files, size.lines, size.comments) == (1, 31, 1)
    assert (size.unpublic, size.underscored) == (2 + 1, 2)
    assert size.tokens == (2, 3, 3, 6, 6, 6)
    assert size.comment_share == "3.2 %"
    assert size.longest_function == (5, "symgen.music.score.bars")
    elsewhere = measure({"symgen.music.other": TEXT})
    assert (elsewhere.unpublic, elsewhere.underscored) == (3 + 3 + 2 + 1, 2)


def test_floors_and_circles_of_a_small_graph() -> None:
    graph = {"cli": {"gan", "music"}, "gan": {"music"}, "music": set[str]()}
    assert levels(graph) == {"music": 0, "gan": 1, "cli": 2}
    assert circles(graph) == []
    assert {"cli", "music"} <= set(circles(graph | {"music": {"cli"}}))


def test_the_rooms_of_the_package_are_its_folders_and_its_one_file() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    graph = arrows()
    assert set(graph) == folders | files
    assert circles(graph) == []
    assert "music" in graph["tokens"]
