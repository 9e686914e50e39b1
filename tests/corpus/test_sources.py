"""What a source says of its files: conditions, facts, genres, periods, voices, works and what is held out."""

import json
from dataclasses import replace

import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.clean import choose_voices
from symgen.corpus.conditions import parse_condition
from symgen.corpus.find import Item, add_facts, read_facts
from symgen.corpus.heldout import chord_grams, frame_grams
from symgen.corpus.labels import find_genre, find_period, merge_rare
from symgen.corpus.load import cut_sections
from symgen.formats.midi import write_midi
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import decode

OPTIONS = CorpusOptions(workers=1, ratios=(1.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("inst=2 piano", True),
        ("inst=2 PIANO", True),
        ("inst=piano", False),
        ("inst!=.*violn.*", True),
        ("inst!=.*piano", False),
        ("polish:inst=1 vox", False),
        ("music21:bach:inst=1 vox", True),
        ("genre=", True),
        ("genre=.+", False),
        (r"file=a/.*\.mid", True),
    ],
)
def test_conditions(condition, allowed):
    assert (
        parse_condition(condition).allows(Item("polish", "a/b.mid", b"", {"inst": "2 piano"}))
        == allowed
    )


@pytest.mark.parametrize("condition", ["inst", "=x", "inst=("])
def test_conditions_that_are_none(condition):
    with pytest.raises(ControlError, match="condition"):
        CorpusOptions(where=(condition,))


@pytest.mark.parametrize(
    ("date", "names", "period"),
    [
        ("~1605-1662", (), "baroque"),
        ("1810-1849", (), "romantic"),
        ("~1535->1591/04/30", (), "renaissance"),
        ("<1848->1848", (), "romantic"),
        ("<1794->1798", (), "classical"),
        ("1599", (), "renaissance"),
        ("1600", (), "baroque"),
        ("1750", (), "classical"),
        ("1820", (), "romantic"),
        ("1910", (), "modern"),
        ("~1700-~1799", (), ""),
        ("1880/09/16-1865/08/27", (), ""),
        ("", ("Anonim", "scores__Dvořák,_Antonín__x.mid"), "romantic"),
        ("", ("Haydn, Joseph",), "classical"),
        ("", ("Anonim",), ""),
    ],
)
def test_periods(date, names, period):
    assert find_period(date, *names) == period


@pytest.mark.parametrize(
    ("texts", "genre"),
    [
        (("Secular; Minuet; Variations",), "variations"),
        (("Sacred", "Kyrie"), "mass"),
        (("Secular", "Mazurek B-dur"), "mazurka"),
        (("", "Valse brillante"), "waltz"),
        (("", "Walczyński"), ""),
        (("Secular", "Pieśń wieczorna"), "song"),
        (("Sacred",), ""),
    ],
)
def test_genres(texts, genre):
    assert find_genre(*texts) == genre


def test_rare_genres_join_the_wider_kind():
    styles = ["polka"] * 4 + ["dance"] * 8 + ["ballade"] * 2 + ["song"] * 20 + [""]
    assert merge_rare(styles, least=10) == {"ballade": "", "polka": "dance"}
    assert set(merge_rare(["a"] * 9 + ["b"] * 8 + ["c"] * 7, least=1, most=2)) == {"c"}


def _part(pitches, name="", length=480):
    return Part(
        tuple(Note(i * length, pitch, length) for i, pitch in enumerate(pitches)), name=name
    )


def test_voices_come_from_high_to_low():
    parts = [_part([48, 50]), _part([72, 74]), _part([60, 62]), _part([65, 67])]
    voices, reason = choose_voices(parts, 4)
    assert reason == ""
    assert [part.notes[0].pitch for part in voices] == [72, 65, 60, 48]


def test_of_many_parts_the_named_voices_are_taken():
    voices = [
        _part([72], "Soprano"),
        _part([65], "Alto"),
        _part([60], "Tenor"),
        _part([48], "Basso"),
    ]
    assert [p.name for p in choose_voices([_part([84], "Horn 1"), *voices], 4)[0]] == [
        p.name for p in voices
    ]
    assert choose_voices([_part([84], "Horn 1"), *voices[:3], _part([48], "Tuba")], 4) == (
        (),
        "5 parts",
    )


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (Part((Note(0, 60, 960), Note(0, 64, 960))), "a part with chords"),
        (Part((Note(0, 60, 240),)), "a part that is mostly silent"),
        (_part([100, 100]), "a part beyond the range of voices"),
    ],
)
def test_parts_that_are_no_voices(part, reason):
    assert choose_voices([part, _part([72, 72])], 2) == ((), reason)


def test_facts_are_found_by_the_end_of_a_name(tmp_path):
    table = tmp_path / "facts.json"
    table.write_text(json.dumps({"lc12": {"title": "A", "genre": "Song"}, "b.mid": {"title": "B"}}))
    facts = {"set": read_facts(table)}
    items = [
        Item("set", "scores__X__lc12.mid", b"", {"title": "own", "genre": None}),
        Item("set", "b.mid", b""),
        Item("set", "c.mid", b""),
        Item("other", "lc12.mid", b""),
    ]
    metas = [item.meta for item in add_facts(items, facts)]
    assert metas == [{"title": "own", "genre": "Song"}, {"title": "B"}, {}, {}]


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": 1}'])
def test_facts_that_are_none(tmp_path, text):
    (tmp_path / "facts.json").write_text(text)
    with pytest.raises(FormatError, match=r"facts\.json"):
        read_facts(tmp_path / "facts.json")


