import time
from dataclasses import replace

import numpy as np
import pytest

from symgen.evaluation.distances import kl_bits
from symgen.gan.metrics import compare_bars, copied_bars, measure_bars, unique_share
from symgen.gan.steps import HOLD, REST, StepTune
from symgen.music.theory import Key
from symgen.system.errors import ControlError

H, R = HOLD, REST
C = Key(0, "major")


def tune(*bars, meter="4/4", key=C, grid=4):
    return StepTune(np.array(bars, dtype=np.uint8), meter, key, 48 + key.tonic, grid)


def filled(counts):
    """The bins of a histogram that hold something."""
    return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}


KNOWN = tune(
    [
        H,
        H,
        12,
        H,
        14,
        16,
        R,
        R,
        19,
        H,
        H,
        H,
        H,
        H,
        H,
        H,
    ],  # begins with a hold of nothing, ends in a tie
    [H, H, H, H, 32, H, 20, H, R, R, R, R, R, R, R, R],
    [R, H, H, H, R, R, R, R, H, H, H, H, H, H, H, H],  # nothing sounds
    [H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, 12],
)


def test_figures_of_a_tune_known_by_heart():
    found = measure_bars([KNOWN])
    assert found.figures == pytest.approx(
        {
            "empty": 1 / 4,
            "pitch_classes": 6 / 4,
            "notes": 7 / 4,
            "eighths": 4 / 7,
            "in_scale": 5 / 7,
            "leaps": 1 / 6,
        }
    )
    assert filled(found.pitch_class) == {0: 2, 2: 1, 4: 1, 7: 1, 8: 2}
    assert filled(found.interval) == {13 + 2: 2, 13 + 3: 1, 26: 1, 13 - 12: 1, 13 - 8: 1}
    assert filled(found.duration) == {3: 3, 6: 3, 36: 1}
    assert filled(found.place["4/4"]) == {6: 1, 12: 2, 15: 1, 18: 1, 24: 1, 45: 1}
    assert [len(found.place[meter]) for meter in ("4/4", "3/4", "6/8")] == [48, 36, 36]
    assert (len(found.pitch_class), len(found.interval), len(found.duration)) == (12, 27, 97)
    assert (len(found), found.grid) == (4, 4)


def test_contents_keep_ties_and_drop_holds_of_nothing():
    contents = measure_bars([KNOWN]).contents
    assert contents[0] == ("4/4", bytes([R, R, 12, H, 14, 16, R, R, 19, *[H] * 7]))
    assert contents[1] == ("4/4", bytes([H, H, H, H, 32, H, 20, H, *[R] * 8]))
    assert contents[2] == ("4/4", bytes([R] * 16))
    assert contents[3] == ("4/4", bytes([R] * 15 + [12]))


def test_a_bar_that_is_held_through_is_not_empty_but_has_no_notes():
    found = measure_bars([tune([7] + [H] * 11, [H] * 12, [H] * 6 + [R] * 6, meter="3/4")])
    assert (found.empty, found.notes, found.pitch_classes) == (0, 1 / 3, 1 / 3)
    assert filled(found.duration) == {90: 1}


def test_long_notes_lie_at_the_end():
    assert filled(measure_bars([tune(*[[5] + [H] * 15] + [[H] * 16] * 3)]).duration) == {96: 1}


def test_the_grid_of_twelfths_gives_the_same_figures():
    fine = []
    for row in KNOWN.bars:
        fine.append(np.repeat(row, 3))
        fine[-1][np.arange(48) % 3 > 0] = [R if s == R else H for s in np.repeat(row, 2)]
    coarse, found = measure_bars([KNOWN]), measure_bars([tune(*fine, grid=12)])
    assert found.figures == coarse.figures
    for name, counts in coarse.histograms.items():
        assert (found.histograms[name] == counts).all(), name


def test_triplets():
    found = measure_bars([tune([0, H, H, H, 4, H, H, H, 7, H, H, H] + [12] + [H] * 5 + [11] + [H] * 17,
                               meter="3/4", grid=12)])  # fmt: skip
    assert filled(found.duration) == {4: 3, 6: 1, 18: 1}
    assert filled(found.place["3/4"]) == {0: 1, 4: 1, 8: 1, 12: 1, 18: 1}
    assert found.eighths == 2 / 5


def test_nothing_goes_from_tune_to_tune():
    first, second = tune([0] + [H] * 15), tune([H] * 8 + [35] + [H] * 7)
    found = measure_bars([first, second])
    assert filled(found.duration) == {48: 1, 24: 1}
    assert not found.interval.any()
    assert found.leaps == 0
    assert found.contents[1][1] == bytes([R] * 8 + [35] + [H] * 7)


def test_meters_are_counted_apart():
    waltz, jig = tune([0, H] * 6, meter="3/4"), tune([0, H] * 6, meter="6/8")
    found = measure_bars([jig, KNOWN, waltz, waltz])
    assert filled(found.place["6/8"]) == dict.fromkeys(range(0, 36, 6), 1)
    assert filled(found.place["3/4"]) == dict.fromkeys(range(0, 36, 6), 2)
    assert found.place["4/4"].sum() == 7
    assert found.contents[0] != found.contents[-1]
    assert compare_bars([jig], [waltz])["kl_place"]["kl"] == pytest.approx(np.log2(3) / 2)
    assert compare_bars([jig], [jig])["kl_place"]["kl"] == 0


