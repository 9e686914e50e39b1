"""The drummer in torch and in numpy say the same of every slot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drums_by_hand import groove, random_drummer, random_model

from symgen.drummer.drummer import Drummer, DrumRequest
from symgen.music.meter import Meter

torch = pytest.importorskip("torch")


def test_both_give_each_slot_the_same_likelihood() -> None:
    from lab.drums.batches import batch, lay_take
    from lab.drums.pieces import Take, place_hits
    from symgen.drummer.net import DrummerNet

    model = random_model()
    net = DrummerNet(model.config).eval()
    net.load_state_dict({name: torch.from_numpy(value) for name, value in model.weights.items()})
    played = replace(groove(), events=np.array([0, 1]))
    hits = place_hits(np.array([[0, 1, 36, 90, 0]]), 480, Meter(4, 4))
    assert hits is not None
    laid = lay_take(Take("x", "rock", "train", False, played, hits), model.config.styles)
    with torch.no_grad():
        losses = net(batch([(laid, 0, 2), (laid, 0, 1)]))
    heard: list[dict[str, float]] = []

    class Listening(Drummer):
        def _read(self, now, rows, step, feel):  # type: ignore[no-untyped-def]
            before = now.hidden
            memory, usual = super()._read(now, rows, step, feel)
            slot = len(heard)
            struck = np.flatnonzero(played.levels[slot])
            odds, total = self.net.hits(now.hidden, memory, usual), 0.0
            for drum in range(played.levels.shape[1]):
                sign = 1 if drum in struck else -1
                total -= float(np.log1p(np.exp(-sign * odds[drum])))
                if drum in struck:
                    odds = odds + self.net.struck(drum)
            row = {"hits": total, "feel": -float(np.log1p(np.exp(self.net.feel(before))))}
            bar = int(played.bar[slot])
            events = self.net.events(before, bar, 8)
            row["event"] = float(events[played.events[bar]] - np.logaddexp.reduce(events))
            if len(struck):
                level, late, other = self.net.manner(now.hidden, struck, now.recalled[step])
                levels = played.levels[slot, struck] - 1
                row["levels"] = float(
                    (level[struck, levels] - np.logaddexp.reduce(level[struck], axis=1)).sum()
                )
                middle = late.shape[1] // 2
                row["late"] = float(
                    (late[struck, middle] - np.logaddexp.reduce(late[struck], axis=1)).sum()
                )
                row["other"] = -float(np.log1p(np.exp(other[struck])).sum())
            heard.append(row)
            return memory, usual

    drummer = Listening(model)
    now = _playing(drummer)
    drummer._hear(now, played, played.bpm, 2, 2)
    assert len(heard) == 32
    for slot, row in enumerate(heard):
        for name, value in row.items():
            if (name == "feel" and slot % 4) or (name == "event" and slot % 16):
                continue
            own = float(getattr(losses, name)[0, slot])
            assert value == pytest.approx(own, abs=1e-4), (slot, name)
    # A shorter piece beside it changes nothing, and counts only as far as it goes.
    assert losses.hits[1, :16].tolist() == pytest.approx(losses.hits[0, :16].tolist(), abs=1e-5)
    assert not losses.hits[1, 16:].any()


def test_hits_are_drawn_from_the_state_behind_their_own_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drummer = random_drummer()
    net, states = drummer.net, list[np.ndarray]()
    step, hits = net.step, net.hits

    def stepping(state, rows):  # type: ignore[no-untyped-def]
        states.append(step(state, rows))
        return states[-1]

    def hitting(state, memory, usual):  # type: ignore[no-untyped-def]
        assert state is states[-1]
        return hits(state, memory, usual)

    monkeypatch.setattr(net, "step", stepping)
    monkeypatch.setattr(net, "hits", hitting)
    drummer.draw(DrumRequest(("4/4",), (48,), before=groove()), seed=1)
    assert len(states) >= 48


def _playing(drummer: Drummer):  # type: ignore[no-untyped-def]
    from symgen.drummer.drummer import _Playing

    return _Playing(drummer.net.start())
