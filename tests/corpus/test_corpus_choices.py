"""Where a corpus draws its lines: what is a voice, an ornament, a pickup, a style, too long."""

import json
import zipfile
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.build import _check_target, _period, _style
from symgen.corpus.candidate import Candidate, CorpusReport, Drop, DropTable, SourceCount
from symgen.corpus.clean import choose_voices, clean, merge_ornaments
from symgen.corpus.find import Item, _section, find_items
from symgen.corpus.labels import find_period, find_style, merge_rare
from symgen.corpus.load import _abc_year, _judge, _movements, cut_sections
from symgen.corpus.options import check_ratios
from symgen.corpus.pickup import _choices, _features, _fit, _near, accent_fit, with_pickup
from symgen.formats.midi import write_midi
from symgen.formats.notation import Tune
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, ExistsError

ALL_TRAIN = CorpusOptions(
    ratios=(1.0, 0.0, 0.0), kin=0.6, near=0.9, hold_out={"test": "x", "valid": "x"}
)


# -- pickups -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "longest", "count"),
    [
        ("4/4", 1.0, 5),
        ("2/4", 1.0, 5),
        ("3/4", 1.5, 6),
        ("6/8", 1.5, 6),
        ("9/8", 1.5, 6),
        ("3/8", 0.5, 3),
        ("2/8", 0.5, 3),
        ("2/16", 0.25, 2),
        ("3/2", 1.0, 5),
    ],
)
def test_pickups_that_are_tried(meter, longest, count):
    meter = Meter.parse(meter)
    found = _choices(meter, float(meter.quarters))
    assert (max(found), len(found)) == (longest, count)


@pytest.mark.parametrize(
    ("loud", "pickup", "fit"),
    [
        ((0, 4, 8), 0.0, 1.0),
        ((1, 5, 9), 1.0, 1.0),
        ((0, 1, 5, 9), 1.0, 1.0),
        ((1, 5), 1.0, 2 / 3),
        ((1, 5, 7, 9), 1.0, 3 / 4),
        ((0, 4, 8), 1.0, 0.0),
        (range(12), 0.0, 0.0),
    ],
)
def test_the_fit_of_accents(loud, pickup, fit):
    """Twelve quarters in 4/4; where there is a pickup, the first one tells nothing."""
    velocities = np.array([100.0 if i in loud else 80.0 for i in range(12)])
    assert accent_fit(np.arange(12.0), velocities, 4.0, pickup) == pytest.approx(fit)


WALTZ = np.array(
    [
        (0, 1, 67, 80), (1, 1, 60, 80), (2, 0.5, 64, 80), (2.5, 0.5, 62, 80), (3, 1, 64, 80), (4, 2, 72, 80),
        (6, 1, 67, 80), (7, 1.5, 60, 80),
    ],
    dtype=float,
)  # fmt: skip


def test_features_of_a_pickup():
    """Lines at quarters 1, 4 and 7, on C, C and C; lengths are 0 0 -1 -1 0 1 0 and the logarithm of 1.5."""
    longs = np.array([0, 0, -1, -1, 0, 1, 0, np.log2(1.5)])
    assert _features(WALTZ, Meter(3, 4), 1.0) == pytest.approx(
        {
            "line_hit": 1,
            "long_on_line": longs[[1, 5, 7]].mean() - longs.mean(),
            "long_on_beat": longs[[0, 2, 4, 6]].mean() - longs.mean(),
            "tonic_on_line": 1 - 3 / 8,
            "tonic_on_beat": 0 - 3 / 8,
            # 0 7 4 2 2 8 5 7 semitones
            "leap_to_line": (7 + 8 + 7) / 12 - 35 / 32,
            "last_on_line": 1,
            "last_on_beat": 1,
            "last_on_half": 0,
            # It ends at 8.5: two bars and a half after the first line.
            "end_on_line": 0,
            "length_in_bars": 0,
            "last_long_on_line": 1,
            "long_before_line": -1,
            "share_on_beat": 7 / 8,
            "note_at_line": 1,
        }
    )
    found = _features(WALTZ, Meter(6, 8), 0.5)
    # Lines at 0.5, 3.5 and 6.5, beats at 2 and 5 besides; eighths before lines at 0, 3 and 6.
    assert (found["line_hit"], found["note_at_line"], found["long_on_line"]) == (0, 0, -1)
    assert found["long_on_beat"] == pytest.approx(-1 - longs.mean())
    assert found["long_before_line"] == pytest.approx(0 - longs.mean())
    ended = WALTZ.copy()
    ended[-1, 1] = 2.0
    found = _features(ended, Meter(3, 4), 1.0)
    # Nine quarters are three bars, but the last bar line is at 7.
    assert (found["end_on_line"], found["length_in_bars"]) == (0, 1)
    assert _features(ended, Meter(3, 4), 0.0)["end_on_line"] == 1
    assert _features(ended, Meter(3, 4), 0.0)["length_in_bars"] == 0
    ended[-1, 0] = 6.5
    assert _features(ended, Meter(4, 4), 0.5)["last_on_half"] == 1