@pytest.mark.parametrize(
    ("mode", "outside"),
    [
        ("major", {1, 3, 6, 8, 10}),
        ("minor", {1, 4, 6, 9}),
        ("dorian", {1, 4, 6, 8, 11}),
        ("blues", {1, 2, 4, 8, 9, 11}),
    ],
)
def test_the_scale_is_that_of_the_mode_above_the_tonic(mode, outside):
    for pitch in range(36):
        found = measure_bars([tune([pitch] + [H] * 15, key=Key(7, mode))])
        assert found.in_scale == (pitch % 12 not in outside)
        assert filled(found.pitch_class) == {pitch % 12: 1}


def test_each_tune_has_its_own_scale():
    notes = [3] + [H] * 15
    assert (
        measure_bars([tune(notes), tune(notes, key=Key(0, "minor")), tune(notes)]).in_scale == 1 / 3
    )


def test_nothing_measured_is_nothing():
    for tunes in ([], [tune([R] * 16)], [tune([H] * 16)]):
        found = measure_bars(tunes)
        assert found.figures == {**dict.fromkeys(found.figures, 0.0), "empty": float(bool(tunes))}
        assert not any(counts.any() for counts in found.histograms.values())
    assert len(measure_bars([])) == measure_bars([]).grid == 0


def test_unique_share_depends_on_the_size():
    a, b, c = (("4/4", bytes([i])) for i in range(3))
    bars = [a, a, b, c, c, c, a]
    assert unique_share(bars, 7) == 3 / 7
    assert unique_share(bars, 99) == 3 / 7
    assert unique_share(bars, 3) == pytest.approx(
        (2 / 3 + 1 / 3) / 2
    )  # the last bar makes no whole set
    assert unique_share(bars, 1) == 1
    assert unique_share([a, ("3/4", a[1])], 2) == 1
    assert unique_share([], 4) == 0
    with pytest.raises(ControlError, match="size of 1 or more"):
        unique_share(bars, 0)


def test_copied_bars_are_literal():
    training = measure_bars([KNOWN]).contents
    assert copied_bars(training, training) == 3 / 4  # not the empty one
    transposed = measure_bars([replace(KNOWN, key=Key(5, "minor"), base=53)]).contents
    assert copied_bars(transposed, training) == 3 / 4
    notes = [0, H] * 6
    waltz, jig, other = (
        measure_bars([one]).contents
        for one in (
            tune(notes, meter="3/4"),
            tune(notes, meter="6/8"),
            tune([12, *notes[1:]], meter="3/4"),
        )
    )
    assert copied_bars(waltz, list(waltz)) == 1
    assert copied_bars(jig, waltz) == copied_bars(other, waltz) == copied_bars([], waltz) == 0


def test_a_comparison():
    other = tune([0, H, 2, H] * 4, [0, H, 2, H] * 4, [4] + [H] * 15)
    table = compare_bars([other], [KNOWN], [other, KNOWN])
    ours, theirs = measure_bars([other]), measure_bars([KNOWN])
    assert table["notes"] == {"real": 7 / 4, "generated": 17 / 3, "difference": 17 / 3 - 7 / 4}
    assert list(table) == ["empty", "pitch_classes", "notes", "eighths", "in_scale", "leaps", "kl_pitch_class",
                           "kl_duration", "kl_place", "kl_interval", "unique_bars", "copied_bars"]  # fmt: skip
    for name in ("pitch_class", "duration", "interval"):
        assert table[f"kl_{name}"] == {"kl": kl_bits(getattr(theirs, name), getattr(ours, name))}
        assert table[f"kl_{name}"]["kl"] > 0
    assert table["kl_place"]["kl"] == kl_bits(theirs.place["4/4"], ours.place["4/4"])
    assert table["unique_bars"] == pytest.approx({"real": 1, "generated": 2 / 3, "ratio": 2 / 3})
    assert table["copied_bars"] == {"real": 3 / 4, "generated": 1}
    assert "copied_bars" not in compare_bars([other], [KNOWN])


def test_unique_bars_are_counted_among_as_many_of_both():
    same = tune([0] + [H] * 15)
    found = compare_bars([same, same], [same] * 8)["unique_bars"]
    assert found == {"real": 1 / 2, "generated": 1 / 2, "ratio": 1}


def test_refusals():
    fine = tune([0] + [H] * 47, grid=12)
    with pytest.raises(ControlError, match="4 and 12 steps a quarter; put all"):
        measure_bars([KNOWN, fine])
    for sets in (([fine], [KNOWN]), ([KNOWN], [fine]), ([KNOWN], [KNOWN], [fine])):
        with pytest.raises(ControlError, match="put all tunes on one grid"):
            compare_bars(*sets)
    with pytest.raises(ControlError, match="generated set has no bars"):
        compare_bars([], [KNOWN])
    with pytest.raises(ControlError, match="real set has no bars"):
        compare_bars([KNOWN], [])
    with pytest.raises(ControlError, match="use 4 or 12"):
        measure_bars([replace(KNOWN, grid=8)])
    with pytest.raises(ControlError, match="use tunes in 4/4"):
        measure_bars([replace(KNOWN, meter="2/4")])


def test_five_thousand_bars_are_measured_at_once():
    bars = np.random.default_rng(1).integers(0, 38, (5000, 1, 16)).astype(np.uint8)
    tunes = [StepTune(one, "4/4", C, 48) for one in bars]
    start = time.process_time()
    compare_bars(tunes, tunes, tunes)
    assert time.process_time() - start < 2
