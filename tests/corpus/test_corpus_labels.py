"""What a corpus reads of words and files, and what it reports."""

import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest
from corpus_lines import line_of

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.candidate import Candidate, CorpusReport, Drop, DropTable, SourceCount
from symgen.corpus.find import Item, _section, find_items
from symgen.corpus.labels import find_period, find_style, merge_rare
from symgen.corpus.load import _abc_year, _judge, _movements, cut_sections
from symgen.corpus.options import check_ratios
from symgen.corpus.prepare import _period, _style
from symgen.corpus.targets import Target
from symgen.formats.midi import write_midi
from symgen.formats.notation import Tune
from symgen.music.score import Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, ExistsError


def test_ratios_may_be_rounded():
    check_ratios((0.3333333, 0.3333333, 0.3333333))
    for ratios in ((0.5, 0.25, 0.2499), (1.5, -0.5, 0.0), (0.5, 0.5)):
        with pytest.raises(ControlError):
            check_ratios(ratios)


def test_options_as_they_are():
    """The defaults are documented; what models were trained with stands on them."""
    usual = CorpusOptions()
    shares = (usual.off_grid, usual.near, usual.kin, usual.leak, usual.ratios)
    assert shares == (0.05, 0.7, 0.25, 0.3, (0.9, 0.05, 0.05))
    assert (usual.grid, usual.timeout, usual.drums, usual.metre_changes) == (12, 60.0, False, False)
    limits = (usual.min_bars, usual.max_bars, usual.min_notes, usual.max_notes)
    assert (*limits, usual.min_parts, usual.max_parts) == (4, 512, 12, 20_000, 1, 32)


# -- words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "period"),
    [
        # The middle of the working life, from 20 on: 1599.5 and 1600.
        ("1559-1620", "renaissance"),
        ("1560-1620", "baroque"),
        # Someone who died young: 1600 itself, not beyond the end.
        ("1590-1599", "renaissance"),
        ("1590-1600", "baroque"),
        # 94 years tell something, 95 do not.
        ("1700-1794", "classical"),
        ("1700-1795", ""),
        ("<1700->1780", "baroque"),
        ("1749", "baroque"),
        ("1819", "classical"),
        ("1909", "romantic"),
        ("11600", ""),
    ],
)
def test_bounds_of_periods(date, period):
    assert find_period(date) == period


def test_rare_styles():
    """Of ten works or more a style stays; polkas and minuets are dances, if there are ten of these."""
    assert merge_rare(["polka"] * 10 + ["hymn"] * 9) == {"hymn": ""}
    assert merge_rare(["polka"] * 4 + ["dance"] * 6) == {"polka": "dance"}
    assert merge_rare(["polka"] * 4 + ["dance"] * 5) == {"polka": "", "dance": ""}
    # The minuets are more, so that they come last and make ten dances of four polkas and six.
    assert merge_rare(["polka"] * 4 + ["minuet"] * 6) == {"polka": "", "minuet": "dance"}
    assert merge_rare(["polka"] * 4 + ["minuet"] * 5) == {"polka": "", "minuet": ""}
    many = [f"{i:02}" for i in range(25) for _ in range(10)]
    assert merge_rare(many) == {"00": ""}
    assert merge_rare(many[10:]) == {}


@pytest.mark.parametrize(
    ("rhythm", "names", "style"),
    [
        ("march", ("A Reel",), "march"),
        ("", ("SligoReel2The",), "reel"),
        ("", ("marching_jig",), "jig"),
        ("reel or jig", (), "jig"),
        ("thingreel", ("A March",), "march"),
    ],
)
def test_styles_of_names(rhythm, names, style):
    assert find_style(rhythm, *names) == style


@pytest.mark.parametrize(
    ("tune", "year"),
    [
        ("X:1\nC:Trad. 1789, Music: X, 1820\n", "1820"),
        ("X:1\nC:A. B., 1789 and 1790\n", "1789"),
        ("X:1\nT:1789\n", ""),
        ("X:1\nC:12345 no year\n", ""),
    ],
)
def test_years_of_abc(tune, year):
    assert _abc_year(tune) == year