def test_the_odds_of_a_pickup():
    """In 3/4 the weights times the features above, 0.1 for a pickup of a quarter and 0.42 more in threes."""
    odds = [
        _fit(WALTZ, Meter(*meter), at)
        for meter, at in (((3, 4), 1.0), ((3, 2), 1.0), ((6, 8), 0.5))
    ]
    assert odds == pytest.approx([6.87698, 7.01647, -2.50506], abs=1e-5)


@pytest.mark.parametrize(
    ("value", "near"), [(6.04, True), (5.96, True), (6.06, False), (4.5, False)]
)
def test_near_a_multiple(value, near):
    assert _near(value, 3.0) == near


def test_meters_after_a_pickup_stay():
    meters = tuple(MeterChange(tick, Meter(n, 4)) for tick, n in ((0, 3), (240, 2), (1680, 4)))
    score = Score((Part((Note(0, 60, 4000),)),), meters=meters)
    moved = with_pickup(score, Fraction(1, 2)).meters
    assert [change.tick for change in moved] == [0, 240, 1680]


# -- what is fit -------------------------------------------------------------------------


def _line(pitches, length=480, name=""):
    notes = [Note(i * length, pitch, length) for i, pitch in enumerate(pitches)]
    return Part(tuple(notes), name=name)


def test_voices_up_to_the_limits():
    """Two notes of a hundred may be lost, a voice sounds for four tenths, and from C2 up to C6."""
    high, low = _line([72] * 100), _line([48] * 100)
    for lost, reason in ((2, ""), (3, "a part with chords")):
        chords = Part((*(Note(i * 480, 76, 480) for i in range(lost)), *high.notes))
        assert choose_voices([chords, low], 2)[1] == reason
    for count, reason in ((40, ""), (39, "a part that is mostly silent")):
        assert choose_voices([_line([72] * count), low], 2)[1] == reason
    beyond = "a part beyond the range of voices"
    for pitch, reason in ((84, ""), (85, beyond), (36, ""), (35, beyond)):
        assert choose_voices([_line([pitch] * 100), _line([60] * 100)], 2)[1] == reason
    # A note that is cut short by the next counts as changed.
    for held, reason in ((2, ""), (3, "a part with chords")):
        notes = [Note(i * 480, 60 + i % 5, 490 if i < held else 480) for i in range(100)]
        assert choose_voices([Part(tuple(notes)), low], 2)[1] == reason


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("Cantus", "Altus", "Tenor", "Bassus"), True),
        (("Cantus", "Altus", "Tenor", "Basso"), True),
        (("Discantus", "Contralto", "Tenore", "Baritone"), True),
        (("Canto e continuo", "Alto", "Tenor", "Basso"), False),
        (("Treble", "Alto", "Tenor", "Basso continuo"), False),
        (("Soprano", "Alto", "Tenor", "Bass cont."), False),
        (("soprano 1", "ALTO", "tenor", "bass"), True),
    ],
)
def test_names_of_voices(names, found):
    parts = [_line([72 - 6 * i], name=name) for i, name in enumerate(names)]
    voices, reason = choose_voices([_line([60], name="Organ"), *parts], 4)
    assert ([part.name for part in voices], reason) == (
        (list(names), "") if found else ([], "5 parts")
    )


