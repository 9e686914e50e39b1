"""Humdrum kern: what the small cases of `test_cases` do not reach."""

from __future__ import annotations

import pytest

from symgen.formats.kern.reader import parse_kern
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.tunes import Tune
from symgen.music.theory import Key
from symgen.system.errors import FormatError


def read(*lines: str, repeats: str = "written", limits: Limits = DEFAULT_LIMITS) -> Tune:
    return parse_kern("\n".join(lines) + "\n", repeats, limits)


def notes(tune: Tune, part: int = 0) -> list[tuple[float, int, float]]:
    quarter = tune.score.resolution
    return [
        (n.onset / quarter, n.pitch, n.duration / quarter) for n in tune.score.parts[part].notes
    ]


@pytest.mark.parametrize(
    ("token", "pitch", "duration"),
    [("4C", 48, 1), ("4CC", 36, 1), ("4c", 60, 1), ("4ccc", 84, 1), ("2.b-", 70, 3), ("1f##", 67, 4), ("2..e", 64, 3.5),
     ("0c", 60, 8), ("00c", 60, 16), ("3%2c", 60, 8 / 3), ("6c", 60, 2 / 3), ("8ccnL", 72, 0.5), ("4dd;T", 74, 1)],
)  # fmt: skip
def test_tokens(token: str, pitch: int, duration: float) -> None:
    assert notes(read("**kern", token, "*-")) == [(0, pitch, pytest.approx(duration))]


def test_a_file_may_end_without_a_bar_line() -> None:
    tune = read("**kern", "*M2/4", "=1", "4c", "4d", "*-")
    assert notes(tune) == [(0, 60, 1), (1, 62, 1)]
    assert tune.problems == ()


def test_the_top_of_the_page_comes_first() -> None:
    tune = read("**kern\t**kern", '*I"Cello\t*I"Flute', "*Icello\t*Iflt", "4C\t4cc", "*-\t*-")
    assert [(part.name, part.program, part.notes[0].pitch) for part in tune.score.parts] == [
        ("Flute", 73, 72), ("Cello", 42, 48)
    ]  # fmt: skip


def test_head_and_changes() -> None:
    head = ["!!!OTL: An Air", "**kern", "*k[b-]", "*d:", "*M3/4", "*MM60"]
    tune = read(*head, "=1", "2.d", "=2", "*MM90-96", "*M2/4", "2d", "*-")
    score = tune.score
    assert (score.title, tune.key) == ("An Air", Key(2, "minor"))
    assert [(c.tick, round(c.bpm)) for c in score.tempos] == [(0, 60), (1440, 90)]
    assert [(c.tick, str(c.meter)) for c in score.meters] == [(0, "3/4"), (1440, "2/4")]
    assert [(c.sharps, c.minor) for c in score.keys] == [(-1, True)]


def test_data_that_were_transposed_are_put_back() -> None:
    assert [pitch for _, pitch, _ in notes(read("**kern", "*Trd-1c-2", "4c", "*-"))] == [62]
    assert [pitch for _, pitch, _ in notes(read("**kern", "*ITrd-1c-2", "4c", "*-"))] == [
        60
    ]  # of the page only


@pytest.mark.parametrize(
    ("repeats", "pitches"), [("written", [60, 64]), ("played", [60, 62, 60, 64])]
)
def test_sections_in_their_order(repeats: str, pitches: list[int]) -> None:
    lists = ["**kern", "*>[A,A1,A,A2]", "*>norep[A,A2]"]
    tune = read(
        *lists,
        "*>A",
        "*M4/4",
        "1c",
        "=",
        "*>A1",
        "1d",
        "=:|!",
        "*>A2",
        "1e",
        "==",
        "*-",
        repeats=repeats,
    )
    assert [pitch for _, pitch, _ in notes(tune)] == pitches


@pytest.mark.parametrize(("line", "count"), [("=:|!", 4), ("=:|", 4), ("=2:|!|:", 4), ("=2", 3)])
def test_repeat_signs(line: str, count: int) -> None:
    tune = read("**kern", "*M2/4", "=1", "4c", "4d", line, "2e", "==", "*-", repeats="played")
    assert len(tune.score.bars) == count - 1
    assert tune.score.note_count == (5 if count == 4 else 3)


def test_columns_that_do_not_agree_are_told() -> None:
    tune = read("**kern\t**kern", "*M2/4\t*M2/4", "=1\t=1", "2c\t4e", "=2\t=2", "2d\t2f", "*-\t*-")
    assert tune.problems == ("bar 1: its columns last 1 and 2 quarters",)
    assert notes(tune, 0)[1][0] == notes(tune, 1)[1][0] == 2


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["hello"], r"line 1 comes before any \*\*kern column"),
        (["**text", "la", "*-"], r"has no \*\*kern column"),
        (["**kern\t**kern", "4c"], "line 2 has 1 columns where 2 run"),
        (["**kern", "c"], "line 2 has the token 'c'"),
        (["**kern", "0000c"], "line 2 has the length '0000'"),
        (["**kern", "4%0c"], "line 2 has the length '4%0'"),
        (["**kern", "*M4/5", "4c"], "line 2 has a meter 4/5"),
        (
            ["**kern", *("\t".join(["*^"] * 2**n) for n in range(11))],
            "line 11 splits into more than 1000 columns",
        ),
    ],
)
def test_what_is_no_kern_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read(*lines)


def test_limits_hold() -> None:
    with pytest.raises(FormatError, match="more than 2 notes"):
        read("**kern", "4c 4e 4g", "*-", limits=Limits(notes=2))