def test_styles_and_periods_of_a_candidate():
    one = Candidate(Score(), "set", "a/Bach_J--Waltz-in-A.mid#2", title="Ballade", rhythm="")
    genres = CorpusOptions(style_words="genres")
    assert _style(one, genres) == "ballade"
    assert _style(replace(one, title=""), genres) == "waltz"
    assert _style(one, replace(genres, styles={"set": "song"})) == "song"
    assert (
        _style(replace(one, meta={"genre": "Hymn"}), replace(genres, styles={"set": "song"}))
        == "hymn"
    )
    dances = CorpusOptions(styles={"set": "song"})
    assert _style(replace(one, rhythm="reel"), dances) == "reel"
    assert _style(replace(one, title="", locator="x.mid"), dances) == "song"
    periods = CorpusOptions(periods={"set": "modern"})
    assert _period(replace(one, locator="x"), periods) == "modern"
    assert _period(replace(one, locator="x"), CorpusOptions()) == ""
    assert _period(replace(one, locator="x", meta={"date": "1700"}), periods) == "baroque"
    assert _period(replace(one, locator="x", meta={"com": "Haydn, Joseph"}), periods) == "classical"


# -- files and reports -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [("0001-0050.abc", "air"), ("0625.abc", "air"), ("0626.abc", ""), ("0701", "jig"), ("1175", "slip jig"),
     ("1176", "reel"), ("1556", "hornpipe"), ("1781", "set dance"), ("1801", ""), ("x.abc", "")],
)  # fmt: skip
def test_sections_of_a_book(name, kind):
    assert _section(name) == kind