@pytest.mark.parametrize(
    ("lengths", "merged"),
    [
        # Under a sixth of a quarter is an ornament before a note off the grid.
        ([70, 410, 480], [480, 480]),
        ([80, 400, 480], [80, 400, 480]),
        ([420, 79, 481], [499, 481]),
        ([420, 80, 480], [420, 80, 480]),
        # The next note is an ornament too, or does not follow at once.
        ([60, 60, 360], [60, 60, 360]),
        ([60, -60, 360], [60, -60, 360]),
        # The next one is on a twelfth of a quarter: 40 ticks, give or take 5 (an eighth).
        ([40, 440], [40, 440]),
        ([45, 435], [45, 435]),
        ([46, 434], [480]),
        ([480, 46, 434], [480, 480]),
        # One off the grid lengthens the note before, which is no ornament itself.
        ([420, 60, 480], [480, 480]),
        ([60, 60, 480], [60, 60, 480]),
        ([300, -120, 60, 480], [300, -120, 60, 480]),
    ],
)
def test_ornaments(lengths, merged):
    """Lengths of notes in ticks, rests negative."""

    def notes(row):
        found, time = [], 0
        for length in row:
            if length > 0:
                found.append((time, length))
            time += abs(length)
        return found

    line = tuple(Note(time, 60, length) for time, length in notes(lengths))
    assert [(n.onset, n.duration) for n in merge_ornaments(line, 480)] == notes(merged)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"min_bars": 8, "max_bars": 8}, None),
        ({"min_bars": 9}, "too short"),
        ({"max_bars": 7, "min_bars": 1}, "too long"),
        ({"min_notes": 32, "max_notes": 32}, None),
        ({"min_notes": 33}, "too short"),
        ({"max_notes": 31}, "too long"),
        ({"min_parts": 2}, "number of parts"),
        ({"max_parts": 1}, None),
        ({"off_grid": 1 / 32}, None),
        ({"off_grid": 0.9 / 32}, "off the grid"),
    ],
)
def test_limits_of_a_piece(change, reason):
    """Eight bars of quarters, one of them 6 of 40 ticks off its step; an eighth of a step is 5."""
    pitches = [60 + i * i % 7 for i in range(32)]
    notes = [
        replace(note, onset=note.onset + 6 * (i == 9))
        for i, note in enumerate(_line(pitches).notes)
    ]
    notes[8] = replace(notes[8], onset=notes[8].onset + 5)
    found = clean(Candidate(Score((Part(tuple(notes)),)), "set", "x"), CorpusOptions(**change))
    assert getattr(found, "reason", None) == reason
    assert reason or not found.unclicked


@pytest.mark.parametrize(
    "change",
    [
        {"min_bars": 1, "max_bars": 1},
        {"min_notes": 1, "max_notes": 1},
        {"min_parts": 1, "max_parts": 1},
        {"voices": 1},
        {"velocity": 1},
        {"velocity": 127},
        {"program": 0},
        {"program": 127},
        {"off_grid": 0.0, "near": 1.0, "kin": 0.0, "leak": 1.0},
        {"grid": 24},
        {"repeats": "both", "parts": "melody", "style_words": "genres"},
        {"hold_out": {"test": "x", "valid": "y"}, "periods": {"a": "modern"}},
    ],
)
def test_options_at_their_bounds(change):
    assert CorpusOptions(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"min_bars": 0},
        {"min_notes": 0},
        {"min_parts": 0},
        {"min_notes": 2, "max_notes": 1},
        {"velocity": 128},
        {"program": -1},
        {"leak": -0.1},
        {"kin": 1.1},
        {"off_grid": 2.0},
    ],
)
def test_options_beyond_their_bounds(change):
    with pytest.raises(ControlError):
        CorpusOptions(**change)


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
    table = DropTable()
    for number in range(5):
        table.add(Drop("short", "one bar" if number else "", str(number)), "set")
    table.add(Drop("long", "", "x"), "other")
    assert table.counts == {"short": 5, "long": 1}
    assert table.by_source == {"set": 5, "other": 1}
    assert table.examples == {"short": ["0", "1: one bar", "2: one bar"], "long": ["x"]}


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
        sources=(SourceCount("set", "CC0", 1200, 1503),),
    )
    expected = """\
kept        1,200 pieces of 1,000 tunes: 56,789 notes, 2,400 bars
splits   train 1,000  valid 200
meters   4/4 1,200
styles   (none) 1,200
periods  -
snapped        12 notes moved to the grid
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
    _check_target(tmp_path / "new", overwrite=False)
    _check_target(tmp_path, overwrite=False)
    (tmp_path / "events-0123456789ab.npy").write_bytes(b"")
    _check_target(tmp_path, overwrite=False)
    (tmp_path / "other").write_bytes(b"")
    for overwrite, message in ((False, "choose another name or pass"), (True, "no corpus store")):
        for path in (tmp_path, tmp_path / "other"):
            with pytest.raises(ExistsError, match=message):
                _check_target(path, overwrite=overwrite)
    (tmp_path / "index.json").write_text("{}")
    _check_target(tmp_path, overwrite=True)
    with pytest.raises(ExistsError, match="overwrite=True"):
        _check_target(tmp_path, overwrite=False)


# -- movements ---------------------------------------------------------------------------


def tune_of(score, **more):
    facts = {"title": "", "key": None, "rhythm": "", "problems": ()}
    return SimpleNamespace(score=score, **{**facts, **more})


def test_a_candidate_takes_from_its_source_what_its_tune_does_not_say():
    meta = {"title": "Meta", "key": "D major", "rhythm": "reel"}
    item = Item("set", "x.mid", b"", meta)
    score = Score((replace(_line([60]), name=" "), replace(_line([60]), name=" Flute ")))
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
    score = Score((_line([60 + i % 5 for i in range(16)]),))
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
