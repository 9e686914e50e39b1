"""Tunes with a band: what they have stays, and what comes keeps to the chords."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from band_examples import band_midi
from mido import MidiFile, merge_tracks
from small import tune

import symgen
from symgen.formats import load_score, write_midi
from symgen.music.controls import Controls
from symgen.music.score import Meter, MeterChange, Note, Part, Score
from symgen.system.errors import ControlError, FormatError
from symgen.verification.bands import band_names
from symgen.verification.facts import read_facts
from symgen.writing.band_players import BandWish
from symgen.writing.bands import accompany_with_band

TUNE = tune("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4")


BASS = Part(tuple(Note(48 * bar, pitch, 48) for bar, pitch in enumerate((36, 41, 43, 36))), 32)


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "mein Stück.mid"
    path.write_bytes(band_midi())
    return path


def names(score: Score) -> list[str]:
    return [part.name for part in score.parts]


def met(done: object) -> dict[str, bool]:
    return {check.name: check.met for check in done.checks(Controls())}  # type: ignore[attr-defined]


def test_the_tune_stays_and_a_band_comes(style: Path) -> None:
    done = accompany_with_band(TUNE, style, seed=1)
    assert done.score.parts[0] == TUNE.parts[0]
    assert names(done.score)[1:] == ["Drums", "Bass", "Chords", "Riff"]
    assert met(done) == dict.fromkeys(("kept", "parts", "bass_on_chords", "kit", "in_range"), True)


def test_a_file_of_one_track_is_held_to_the_same(style: Path, tmp_path: Path) -> None:
    low = TUNE.with_parts([TUNE.parts[0], replace(BASS, program=33)])
    path = tmp_path / "one.mid"
    two = MidiFile(file=BytesIO(write_midi(low)))
    one = MidiFile(type=0, ticks_per_beat=two.ticks_per_beat)
    one.tracks.append(merge_tracks(two.tracks))
    one.save(path)
    done = accompany_with_band(path, style, BandWish("drums,bass,chords"), seed=1)
    written = tmp_path / "made.mid"
    written.write_bytes(write_midi(done.score))
    facts = read_facts(written)
    assert facts.programs.index(-1) == len(facts.programs) - 1  # not where it was made
    names_found = band_names(facts, done.score.parts[2:])
    players = {name: facts.programs[number] for number, name in names_found.items()}
    assert players == {
        part.name: -1 if part.is_drum else part.program for part in done.score.parts[2:]
    }
    assert names(done.score)[2] == "Drums" != names_found[2]
    found = {check.name: check.met for check in done.checks(Controls(), facts)}
    assert found == dict.fromkeys(("kept", "parts", "bass_on_chords", "kit", "in_range"), True)


def test_the_same_seed_gives_the_same_parts_whichever_others_play(style: Path) -> None:
    whole = symgen.accompany(TUNE, style, seed=3)
    some = symgen.accompany(TUNE, style, parts="bass,drums:4", seed=3)
    found = dict(zip(names(whole), whole.parts, strict=True))
    assert names(some)[1:] == ["Drums", "Bass"]
    assert some.parts[2] == found["Bass"]
    assert some.parts[1] != found["Drums"]


def test_a_chart_says_the_chords(style: Path) -> None:
    done = symgen.accompany(TUNE, style, seed=1, chords="| F | Bb C |")
    assert [(change.tick, change.name) for change in done.chords] == [
        (0, "F"), (48, "Bb"), (72, "C"), (96, "F"), (144, "Bb"), (168, "C"),
    ]  # fmt: skip


def test_drums_alone_need_no_chords(style: Path) -> None:
    done = symgen.accompany(TUNE, style, parts="drums", seed=1)
    assert names(done)[1:] == ["Drums"]
    assert not done.chords


@pytest.mark.parametrize(
    ("text", "meter", "pickup"),
    [
        ("G4|C5 E5 G5|F5 D5 F5|G4 B4 D5|C5:3", "3/4", "1/4"),
        ("C5 E5:.5 G5:.5 E5:1|F5:3|G5:1.5 E5:1.5|C5:3", "6/8", ""),
        ("C5 E5 G5 E5 D5|F5 A5 F5 D5 E5|C5:5", "5/4", ""),
        ("C5:1.5|D5:1.5|E5:.5 F5:.5 D5:.5|C5:1.5", "3/8", ""),
        ("C5 E5|D5 F5|E5 G5|C5:2", "2/4", ""),
        ("C5 E5 G5:1.5|F5 A5 F5:1.5|C5:3.5", "7/8", ""),
        ("C5:4", "4/4", ""),
    ],
)
def test_any_meter_has_a_band(style: Path, text: str, meter: str, pickup: str) -> None:
    score = tune(text, meter=meter, pickup=pickup)
    done = accompany_with_band(score, style, seed=1)
    assert all(met(done).values())
    assert done.score.parts[0] == score.parts[0]
    first = min(note.onset for part in done.score.parts[1:] for note in part.notes)
    assert first >= score.bars[bool(pickup)].start
    assert done.score.music_end <= score.bars[-1].end


def test_a_change_of_meter_cuts_the_bars(style: Path) -> None:
    score = replace(TUNE, meters=(MeterChange(0), MeterChange(96, Meter(3, 4))))
    done = accompany_with_band(score, style, seed=1)
    assert all(met(done).values())


def test_a_meter_that_comes_a_tick_too_late_cuts_off_no_bar() -> None:
    line = Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(24)))
    late = Score((line,), 480, meters=(MeterChange(0, Meter(4, 4)), MeterChange(1, Meter(3, 4))))
    wish = BandWish(intro=True)
    done = accompany_with_band(late, "rock", wish, seed=1).score
    (drums,) = [part for part in done.parts if part.is_drum]
    first = done.meters[-1].tick
    steps = {(note.onset - first) * 12 % done.resolution for note in drums.notes}
    assert steps == {0}
    assert done.parts[0].notes[0].onset > 480 * 3


def test_drums_that_are_there_get_none_beside_them(style: Path) -> None:
    drums = Part((Note(0, 36, 3), Note(48, 36, 3)), is_drum=True, name="Kit")
    score = TUNE.with_parts([*TUNE.parts, drums])
    done = accompany_with_band(score, style, seed=1)
    assert done.score.parts[:2] == score.parts
    assert "Drums" not in names(done.score)
    assert any("drums already" in notice for notice in done.notices)
    asked = accompany_with_band(score, style, BandWish("drums"), seed=1)
    assert names(asked.score)[2:] == ["Drums"]


def test_the_part_that_is_asked_for_has_the_melody(style: Path) -> None:
    low = tune("C3:4|F3:4|G3:4|C3:4").parts[0]
    score = TUNE.with_parts([low, *TUNE.parts])
    done = accompany_with_band(score, style, seed=1, part=2)
    assert done.score.parts[:2] == score.parts
    with pytest.raises(ControlError, match="part 3"):
        accompany_with_band(score, style, seed=1, part=3)


def test_coarse_ticks_become_as_fine_as_the_style(style: Path) -> None:
    score = tune("C5 E5 G5 E5|C5:4", resolution=1)
    done = symgen.accompany(score, style, seed=1)
    assert done.resolution == 12
    assert done.with_parts(done.parts[:1]).parts[0].notes[1].onset == 12


def test_a_soft_tune_has_a_soft_band(style: Path) -> None:
    soft = TUNE.with_parts(
        [TUNE.parts[0].with_notes(replace(n, velocity=30) for n in TUNE.parts[0].notes)]
    )
    done = symgen.accompany(soft, style, seed=1)
    assert max(note.velocity for part in done.parts[1:] for note in part.notes) <= 40


def test_what_cannot_be_accompanied_is_refused(style: Path) -> None:
    with pytest.raises(FormatError, match="no melody"):
        symgen.accompany(Score((Part((Note(0, 36, 3),), is_drum=True),), 12), style)
    with pytest.raises(ControlError, match="style 'polka'"):
        symgen.accompany(TUNE, "polka")
    with pytest.raises(ControlError, match="parts 'pad'"):
        symgen.accompany(TUNE, style, parts="pad")
    with pytest.raises(ControlError, match="accompany: "):
        symgen.accompany(TUNE, style, tempo=90)  # type: ignore[call-arg]


def test_a_number_of_bands_is_a_list(style: Path) -> None:
    assert len(symgen.accompany(TUNE, style, count=2, seed=1)) == 2


def test_the_band_follows_a_tune_that_was_played_without_a_click(style: Path) -> None:
    played = Path(__file__).parents[1] / "beats" / "data" / "prompt_mild.mid"
    tune_there = load_score(played)
    done = accompany_with_band(played, style, BandWish("drums"), seed=1)
    assert done.score.parts[0].notes == tune_there.parts[0].notes
    drums = done.score.parts[-1]
    # A quarter lasts about 120 / 78 of one of the file, which has none of its own.
    beats = sorted({note.onset for note in drums.notes if note.pitch in (36, 38)})
    quarter = tune_there.resolution * 120 / 78
    distances = [(later - earlier) / quarter for earlier, later in pairwise(beats)]
    assert max(abs(each - round(each)) for each in distances) < 0.2


# -- before the tune and behind it -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meter", "pickup"),
    [
        ("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4", "4/4", ""),
        ("G4|C5 E5 G5 E5|F5 A5 F5 D5|C5:3", "4/4", "1/4"),
        ("C5 E5 G5|F5:3|C5:3", "3/4", ""),
        ("C5 E5:.5 G5:.5 E5:1|F5:3|G5:1.5 E5:1.5|C5:3", "6/8", ""),
    ],
)
def test_the_tune_begins_after_an_introduction(
    style: Path, text: str, meter: str, pickup: str
) -> None:
    score = tune(text, meter=meter, pickup=pickup)
    done = accompany_with_band(score, style, BandWish(intro=True, ending=True), seed=1)
    assert all(met(done).values())
    late = done.score.parts[0].notes[0].onset - score.parts[0].notes[0].onset
    assert late > 0
    moved = [replace(note, onset=note.onset + late) for note in score.parts[0].notes]
    assert list(done.score.parts[0].notes) == moved
    assert not done.score.has_pickup
    start = score.bars[bool(pickup)].start + late
    assert start % done.score.bars[0].length == 0  # the tune stands on a bar line
    band = [note for part in done.score.parts[1:] for note in part.notes]
    assert min(note.onset for note in band) == 0
    assert max(note.onset for note in band) >= score.bars[-1].end + late
    first = done.score.chords[0]
    assert first.tick == 0


def test_a_style_without_an_introduction_says_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain.mid"
    plain.write_bytes(write_midi(TUNE.with_parts([*TUNE.parts, BASS])))
    with pytest.raises(ControlError, match=r"intro: style plain\.mid has no section Intro"):
        symgen.accompany(TUNE, plain, intro=True)


def test_what_was_played_without_a_click_waits_for_the_introduction(style: Path) -> None:
    played = Path(__file__).parents[1] / "beats" / "data" / "prompt_mild.mid"
    before = load_score(played).parts[0].notes
    done = accompany_with_band(played, style, BandWish(intro=True, ending=True), seed=1)
    notes = done.score.parts[0].notes
    late = notes[0].onset - before[0].onset
    assert late > 0
    assert [replace(note, onset=note.onset - late) for note in notes] == list(before)
    assert min(note.onset for part in done.score.parts[1:] for note in part.notes) < notes[0].onset
    assert all(met(done).values())


# -- a band that is there ----------------------------------------------------------------


@pytest.fixture
def song(style: Path) -> Score:
    return symgen.accompany(TUNE, style, seed=1, intro=True, ending=True)


def parts_by_name(score: Score) -> dict[str, Part]:
    return {part.name: part for part in score.parts[1:]}


def test_one_part_is_made_again_and_the_others_stay(style: Path, song: Score) -> None:
    done = accompany_with_band(song, style, BandWish(again="drums:9"), seed=1)
    before, after = parts_by_name(song), parts_by_name(done.score)
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Drums"}
    assert after["Drums"].notes[0].onset == 0  # in the introduction too
    assert all(met(done).values())
    same = accompany_with_band(song, style, BandWish(again="bass:1"), seed=5)
    assert parts_by_name(same.score)["Bass"] == before["Bass"]


def test_parts_are_left_out_or_stay_while_others_are_made(style: Path, song: Score) -> None:
    dropped = accompany_with_band(song, style, BandWish(drop="riff,bass"), seed=1)
    assert names(dropped.score)[1:] == ["Drums", "Chords"]
    assert any("taken out: Bass, Riff" in notice for notice in dropped.notices)
    locked = accompany_with_band(song, style, BandWish(lock="bass"), seed=8)
    before, after = parts_by_name(song), parts_by_name(locked.score)
    assert before.keys() == after.keys()
    assert before["Bass"] == after["Bass"]
    assert before["Drums"] != after["Drums"]


def test_what_contradicts_is_refused(style: Path, song: Score) -> None:
    for wish, said in (
        (BandWish(), "the tune has .* already"),
        (BandWish(lock="bass", drop="bass"), "named in --drop too"),
        (BandWish(again="pad"), "again 'pad': choose of"),
        (BandWish(drums="polka"), "drums: style, drawn or a style"),
    ):
        with pytest.raises(ControlError, match=said):
            accompany_with_band(song, style, wish, seed=1)
    with pytest.raises(ControlError, match="no band yet"):
        accompany_with_band(TUNE, style, BandWish(again="bass"), seed=1)


# -- drums that are drawn ----------------------------------------------------------------


def test_drums_are_drawn_by_a_seed(style: Path) -> None:
    wish = BandWish("bass,drums", drums="drawn", intro=True, ending=True)
    done = accompany_with_band(TUNE, style, wish, seed=3)
    assert all(met(done).values())
    plain = symgen.accompany(TUNE, style, parts="bass,drums", intro=True, ending=True, seed=3)
    assert done.score.parts[2] == plain.parts[2]
    assert done.score.parts[1] != plain.parts[1]
    again = accompany_with_band(TUNE, style, wish, seed=3)
    assert again.score.parts[1] == done.score.parts[1]
    other = accompany_with_band(TUNE, style, replace(wish, parts="bass,drums:4"), seed=3)
    assert other.score.parts[1] != done.score.parts[1]


def test_the_drummer_has_styles_of_his_own(style: Path) -> None:
    funk = symgen.accompany(TUNE, style, parts="drums", drums="funk", seed=3)
    jazz = symgen.accompany(TUNE, style, parts="drums", drums="jazz", seed=3)
    assert names(funk)[1:] == ["Drums"]
    assert funk.parts[1] != jazz.parts[1]


def test_a_network_draws_some_of_the_new_notes_anew(style: Path) -> None:
    plain = accompany_with_band(TUNE, style, seed=1)
    done, again = (accompany_with_band(TUNE, style, BandWish(loosen=0.5), seed=1) for _ in range(2))
    assert done.score == again.score
    assert names(done.score) == names(plain.score)
    for old, new in zip(plain.score.parts, done.score.parts, strict=True):
        if old.is_drum or old == TUNE.parts[0]:
            assert new == old
    before, after = (
        {
            (number, note.onset, note.pitch)
            for number, part in enumerate(each.score.parts)
            for note in part.notes
        }
        for each in (plain, done)
    )
    pitched = sum(part.note_count for part in plain.score.parts[1:] if not part.is_drum)
    changed = len(before - after) / pitched
    assert 0.1 < changed <= 0.5
    assert met(done) == met(plain)


def test_a_share_is_between_nothing_and_all() -> None:
    with pytest.raises(ControlError, match=r"loosen 2: use 0\.\.1"):
        BandWish(loosen=2)
