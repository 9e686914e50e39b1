"""Bars that return."""

from __future__ import annotations

import pytest

from symgen.tokens.statistics import BarContent, is_literal_repeat


def bars(letters: str) -> list[BarContent]:
    """One bar a letter, the same for the same letter; ``-``: silence."""
    return [() if letter == "-" else ((0, 0, ord(letter)),) for letter in letters]


@pytest.mark.parametrize(
    ("old", "new", "repeats"),
    [
        ("abcd", "abcd", True),
        ("abcd", "ab", True),
        ("abcd", "cd", True),
        ("abcd", "abcdab", True),
        ("ab", "ababababab", True),
        ("a", "a", True),
        ("aaaa", "aa", True),
        ("abcd", "abce", False),
        ("abcd", "bc", False),
        ("abcd", "a", False),
        ("abcd", "d", False),
        ("abcd", "abcdx", False),
        ("ab--", "--", False),
        ("", "ab", False),
    ],
)
def test_what_is_the_prompt_again(old: str, new: str, repeats: bool) -> None:
    assert is_literal_repeat(bars(old), bars(new)) is repeats