def test_files_of_just_the_size(tmp_path):
    (tmp_path / "x.mid").write_bytes(b"12345678")
    assert [item.problem for item in find_items(tmp_path, most=8)] == [""]
    assert "larger than 7" in next(find_items(tmp_path, most=7)).problem
    table = json.dumps({"x.mid": {"title": "A"}})
    for most, title in ((len(table) // 4 + 1, "A"), (len(table) // 4 - 1, None)):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            archive.writestr("x.mid", b"1")
            archive.writestr("meta.json", table)
        (item,) = find_items(tmp_path / "x.zip", most=most)
        assert item.meta.get("title") == title


@pytest.mark.parametrize(
    ("path", "last", "found"),
    [
        ("samples/step-000100.mid", True, False),
        ("samples/step-000100.mid", False, True),
        ("samples/sample-1.mid", True, False),
        ("samples/sample-1.mid", False, True),
        ("samples/other.mid", True, True),
        ("other/step-000100.mid", True, True),
    ],
)
def test_what_a_training_run_sampled_is_no_source(tmp_path, path, last, found):
    for name in ("a.mid", path):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    if last:
        (tmp_path / "last").mkdir()
    assert len(list(find_items(tmp_path))) == 1 + found


def test_examples_of_what_was_left_out():
    lines = io.StringIO()
    table = DropTable(lines)
    for number in range(5):
        table.add(Drop("short", "one bar" if number else "", str(number)), "set")
    table.add(Drop("long", "", "x"), "other")
    assert table.counts == {"short": 5, "long": 1}
    assert table.by_source == {"set": 5, "other": 1}
    assert table.examples == {"short": ["0", "1: one bar", "2: one bar"], "long": ["x"]}
    assert lines.getvalue().splitlines()[:3] == [
        "piece,reason,detail",
        "0,short,",
        "1,short,one bar",
    ]


def test_the_report_of_a_corpus():
    report = CorpusReport(
        kept=1200,
        works=1000,
        dropped={"short": 2, "long": 1500, "odd": 1},
        examples={"short": ["a: b"], "long": ["c"]},
        splits={"valid": 200, "train": 1000},
        meters={"4/4": 1200},
        styles={"": 1200},
        notes=56789,
        bars=2400,
        moved=12,
        lost_drums=7,
        sources=(SourceCount("set", "CC0", 1200, 1503),),
    )
    expected = """\
kept        1,200 pieces of 1,000 tunes: 56,789 notes, 2,400 bars
splits   train 1,000  valid 200
meters   4/4 1,200
styles   (none) 1,200
periods  -
snapped        12 notes moved to the grid
drums           7 pieces without their drum parts; symgen corpus --drums keeps them
dropped     1,503
   1,500  long              e.g. c
       2  short             e.g. a: b
       1  odd               e.g. -
sources
   1,200 kept  1,503 dropped  set  [CC0]"""
    assert report.table() == expected
    clicked = replace(report, unclicked=7).table().splitlines()[6]
    assert clicked == "pulse           7 pieces played without a click, laid on their own pulse"
    plain = report.to_json()
    assert plain["sources"] == [{"name": "set", "licence": "CC0", "kept": 1200, "dropped": 1503}]
    assert (plain["moved"], plain["unclicked"]) == (12, 0)


def test_a_corpus_counts_what_it_holds(tmp_path, make_tune):
    """Two tunes of eight bars, one of them with a note 6 ticks off its step; and a table of facts."""
    (tmp_path / "set").mkdir()
    notes = 0
    for seed in range(2):
        tune = make_tune(seed)
        if seed:
            first, *rest = tune.parts[0].notes
            tune = tune.with_parts(
                [Part((first, replace(rest[0], onset=rest[0].onset + 6), *rest[1:]))]
            )
        notes += tune.note_count
        (tmp_path / "set" / f"{seed}.mid").write_bytes(write_midi(tune))
    options = CorpusOptions(
        workers=1,
        ratios=(1.0, 0.0, 0.0),
        style_words="genres",
        styles={"set": "song"},
        off_grid=0.1,
    )
    report = build_corpus([tmp_path / "set"], tmp_path / "store", options=options)
    assert (report.kept, report.works, report.notes, report.bars) == (2, 2, notes, 16)
    assert (report.moved, report.unclicked, report.meters) == (1, 0, {"4/4": 2})
    # Two works are too few for a style.
    assert (report.styles, report.periods) == ({"": 2}, {"": 2})
    store = Store.open(tmp_path / "store")
    assert [(r.offset, r.length) for r in store.pieces()][1][0] == store.pieces()[0].length
    assert (store.licence, store.index["options"]["off_grid"]) == ("not stated", 0.1)
    assert "workers" not in store.index["options"]


def test_folders_that_may_become_stores(tmp_path):
    Target(tmp_path / "new").check(overwrite=False)
    Target(tmp_path).check(overwrite=False)
    (tmp_path / "events-0123456789ab.npy").write_bytes(b"")
    Target(tmp_path).check(overwrite=False)
    (tmp_path / "other").write_bytes(b"")
    for overwrite, message in ((False, "choose another name or pass"), (True, "no corpus store")):
        for path in (tmp_path, tmp_path / "other"):
            with pytest.raises(ExistsError, match=message):
                Target(path).check(overwrite=overwrite)
    (tmp_path / "index.json").write_text("{}")
    Target(tmp_path).check(overwrite=True)
    with pytest.raises(ExistsError, match="overwrite=True"):
        Target(tmp_path).check(overwrite=False)


# -- movements ---------------------------------------------------------------------------


def tune_of(score, **more):
    facts = {"title": "", "key": None, "rhythm": "", "problems": ()}
    return SimpleNamespace(score=score, **{**facts, **more})


def test_a_candidate_takes_from_its_source_what_its_tune_does_not_say():
    meta = {"title": "Meta", "key": "D major", "rhythm": "reel"}
    item = Item("set", "x.mid", b"", meta)
    score = Score((replace(line_of([60]), name=" "), replace(line_of([60]), name=" Flute ")))
    found = _judge(tune_of(score), "played", item, "x.mid")
    assert (found.title, found.rhythm, found.form, str(found.key)) == (
        "Meta",
        "reel",
        "played",
        "D major",
    )
    own = _judge(
        tune_of(score, title="Own", key=Key(0, "major"), rhythm="jig"), "written", item, "x"
    )
    assert (own.title, own.rhythm, str(own.key)) == ("Own", "jig", "C major")
    assert _judge(tune_of(score), "written", Item("set", "x.mid", b""), "x").title == "Flute"
    assert _judge(tune_of(score), "written", Item("set", "x.abc", b""), "x").title == ""
    bad = Item("set", "x.mid", b"", {"key": "H flat"})
    assert _judge(tune_of(score), "written", bad, "x").key is None
    empty = _judge(tune_of(Score(), problems=("no bar",)), "written", item, "x")
    assert (empty.reason, empty.detail, empty.locator) == ("unreadable", "no bar", "set/x")
    assert not _judge(tune_of(Score()), "written", item, "x").score.note_count


def test_movements_have_numbers_and_the_first_its_key():
    score = Score((line_of([60 + i % 5 for i in range(16)]),))
    tune = Tune(score, key=Key(0, "major"))
    item = Item("set", "x.mid", b"", {"sections": [[0, 0], [8, 1]]})
    first, second = _movements(tune, "written", item, "x")
    assert (first.locator, second.locator) == ("x#1", "x#2")
    assert (str(first.key), second.key) == ("C major", None)
    assert (first.score.has_pickup, second.score.has_pickup) == (False, True)
    one = replace(item, meta={"sections": [[0, 1]]})
    (alone,) = _movements(tune, "written", one, "x")
    assert (alone.locator, alone.score.has_pickup) == ("x", True)
    # One that begins with the end of the music is none.
    assert len(cut_sections(score, [[0, 0], [16, 0]])) == 1
    assert len(cut_sections(score, [[0, 0], [15, 0]])) == 2