def test_sections_get_their_pickups():
    """Two movements of 3/4: a quarter and two bars, then an eighth and a bar."""
    notes = tuple(Note(i * 240, 60 + i % 5, 240) for i in range(21))
    score = Score((Part(notes),), meters=(MeterChange(0, Meter(3, 4)),))
    first, second = cut_sections(score, [[0, 1], [7, 0.5], [99, 0]])
    assert [bar.end - bar.start for bar in first.bars] == [480, 1440, 1440]
    assert [bar.end - bar.start for bar in second.bars] == [240, 1440]
    assert (first.has_pickup, second.has_pickup) == (True, True)
    assert first.note_count + second.note_count == score.note_count
    assert cut_sections(score, [[0, 0]]) == [score]


def _chorale(seed, make_tune):
    tunes = [make_tune(seed + i).transposed(-5 * i) for i in range(4)]
    return Score(tuple(tune.parts[0] for tune in tunes), meters=tunes[0].meters)


def _frames(score, step=120):
    times = range(0, score.length, step)
    return [
        [n.pitch for part in score.parts for n in part.notes if n.onset <= t < n.end] for t in times
    ]


def test_frames_and_notes_of_one_piece_agree_in_any_key(make_tune):
    score = _chorale(3, make_tune)
    assert frame_grams(_frames(score)) == chord_grams(score) == chord_grams(score.transposed(2))
    assert not chord_grams(score) & chord_grams(_chorale(50, make_tune))


@pytest.fixture
def chorales(tmp_path, make_tune):
    for name, seeds in (("real", range(0, 60, 10)), ("made", range(100, 130, 10))):
        (tmp_path / name).mkdir()
        for seed in seeds:
            (tmp_path / name / f"{seed:03}.mid").write_bytes(write_midi(_chorale(seed, make_tune)))
    (tmp_path / "made" / "copy.mid").write_bytes(write_midi(_chorale(10, make_tune)))
    held = {
        "test": [_frames(_chorale(10, make_tune).transposed(1))],
        "valid": [_frames(_chorale(30, make_tune))],
    }
    (tmp_path / "held.json").write_text(json.dumps(held))
    return tmp_path


def test_what_is_held_out_is_never_trained_on(chorales):
    path = str(chorales / "held.json")
    options = replace(
        OPTIONS, voices=4, train_only=("made",), hold_out={"test": path, "valid": path}
    )
    report = build_corpus(
        [chorales / "made", chorales / "real"], chorales / "store", options=options
    )
    splits = {f"{r.source}/{r.locator}": r.split for r in Store.open(chorales / "store").pieces()}
    assert splits.pop("real/030.mid") == "valid"
    assert "made/copy.mid" not in splits
    assert "real/010.mid" not in splits or splits.pop("real/010.mid") == "test"
    assert set(splits.values()) == {"train"}
    assert report.dropped["duplicate"] == 1


def test_works_are_named_by_their_files(tmp_path, make_tune):
    folder = tmp_path / "set"
    folder.mkdir()
    for seed, name in enumerate(("op1-1.mid", "op1-2.mid", "op2-1.mid")):
        (folder / name).write_bytes(write_midi(replace(make_tune(seed), title=name)))
    options = replace(
        OPTIONS,
        works={"set": r"^(op\d+)"},
        styles={"set": "song"},
        periods={"set": "modern"},
        program=52,
    )
    report = build_corpus(
        [folder], tmp_path / "store", options=replace(options, style_words="genres")
    )
    store = Store.open(tmp_path / "store")
    groups = [record.group for record in store.pieces()]
    assert groups[0] == groups[1] != groups[2]
    assert report.periods == {"modern": 3}
    header = store.pieces()[0].header
    assert (header.period, header.programs) == ("modern", (52,))
    assert decode(store.events(store.pieces()[0]), store.vocabulary).parts[0].program == 52


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"style_words": "words"}, "dances or genres"),
        ({"max_parts": 0}, "limits of parts"),
        ({"voices": 0}, "limits of parts"),
        ({"periods": {"a": "gothic"}}, "gothic"),
        ({"hold_out": {"train": "x"}}, "train"),
        ({"program": 128}, "128"),
        ({"works": {"a": "("}}, "regular expression"),
        ({"works": {"a": "x"}}, r"in \( \)"),
    ],
)
def test_options_out_of_range(change, message):
    with pytest.raises(ControlError, match=message):
        CorpusOptions(**change)


def test_files_that_are_not_asked_for_are_counted(tmp_path, make_tune):
    folder = tmp_path / "set"
    folder.mkdir()
    for seed in range(3):
        (folder / f"{seed}.mid").write_bytes(write_midi(make_tune(seed)))
    report = build_corpus(
        [folder], tmp_path / "store", options=replace(OPTIONS, where=("file=[01].mid",))
    )
    assert (report.kept, report.dropped) == (2, {"not asked for": 1})
