"""ABC of several voices, however they are named and wherever they stand."""

import pytest

from symgen.formats.notation import parse_abc_tunes

HEAD = "X:1\nT:Hymn\nM:3/4\nL:1/4\n%%staves (A B)\nV: A clef=treble\nV: B clef=bass\nK:G\n"
LINES = (
    HEAD
    + "[V: A] [Q:1/4=90] D | G A B | c2\nw: la\n[V: B] D, | G, C D | E2\n[V: A] B | G3 |]\n[V: B] D | G,3 |]\n"
)
BLOCKS = HEAD + "V:A\nD | G A B | c2 B | G3 |]\nV:B\nD, | G, C D | E2 D | G,3 |]\n"


@pytest.mark.parametrize("text", [LINES, BLOCKS], ids=["lines", "blocks"])
def test_voices_are_parts(text):
    (tune,) = parse_abc_tunes(text)
    assert not tune.problems
    assert [[n.pitch for n in part.notes] for part in tune.score.parts] == [
        [62, 67, 69, 71, 72, 71, 67],
        [50, 55, 60, 62, 64, 62, 55],
    ]
    assert [part.notes[1].onset for part in tune.score.parts] == [tune.score.resolution] * 2
    assert tune.score.has_pickup


def test_the_first_tempo_is_kept():
    (tune,) = parse_abc_tunes(LINES)
    assert round(tune.score.tempos[0].bpm) == 90
