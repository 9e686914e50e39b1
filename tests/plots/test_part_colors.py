"""Colors of parts differ for readers with any color vision; judged by a library that shares nothing with ours."""

import numpy as np
import pytest

from symgen.plots.colors import PART_COLORS

colorspacious = pytest.importorskip("colorspacious")

VISIONS = {
    "all": None,
    "deuteranopia": "deuteranomaly",
    "protanopia": "protanomaly",
    "tritanopia": "tritanomaly",
}
# In CAM02-UCS 1 is about what can just be told apart, side by side.
APART = {"all": 15.0, "deuteranopia": 12.5, "protanopia": 12.5, "tritanopia": 5.0}


def seen(vision):
    values = [[int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)] for color in PART_COLORS]
    if vision is None:
        return np.array(values)
    space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
    return np.clip(colorspacious.cspace_convert(np.array(values), space, "sRGB1"), 0, 1)


@pytest.mark.parametrize("name", VISIONS)
def test_any_two_are_apart(name):
    places = colorspacious.cspace_convert(seen(VISIONS[name]), "sRGB1", "CAM02-UCS")
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert distance.min() >= APART[name]


def test_twelve_stand_out_from_paper_and_from_a_dark_page():
    assert len(set(PART_COLORS)) == 12
    linear = colorspacious.cspace_convert(seen(None), "sRGB1", "sRGB1-linear")
    light = linear @ [0.2126, 0.7152, 0.0722]
    assert (1.05 / (light + 0.05)).min() >= 1.45
    dark_page = 0.009
    assert ((light + 0.05) / (dark_page + 0.05)).min() >= 1.8
