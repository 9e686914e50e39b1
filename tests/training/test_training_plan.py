"""What is chosen for a corpus and a machine: a pure plan, in which what is given always stands."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from small import random_score, write_tunes

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.nets.checkpoint import SIZES, NetConfig, read_config
from symgen.nets.models import find_model
from symgen.system.errors import ControlError
from symgen.training import TrainOptions
from symgen.training.planning import (
    SMALL,
    CorpusFacts,
    Machine,
    net_of_size,
    plan_training,
    read_facts,
)

FEW = CorpusFacts(tunes=20, held_out=1, pieces=36, events=4_000, longest=400)
MELODIES = replace(FEW, model="folk")
SOME = CorpusFacts(tunes=400, held_out=20, pieces=700, events=120_000, longest=900)
MUCH = CorpusFacts(tunes=90_000, held_out=4_500, pieces=90_000, events=40_000_000, longest=4_000)
CPU, CARD = Machine(cores=2), Machine(cores=16, memory=80 << 30)


def test_the_same_facts_give_the_same_plan() -> None:
    assert plan_training(SOME, CPU) == plan_training(SOME, CPU)


def test_the_network_grows_with_the_corpus() -> None:
    scraps = replace(FEW, events=900)
    widths = [plan_training(facts, CPU).net.hidden for facts in (scraps, FEW, SOME, MUCH)]
    assert widths == [128, 256, 256, 512]


def test_few_tunes_are_learned_with_more_noise_and_small_batches() -> None:
    few, some = plan_training(FEW, CPU), plan_training(SOME, CPU)
    assert FEW.is_small
    assert not SOME.is_small
    assert few.net.dropout > some.net.dropout
    assert few.options.batch < some.options.batch
    assert few.options.transpose > some.options.transpose
    assert few.updates_a_pass * few.options.validate_passes >= 16


def test_few_tunes_are_told_of_in_a_line() -> None:
    (told, plan) = plan_training(FEW, CPU).lines()
    assert told.startswith("small corpus: 20 tunes, where 100 or more are wanted; from nothing")
    assert told.endswith("add tunes")
    assert plan.startswith("plan: network of")
    assert len(plan_training(replace(FEW, tunes=SMALL), CPU).lines()) == 1


@pytest.mark.parametrize("facts", [FEW, SOME, MUCH], ids=["few", "some", "much"])
@pytest.mark.parametrize("machine", [CPU, CARD], ids=["cpu", "card"])
def test_what_is_given_stands(facts: CorpusFacts, machine: Machine) -> None:
    """A command with all options says the same as before there were plans."""
    given: dict[str, Any] = {
        field.name: getattr(TrainOptions(), field.name) for field in fields(TrainOptions)
    }
    net = NetConfig(hidden=24, head=8, dropout=0.2, goals=True, plans=True)
    of_net = {name: getattr(net, name) for name in ("hidden", "head", "layers", "dropout")}
    # These are newer than plans: where passes are given, they are as before.
    for name in ("weight_decay", "validate_passes", "folds", "start"):
        del given[name]
    given |= {"minutes": 3.0, "epochs": 7, **of_net}
    del given["net"]
    found = plan_training(facts, machine, given).options
    own = {name: value for name, value in given.items() if name not in of_net}
    assert found == TrainOptions(**{**own, "net": net})
    whole = TrainOptions(net=net, epochs=7)
    assert plan_training(facts, machine, vars(whole)).options == whole


def test_few_tunes_begin_with_a_model_that_writes_such_music() -> None:
    plan = plan_training(MELODIES, CPU)
    own = read_config(find_model("folk"))
    assert plan.options.start == "folk"
    assert plan.options.rate == TrainOptions.fine_tuning("folk").rate
    assert plan.net == own
    assert "begins with folk" in plan.lines()[0]
    assert plan.lines()[1].startswith("plan: from folk, ")
    more = plan_training(MELODIES, CPU, {"rate": 1e-3, "dropout": 0.1, "batch": 7}).options
    assert (more.rate, more.batch, more.start) == (1e-3, 7, "folk")
    assert more.net == replace(own, dropout=0.1)


@pytest.mark.parametrize(
    ("given", "size"),
    [({"start": ""}, ""), ({"hidden": 32}, ""), ({"copy": False}, ""), ({}, "s"), ({"net": SIZES["small"]}, "")],
    ids=["none", "width", "no copy", "size", "network"],
)  # fmt: skip
def test_who_insists_trains_from_nothing_and_is_told_what_to_do(
    given: dict[str, Any], size: str
) -> None:
    plan = plan_training(MELODIES, CPU, given, size=size)
    assert plan.options.start == ""
    (told, _) = plan.lines()
    assert "from nothing it learns to repeat and copy them" in told
    assert "to begin with folk" in told
    assert plan_training(replace(MELODIES, tunes=SMALL), CPU).options.start == ""


def test_the_model_that_fits_is_found(store: Store, tmp_path: Path) -> None:
    assert read_facts(store).model == "folk"
    four = [random_score(seed, parts=4, chords=True) for seed in range(12)]
    build_corpus(
        [write_tunes(tmp_path / "songs", four)],
        tmp_path / "store",
        options=CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0),
    )
    assert read_facts(Store.open(tmp_path / "store")).model == "chamber"


def test_few_held_out_tunes_take_turns() -> None:
    assert plan_training(FEW, CPU).options.folds == plan_training(MELODIES, CPU).options.folds == 4
    assert "in 4 folds" in plan_training(FEW, CPU).lines()[1]
    for facts in (SOME, replace(FEW, held_out=5)):
        assert plan_training(facts, CPU).options.folds == 0
    for given in ({"epochs": 3}, {"minutes": 2.0}, {"validate_every": 5}, {"folds": 0}):
        assert plan_training(FEW, CPU, given).options.folds == 0
        assert plan_training(MELODIES, CPU, given).options.folds == 0


def test_sizes_have_old_names_too() -> None:
    for word, name in (("s", "small"), ("m", "base"), ("l", "large")):
        assert net_of_size(word) is net_of_size(name) is SIZES[name]
    with pytest.raises(ControlError, match="size 'xl': use s, m, l"):
        net_of_size("xl")
    assert plan_training(MUCH, CPU, size="s").net == SIZES["small"]
    assert plan_training(FEW, CPU, size="l").net == replace(SIZES["large"], dropout=0.5)
    assert plan_training(MUCH, CARD, {"hidden": 48}, size="s").net == replace(
        SIZES["small"], hidden=48
    )


def test_a_card_is_filled_as_far_as_the_corpus_lets_it() -> None:
    assert plan_training(MUCH, CPU).options.batch == 32
    filled = plan_training(MUCH, CARD).options.batch
    assert filled > 32
    assert plan_training(MUCH, replace(CARD, memory=4 << 30)).options.batch < filled
    assert plan_training(FEW, CARD).options.batch == plan_training(FEW, CPU).options.batch
    assert plan_training(MUCH, replace(CARD, memory=1 << 20)).options.batch == 4


def test_a_budget_of_time_is_not_cut_short_by_passes() -> None:
    usual, timed = plan_training(SOME, CPU), plan_training(SOME, CPU, {"minutes": 5.0})
    assert timed.options.epochs > usual.options.epochs
    assert plan_training(SOME, CPU, {"minutes": 5.0, "epochs": 3}).options.epochs == 3


def test_facts_are_counted(store: Store) -> None:
    facts = read_facts(store)
    train = store.pieces("train")
    assert facts.pieces == len(train)
    assert facts.events == sum(record.length for record in train)
    assert facts.longest == max(record.length for record in train)
    assert facts.tunes >= facts.held_out + len({record.group for record in train})


def test_an_empty_corpus_has_a_plan() -> None:
    """That it cannot be learned from is said by training itself."""
    plan_training(CorpusFacts(0, 0, 0, 0, 0), CPU)
