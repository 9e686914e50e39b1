"""A model of before that can be told a plan of chords computes what it did, until it learns what a plan is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from small import TINY, V, plain_header, random_events, random_model

from symgen.music.harmony import PlacedChord
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.training.starting import with_plans


def test_it_computes_the_same_with_any_plan() -> None:
    model = random_model(replace(TINY, fixed=(), voices=2, goals=True, timing=True))
    grown = with_plans(model)
    assert grown.config.plans
    assert grown.vocabulary.moves
    chords = (PlacedChord(0, 0), PlacedChord(48, 7, "7", 11))
    header = plain_header(4, programs=(0, 0), drums=(False,) * 2, names=("", ""))
    events = random_events(2, bars=4, parts=2)
    sessions = [
        Session(InferenceNet(model), header),
        Session(InferenceNet(grown), replace(header, chords=chords)),
    ]
    for row in events.fields.tolist()[:20]:
        if row[0] >= V.bar:
            row = [*row[:5], 0]
        for session in sessions:
            session.begin()
        old, new = (session.logits("time") for session in sessions)
        np.testing.assert_allclose(old, new, atol=1e-5)
        if row[0] == V.end:
            break
        for session in sessions:
            session.force(row)


def test_forms_that_it_has_never_seen_are_unlikely() -> None:
    grown = with_plans(random_model(replace(TINY, fixed=(), voices=2)))
    bias = grown.weights["heads.form.logits.bias"]
    assert (bias[V.sizes[5] :] < -5).all()
    assert len(bias) == grown.vocabulary.sizes[5]
