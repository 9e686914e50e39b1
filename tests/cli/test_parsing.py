"""The parser: groups of the help, other names, and what was meant."""

from __future__ import annotations

from itertools import chain

import pytest
from commands import Command, refused

from symgen.cli.commands import COMMANDS, make_parser
from symgen.cli.options import FILES, UNLISTED, USES, Family, option_rows
from symgen.cli.options import Command as Row

LISTED = [
    each
    for title, members in COMMANDS.items()
    if title != UNLISTED
    for member in members
    for each in (member.members if isinstance(member, Family) else (member,))
]


def help_of(*words: str, told: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        make_parser().parse_args([*words, "--help"])
    assert caught.value.code == 0
    return told.readouterr().out


# -- help --------------------------------------------------------------------------------


def test_help_lists_commands_by_use(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(told=capsys)
    titles = [title for title in COMMANDS if title != UNLISTED]
    places = [text.index(f"\n{title}:\n") for title in titles]
    assert places == sorted(places)
    assert text.index("  generate ") < text.index("hear it and see it:") < text.index("  render ")
    assert "train-transcriber" not in text


def test_help_of_a_command_is_grouped_and_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of("continue", told=capsys)
    titles = [*(f"\n{use}:\n" for use in USES), "\nfor every command:\n", "\nexamples:\n"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "usage: symgen continue TUNE ... [options]\n" in text
    assert "\n  symgen continue tune.mid\n" in text
    assert help_of("infill", told=capsys).startswith(
        "usage: symgen infill TUNE ... --bars A-B [options]"
    )
    assert help_of("gan", "augment", told=capsys).startswith(
        "usage: symgen gan augment STORE -o STORE2 [options]"
    )


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row.job)
def test_each_command_has_examples_that_parse(row: Row) -> None:
    assert 1 <= len(row.examples) <= 4
    for line in row.examples:
        import shlex

        words = shlex.split(line)
        assert words[0] == "symgen"
        assert make_parser().parse_args(words[1:]).job == row.job


@pytest.mark.parametrize("row", LISTED, ids=lambda row: row.job)
def test_each_option_stands_in_a_group(row: Row) -> None:
    uses = [option.use for option in option_rows(row)]
    assert all(uses)
    assert FILES not in uses or uses[-1] == FILES


def test_no_option_has_two_meanings_of_one_name() -> None:
    for row in LISTED:
        names = list(chain.from_iterable((*o.names, *o.aliases) for o in option_rows(row)))
        assert len(names) == len(set(names)), row.name


# -- other names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("new --bpm 90 -b 4", "generate --tempo 90 --bars 4"),
        ("extend T --metre 6/8", "continue T --meter 6/8"),
        ("continue T --time-signature 6/8 --out x.mid", "continue T --meter 6/8 -o x.mid"),
        ("harmonise T --musicxml", "harmonize T --xml"),
        ("infill T -b 3-4", "infill T --bars 3-4"),
        ("transcribe T --bpm 90", "transcribe T --tempo 90"),
        ("corpus S -o O --license S=CC0", "corpus S -o O --licence S=CC0"),
        ("generate --met 6/8", "generate --meter 6/8"),  # how both names of one option begin
    ],
)
def test_other_names(line: str, same: str) -> None:
    parser = make_parser()
    assert parser.parse_args(line.split()) == parser.parse_args(same.split())


def test_other_names_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of("generate", told=capsys).split())
    assert text.count("--bpm") == 1
    assert "--tempo BPM quarter notes a minute, 4..999; also --bpm" in text
    assert "Also called new." in text


# -- what was meant ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("genrate", "no command 'genrate' (did you mean generate?); see symgen --help"),
        ("compose", "no command 'compose' (did you mean generate?); see symgen --help"),
        ("qqqq", "no command 'qqqq'; see symgen --help"),
        ("gan smaple", "no command 'smaple' (did you mean sample?); see symgen gan --help"),
        ("generate --tempoo 9", "no option --tempoo (did you mean --tempo?); see symgen generate --help"),
        ("generate --genre=jig", "no option --genre (did you mean --style?); see symgen generate --help"),
        ("generate --wings", "no option --wings (did you mean --swing?); see symgen generate --help"),
        ("gan sample --brs 4", "no option --brs (did you mean --bars?); see symgen gan sample --help"),
        ("history jig", "unexpected word 'jig'; see symgen history --help"),
        ("generate --bars", "argument --bars: expected one argument; see symgen generate --help"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_told_with_what_was_meant(
    command: Command, line: str, said: str
) -> None:
    result = command(*line.split())
    refused(result, 2)
    assert result.err == [f"symgen: {said}"]
