"""How takes are drawn, chosen and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from decision_tools import events_of, part
from small import V, plain_header, random_events, tune

from symgen.music.controls import Controls
from symgen.music.score import Part, Score
from symgen.music.theory import Key
from symgen.sampling.seeds import candidate_seeds
from symgen.sampling.together import finish
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.vocabulary import DURATION, TIME
from symgen.writing import choosing, composing, copying, loaded
from symgen.writing.chord_plans import ChordPlans
from symgen.writing.composing import Composer, _bits_a_note
from symgen.writing.model import Model
from symgen.writing.part_names import name_parts
from symgen.writing.rewritten import share_kept
from symgen.writing.takes import Scores, Take

# -- takes -------------------------------------------------------------------------------


def test_shares_and_names_of_parts() -> None:
    old = Score((part((0, 60, 12), (12, 62, 12)), part((0, 60, 12))), 12)
    new = Score((part((0, 60, 6), (12, 63, 12)), Part()), 12)
    assert share_kept(old, new) == pytest.approx(1 / 3)
    assert share_kept(Score((Part(),), 12), new) == 0
    named = Score((part(name="Keys"), Part(), part(name="Drums")), 12)
    assert [name_parts(named, chosen) for chosen in ([], [1], [0], [2, 0], {0, 1, 2})] == [
        "", "part 2", "part 1 (Keys)", "parts 1 (Keys) and 3 (Drums)",
        "parts 1 (Keys), 2 and 3 (Drums)",
    ]  # fmt: skip


def test_scores_are_rounded_to_thousandths() -> None:
    scores = Scores(1.23456, None, 0.5, (3, 2), True, False, 9, "much")
    assert scores.to_json() == {
        "odds": 1.235, "bits_a_note": None, "distance": 0.5, "returns": [3, 2], "loops": True,
        "ends": False, "longest_copy": 9, "copy": "much", "kept": False,
    }  # fmt: skip


def test_what_is_looked_at_of_a_continuation() -> None:
    notes = ((0, 60, 48), (48, 62, 48))
    score = Score((part(*notes), part(*notes, program=9)), 12, length=96)
    prompt: Any = SimpleNamespace(end=48, parts=(1,), sounding=(1,), new_bars=1, played=None)
    take = Take(score, 1, plain_header(2, key=Key.parse("D")), prompt)
    assert take.new_bars().parts == (part((0, 62, 48), program=9),)
    assert take.prompt_bars().parts == (part((0, 60, 48), program=9),)
    assert (take.written, take.written_end, str(take.key)) == (score, 48, "D major")
    (check,) = take.checks(Controls())
    assert (check.asked, check.found, check.met) == (1, 1, True)
    played = Score((part((0, 60, 1)),), 96)
    file: Any = SimpleNamespace(**{**vars(prompt), "played": SimpleNamespace(tick=lambda t: 3 * t)})
    take = replace(take, prompt=file, played=played)
    assert (take.written, take.written_end) == (played, 144)
    new = Take(score, 1, plain_header(2))
    assert (new.written_end, new.new_bars(), new.judged()) == (None, score, score)
    (check,) = new.checks(Controls())
    assert (check.asked, check.met) == (2, True)


@pytest.mark.parametrize(
    ("candidates", "count", "expected"),
    [(1, 1, False), (1, 9, False), (2, 2, True), (1024, 3, True)],
)
def test_candidates(candidates: int, count: int, expected: bool) -> None:
    assert choosing.check_candidates(candidates, count) is expected


@pytest.mark.parametrize(
    ("other", "share"),
    [
        ("C4 D4 E4 F4 G4", 1.0),
        ("D4 E4 F#4 G4 A4", 1.0),  # another key
        ("C4 D4 E4 F4 A4", 1 / 3),  # one of two runs on either side
        ("C4 D4 E4:2 F4 G4", 0.0),
        ("C4 D4 E4", 0.0),
    ],
)
def test_pieces_are_alike_by_runs_of_four_notes(other: str, share: float) -> None:
    one = tune("C4 D4 E4 F4 G4", meter="6/4")
    assert choosing.similarity(one, tune(other, meter="6/4")) == pytest.approx(share)


class _Judge:
    """Gives the odds that it is told."""

    def __init__(self, *odds: float) -> None:
        self.odds = odds

    def judge(self, scores: Any, keys: Any) -> Any:
        return np.array(self.odds[: len(scores)])


def chooser(*odds: float, **info: Any) -> choosing.Chooser:
    return choosing.Chooser(_Judge(*odds), None, info, V)  # type: ignore[arg-type]


def take_of(text: str, *, key: str = "C", style: str = "") -> Take:
    bars = text.count("|") + 1
    return Take(tune(text), 1, plain_header(bars, key=Key.parse(key), style=style))


def test_what_is_known_of_a_take() -> None:
    norm = {"mean": [4.0] * 8, "deviation": [2.0] * 8, "returns": [[4, 2, 9]]}
    text = "C4 D4 E4 F4|C4 D4 E4 F4|G4 A4 B4 C5|E4 D4 C4:2"
    (found,) = chooser(0.5, norms={"": norm}).scores([take_of(text)])
    assert (found.odds, found.returns, found.loops, found.ends) == (0.5, (2, 1), False, True)
    assert (found.longest_copy, found.copy) == (None, "")
    looped = {**norm, "returns": [[4, 1, 9]]}
    (found,) = chooser(0.5, norms={"": looped}).scores([take_of(text, key="E")])
    assert (found.loops, found.ends) == (True, False)
    # Four notes a bar are the mean of the first figure; seven others are as far off as they are.
    (calm,) = chooser(0.5, norms={"": norm}).scores([take_of("C4:4|C4:4")])
    figures = [1.0, 60.0, 0.0, np.log2(48), 0.0, 1.0, 0.0, 0.5]
    assert calm.distance == pytest.approx(np.mean([abs(value - 4) / 2 for value in figures]))
    (own,) = chooser(0.5, norms={"": norm, "air": {**norm, "deviation": [1.0] * 8}}).scores(
        [take_of("C4:4|C4:4", style="air")]
    )
    assert own.distance == pytest.approx(2 * calm.distance)


def test_loops_count_four_against_a_take() -> None:
    norm = {"": {"mean": [0.0] * 8, "deviation": [1.0] * 8, "returns": [[4, 1, 9]]}}
    loop, plain = take_of("C4:4|C4:4"), take_of("C4:4|D4:4")
    kept = [chooser(4.0, 0.0, norms=norm).choose([loop, plain], 1, seed)[0] for seed in range(60)]
    share = np.mean([take.score == loop.score for take in kept])
    assert 0.35 < share < 0.65
    assert {take.rank for take in kept} == {1, 2}
    assert all((take.rank == 1) == (take.score == loop.score) for take in kept)


class _Takes:
    """Takes one after the other, as they are described: met, whether they repeat and, if told, are stuck."""

    def __init__(self, *rows: tuple[bool, ...]) -> None:
        self.rows, self.seeds = rows, list[int]()

    def draw(self, seed: int) -> Iterator[Any]:
        yield from ()
        met, repeats, *stuck = self.rows[min(len(self.seeds), len(self.rows) - 1)]
        self.seeds.append(seed)
        check = SimpleNamespace(name="range", met=met)
        number = len(self.seeds)
        return SimpleNamespace(
            repeats=repeats, is_stuck=any(stuck), checks=lambda controls: [check], number=number
        )


@pytest.mark.parametrize(
    ("rows", "controls", "drawn", "kept"),
    [
        ([(True, False)], {"range": "C4-C5"}, 1, 1),
        ([(False, False)], {}, 1, 1),
        ([(False, False), (False, False), (True, False)], {"range": "C4-C5"}, 3, 3),
        ([(False, False)], {"range": "C4-C5"}, 16, 16),
        ([(True, True)], {}, 6, 1),
        ([(True, True), (True, False)], {}, 2, 2),
        ([(True, False, True), (True, False, False)], {}, 2, 2),
        ([(True, False, True)], {}, 6, 1),
        ([(True, True)], {"form": "AB"}, 1, 1),
        ([(True, True)], {"variation": 0.2}, 1, 1),
        ([(False, True), (True, True), (False, False)], {"range": "C4-C5"}, 16, 2),
    ],
)
def test_a_take_is_drawn_until_it_is_what_was_asked_for(
    rows: list[tuple[bool, ...]], controls: dict[str, Any], drawn: int, kept: int
) -> None:
    takes, model = _Takes(*rows), SimpleNamespace(net=None, info={}, vocabulary=V)
    composer = Composer(model)  # type: ignore[arg-type]
    draw: Callable[[int], Any] = takes.draw
    take: Any = finish(composer._until_met(draw, Controls(**controls), 7))
    assert takes.seeds == candidate_seeds(7, 16)[:drawn]
    assert take.number == kept


def test_a_piece_so_far_has_the_bars_that_are_whole() -> None:
    whole = events_of(part((0, 60, 96), (60, 62, 12), (100, 64, 12)), bars=3)
    model: Any = SimpleNamespace(net=None, info={}, vocabulary=V)
    opened = int(np.flatnonzero(whole.fields[:, TIME] == V.bar)[2])
    events = Events(whole.fields[: opened + 1], whole.header)
    session: Any = SimpleNamespace(events=events, ended=False, prefix=SimpleNamespace(bar=2))
    found = Composer(model)._whole_bars(session)
    assert (found.header.bars, len(found.fields)) == (2, opened)
    first = int(np.flatnonzero(whole.fields[:, TIME] == V.bar)[1])
    session.events, session.prefix.bar = Events(whole.fields[: first + 1], whole.header), 1
    one = Composer(model)._whole_bars(session)
    assert (one.header.bars, one.fields[1, DURATION]) == (1, 48)
    session.ended = True
    assert Composer(model)._whole_bars(session) is session.events


def test_bits_a_note_are_of_new_notes() -> None:
    session: Any = SimpleNamespace(bits=12.0, prefix=SimpleNamespace(notes=[0] * 5))
    assert [_bits_a_note(session, start) for start in (0, 2, 5)] == [2.4, 4.0, 12.0]


def test_new_bars_that_repeat_the_prompt() -> None:
    model: Any = SimpleNamespace(net=None, info={}, vocabulary=V)
    composer = Composer(model)
    events = events_of(part(*((48 * bar, 60 + bar % 2, 12) for bar in range(4))))
    assert composer._repeats(events, 2)
    assert not composer._repeats(events, 1)
    assert not composer._repeats(random_events(3, bars=4), 2)


def test_new_bars_that_stay_on_few_chords_of_many_are_stuck() -> None:
    def stuck(*roots: int, wanted: bool = True, new_bars: int = 4) -> bool:
        chords = [
            (48 * bar, root + third, 48) for bar, root in enumerate(roots) for third in (0, 4, 7)
        ]
        return ChordPlans(V, wanted=wanted).is_stuck(events_of(part(*chords)), new_bars)

    assert stuck(60, 65, 67, 62, 60, 60, 60, 60)
    assert not stuck(60, 65, 67, 62, 60, 60, 60, 60, wanted=False)
    assert not stuck(60, 65, 67, 62, 60, 65, 60, 67)
    assert not stuck(60, 60, 60, 60, 60, 60, 60, 60)
    # What comes before as many bars as are new does not count, and few bars tell nothing.
    assert not stuck(60, 65, 67, 62, 60, 60, 60, 60, 60, 60, 60, 60)
    assert not stuck(60, 65, 67, 62, 60, 60, new_bars=2)


def test_bars_are_watched_from_the_first_new_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def watch(controls: Controls, info: Any, style: str, **bars: int) -> None:
        asked.append((info, style, bars))

    monkeypatch.setattr(composing, "loop_watch", watch)
    model: Any = SimpleNamespace(
        net=None, info={"a": 1}, vocabulary=V, copy_index=lambda: SimpleNamespace(shortest=8)
    )
    header = plain_header(6, style="air")
    session: Any = SimpleNamespace(header=header, prefix=SimpleNamespace(hides_end=False))
    assert Composer(model)._watches(Controls(), session, 1, 2) == []
    assert asked == [({"a": 1}, "air", {"first": 2, "bars": 4})]
    (copies,) = Composer(model)._watches(Controls(max_copy=9), session, 1, 2)
    assert isinstance(copies, copying.CopyWatch)
    assert (copies._most, copies._first, copies._parts, copies._grid) == (9, 2, 1, 12)


@pytest.mark.parametrize(
    ("continuing", "stems"),
    [(False, ["discriminator"]), (True, ["continuations", "discriminator"])],
)
def test_takes_are_ranked_by_the_discriminator_of_their_kind(
    continuing: bool, stems: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(loaded, "read_attached", lambda kind, folder, stem: seen.append(stem))
    net: Any = None
    model = loaded.LoadedModel(net, {"name": "tiny"}, tmp_path)
    with pytest.raises(ControlError, match="model 'tiny' has no discriminator"):
        model.discriminator(continuing=continuing)
    assert seen == stems
    with pytest.raises(ControlError):
        loaded.LoadedModel(net, {}).discriminator(continuing=continuing)
    assert seen == stems
    asked: list[bool] = []
    generator: Any = SimpleNamespace(
        discriminator=lambda *, continuing: asked.append(continuing),
        copy_index=lambda: None, info={}, vocabulary=V,
    )  # fmt: skip
    Model._chooser(generator)
    Model._chooser(generator, continuing=True)
    assert asked == [False, True]


def test_what_a_model_says_of_itself() -> None:
    net: Any = SimpleNamespace(
        vocabulary=V,
        config=SimpleNamespace(voices=1),
        inputs=SimpleNamespace(fixed={"velocity": 80}),
    )
    model = loaded.LoadedModel(net, {"variation": -1.5, "monophonic_parts": True})
    assert (model.tracks_parts, model.monophonic_parts, model.draws_no_velocity) == (True,) * 3
    assert model.usual_returns == -1.5
    net.config.voices, net.inputs.fixed = 0, {}
    plain = loaded.LoadedModel(net, {})
    assert (plain.tracks_parts, plain.monophonic_parts, plain.draws_no_velocity) == (False,) * 3
    assert plain.usual_returns == 0.0
    assert plain.copy_index() is None
