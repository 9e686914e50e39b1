"""Names in the encodings that programs write them in."""

from __future__ import annotations

import pytest

from symgen.midi.text import LONGEST_NAME, decode_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode(encoding: str) -> None:
    assert decode_text("Piano 2".encode(encoding)) == "Piano 2"


@pytest.mark.parametrize("text", ["Flöte", "Café", "笛", "春の歌", "Ружа"])
def test_utf_8_and_utf_16_with_a_mark(text: str) -> None:
    assert decode_text(text.encode()) == decode_text(text.encode("utf-16")) == text


@pytest.mark.parametrize(
    "text",
    [
        "春の歌",
        "ピアノ",
        "音",
        "愛",
        "ﾋﾟｱﾉ",
        "ｷﾞﾀｰ",
        "ﾒﾛﾃﾞｨ",
        "Piano ソロ",
        "ギター1",
        "第1楽章",
        "主旋律",
        "東方",
    ],
)
def test_shift_jis(text: str) -> None:
    assert decode_text(text.encode("cp932")) == text


@pytest.mark.parametrize(
    "text",
    ["Flöte", "Prélude", "élève", "Größe Straße", "Ærø Øl", "ÄÖÜ", "Señor Corazón", "Ça ira", "© 1999 ½", "Æon",
     "L’eau", "“Lied” – Klavier", "Stück für Stück", "ÉÉ ÀÀ", "Nº 5"],
)  # fmt: skip
def test_latin(text: str) -> None:
    assert decode_text(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("payload", "text"),
    [(b"Song\0\0\0", "Song"), (b"\0Song", "Song"), (b"A\0", "A"), (b"Pia\tno\r\n2", "Pia no 2"), (b"", ""), (b"\0", ""),
     (b"\x81", ""), (b"a\x9fb\xff", "aŸbÿ"), (b"x" * (LONGEST_NAME + 9), "x" * LONGEST_NAME)],
)  # fmt: skip
def test_no_control_characters_are_left(payload: bytes, text: str) -> None:
    assert decode_text(payload) == text
    assert text.isprintable()
