"""What a piano roll shows: parts, loudness, unisons, drums, prompt; and the three kinds of files."""

import re
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from bands import band

from symgen.music.instruments import program_name
from symgen.music.score import Note, Part, Score
from symgen.plots import plot_score
from symgen.plots.colors import INKS, PART_COLORS, part_color, velocity_opacity
from symgen.plots.drawing import Boxes, Lines, Words, text_width
from symgen.plots.grid import RollStyle
from symgen.plots.images import _fonts
from symgen.plots.notes import place_notes
from symgen.plots.rolls import draw_roll, roll_steps, roll_svg
from symgen.plots.staves import find_scale
from symgen.system.errors import FormatError

HEADS = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg ", ".pdf": b"%PDF-"}
SVG = "{http://www.w3.org/2000/svg}"


def notes_of(drawing):
    """The boxes of parts: neither keys nor entries of the legend."""
    inks = (*INKS, "key", "beat")
    return [m for m in drawing.marks if isinstance(m, Boxes) and m.label and m.fill not in inks]


def words_of(drawing):
    return [mark.text for mark in drawing.marks if isinstance(mark, Words)]


# -- files -------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", HEADS)
def test_the_suffix_decides_and_bytes_are_the_same(tmp_path, suffix):
    for name in ("a", "b"):
        plot_score(band(4), tmp_path / f"{name}{suffix}", prompt_end=1920, title="Title")
    data = (tmp_path / f"a{suffix}").read_bytes()
    assert data.startswith(HEADS[suffix])
    assert data == (tmp_path / f"b{suffix}").read_bytes()
    file = BytesIO()
    plot_score(band(4), file, prompt_end=1920, title="Title", format=suffix[1:])
    assert file.getvalue() == data


def test_an_open_file_gets_a_png_and_stays_open():
    file = BytesIO()
    plot_score(band(1), file)
    assert file.getvalue().startswith(HEADS[".png"])
    assert not file.closed


def test_other_kinds_of_pictures_are_refused(tmp_path):
    for name in ("a.jpg", "a", "a.svg.gz"):
        with pytest.raises(FormatError, match=r"ends in \.png, \.svg or \.pdf"):
            plot_score(band(1), tmp_path / name)
    with pytest.raises(FormatError, match=r"format 'gif': pictures are written as"):
        plot_score(band(1), BytesIO(), format="gif")
    assert list(tmp_path.iterdir()) == []


def test_the_format_may_be_told_whatever_the_name(tmp_path):
    plot_score(band(1), tmp_path / "a.picture", format="SVG")
    assert (tmp_path / "a.picture").read_bytes().startswith(b"<svg ")


def test_no_picture_says_when_it_was_made(tmp_path):
    for suffix in HEADS:
        plot_score(band(1), tmp_path / f"a{suffix}")
        data = (tmp_path / f"a{suffix}").read_bytes()
        assert not re.search(rb"CreationDate|tEXt|\b20[0-9]{2}-[0-9]{2}", data)


def test_svg_is_sound_xml_whatever_names_hold():
    part = Part((Note(0, 60, 480),), name="<b>&\"'漢字")
    found = roll_svg(Score((part,), title="x"))
    tree = ElementTree.fromstring(found)  # noqa: S314 - our own
    assert tree.tag == f"{SVG}svg"
    assert any("<b>&\"'漢字" in (text.text or "") for text in tree.iter(f"{SVG}text"))
    for title in ("\udcff", "a\x07b", "\ufffe"):
        file = BytesIO()
        plot_score(Score((part,)), file, title=title, format="svg")
        ElementTree.fromstring(file.getvalue())  # noqa: S314 - our own


# -- what is seen ------------------------------------------------------------------------


def test_each_part_has_its_color_and_its_name():
    drawing = draw_roll(band(2))
    assert {mark.fill for mark in notes_of(drawing)} == set(PART_COLORS[:4])
    assert {*map(program_name, (73, 0, 33)), "Drums"} <= set(words_of(drawing))


def test_louder_notes_are_fuller():
    notes = tuple(Note(480 * i, 60, 480, velocity) for i, velocity in enumerate((20, 64, 110)))
    drawing = draw_roll(Score((Part(notes),)))
    by_place = sorted((mark.rows[0, 0], mark.opacity) for mark in notes_of(drawing))
    shades = [opacity for _, opacity in by_place]
    assert shades == sorted(set(shades))
    assert shades[-1] == pytest.approx(1.0)
    assert "fainter is softer" in words_of(drawing)


def test_velocities_have_a_floor_and_a_ceiling():
    values = [velocity_opacity(velocity) for velocity in range(1, 128)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0.42)
    assert values[-1] == 1.0


def test_one_velocity_needs_no_word():
    assert "fainter is softer" not in words_of(draw_roll(Score((Part((Note(0, 60, 9),)),))))


