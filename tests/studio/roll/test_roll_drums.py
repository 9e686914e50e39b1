"""The roll names drums as the package does."""

from __future__ import annotations

import re

from stage import PAGE

from symgen.music.drum_kit import KEYS, OTHER_KEYS
from symgen.music.instruments import drum_name


def test_drums_have_the_names_of_the_package_and_its_kit_is_shown() -> None:
    text = (PAGE / "roll" / "drums.js").read_text(encoding="utf-8")
    names = re.findall(r'"([^"]+)"', text.partition("const NAMES")[2].partition("];")[0])
    first = int(re.findall(r"FIRST = (\d+)", text)[0])
    keys = range(128)
    ours = {key: names[key - first] for key in keys if 0 <= key - first < len(names)}
    assert {key: ours.get(key, f"Drum {key}") for key in keys} == {k: drum_name(k) for k in keys}
    usual = {int(key) for key in re.findall(r"USUAL_DRUMS = \[([\d, ]+)\]", text)[0].split(", ")}
    assert usual == {*KEYS, *OTHER_KEYS.values()}