def test_parts_that_share_a_pitch_are_both_seen():
    one, other = Part((Note(0, 60, 960),)), Part((Note(480, 60, 960), Note(1440, 60, 480)))
    first, second = notes_of(draw_roll(Score((one, other))))
    (_, top, _, high), (_, top_2, _, high_2) = first.rows[0], second.rows[0]
    assert top + high <= top_2 + 1e-6
    assert high == pytest.approx(high_2)
    alone = second.rows[1]
    assert alone[3] == pytest.approx(2 * high)


def test_sharing_is_counted_in_each_cluster_by_itself():
    parts = [Part((Note(0, 60, 480),)) for _ in range(3)]
    parts[0] = Part((Note(0, 60, 480), Note(480, 60, 480), Note(0, 64, 480)))
    score = Score(tuple(parts))
    placed = place_notes(score, find_scale(score), None)
    tall = np.round((placed.top - placed.bottom) / 0.86, 3).tolist()
    assert sorted(tall) == [0.333, 0.333, 0.333, 1.0, 1.0]


def test_notes_of_one_part_do_not_share():
    score = Score((Part((Note(0, 60, 960), Note(480, 60, 960))),))
    placed = place_notes(score, find_scale(score), None)
    assert np.allclose(placed.top - placed.bottom, 0.86)


def test_drums_are_strokes_on_lanes_of_their_own():
    score = Score((Part((Note(0, 36, 1920), Note(0, 42, 10)), is_drum=True),))
    drawing = draw_roll(score)
    widths = {round(float(width), 3) for mark in notes_of(drawing) for width in mark.rows[:, 2]}
    assert len(widths) == 1
    assert {"Kick", "Hi-hat"} <= set(words_of(drawing))


def test_a_drum_shares_no_place_with_a_pitch():
    both = Score((Part((Note(0, 36, 480),)), Part((Note(0, 36, 480),), is_drum=True)))
    placed = place_notes(both, find_scale(both), None)
    assert placed.top[0] != placed.top[1]
    assert sorted(np.round(placed.top - placed.bottom, 2).tolist()) == [0.86, 1.4]


def test_bars_are_numbered_from_the_first_whole_one():
    drawing = draw_roll(band(4))
    assert {"1", "2", "3", "4"} <= set(words_of(drawing))
    assert "5" not in words_of(drawing)


def test_prompt_notes_and_its_end_are_marked():
    drawing = draw_roll(band(4), prompt_end=3840)
    assert "prompt" in words_of(drawing)
    dashed = [mark for mark in drawing.marks if isinstance(mark, Lines) and mark.is_dashed]
    assert len(dashed) == 1
    gray = [
        mark
        for mark in drawing.marks
        if isinstance(mark, Boxes) and mark.fill == "prompt" and mark.label
    ]
    end = dashed[0].rows[0, 0]
    assert all((mark.rows[:, 0] < end).all() for mark in gray)
    assert all((mark.rows[:, 0] >= end - 1e-6).all() for mark in notes_of(drawing))


def test_a_note_over_the_end_of_a_row_goes_on_in_the_next():
    score = Score((Part((Note(0, 60, 480 * 80),)),))
    (mark,) = notes_of(draw_roll(score))
    assert len(mark.rows) == 3


def test_parts_beyond_the_colors_begin_anew_with_a_dark_edge():
    parts = tuple(Part((Note(0, 40 + i, 480),)) for i in range(14))
    marks = notes_of(draw_roll(Score(parts)))
    assert marks[12].fill == marks[0].fill == part_color(0)
    assert (marks[0].edge, marks[12].edge) == (part_color(0), "line")


def test_a_narrow_style_has_more_and_shorter_rows():
    wide, narrow = (
        draw_roll(band(16), style=style)
        for style in (RollStyle(), RollStyle(row_quarters=16, quarter=22))
    )
    assert narrow.width < 450 < wide.width
    assert narrow.height > wide.height


def test_steps_lead_along_the_rows_with_the_sound():
    score = band(16)
    steps = roll_steps(score)
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(32.0)
    assert len({step.top for step in steps}) == 2
    assert len(steps) == 16 + 2


def test_wide_letters_take_more_room():
    assert text_width("漢字", 10) > 1.5 * text_width("ab", 10)


def test_a_roll_can_be_read_out():
    assert 'aria-label="piano roll of 2 bars with' in roll_svg(band(2))


def test_letters_that_the_own_font_lacks_are_looked_for():
    assert _fonts("Flute é Ελληνικά") == ["DejaVu Sans"]
    own, *others = _fonts("漢")
    assert own == "DejaVu Sans"
    assert len(others) <= 1
    assert _fonts("\U0010fffd") == ["DejaVu Sans"]  # no font has it
