"""Small notation files with much in them, and damage done to them by a seed."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from xml.etree import ElementTree

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
  <work><work-title>Caf\u00e9 &amp; Air</work-title></work>
  <part-list>
    <score-part id="P1"><part-name>Trumpet</part-name>
      <score-instrument id="I1"><instrument-name>Trumpet</instrument-name></score-instrument>
      <midi-instrument id="I1"><midi-channel>1</midi-channel><midi-program>57</midi-program></midi-instrument>
    </score-part>
    <score-part id="P2"><part-name>Drums</part-name>
      <score-instrument id="I2"><instrument-name>Snare</instrument-name></score-instrument>
      <midi-instrument id="I2"><midi-channel>10</midi-channel><midi-unpitched>39</midi-unpitched></midi-instrument>
    </score-part>
  </part-list>
  <part id="P1">
    <measure number="1">
      <attributes><divisions>6</divisions><key><fifths>-2</fifths><mode>minor</mode></key>
        <time><beats>2</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef>
        <transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>
      <direction><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>96</per-minute></metronome>
        </direction-type><sound tempo="96"/></direction>
      <barline location="left"><repeat direction="forward"/></barline>
      <harmony><root><root-step>G</root-step></root><kind>minor</kind></harmony>
      <note><grace/><pitch><step>A</step><octave>4</octave></pitch><voice>1</voice><type>eighth</type></note>
      <note><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>6</duration><voice>1</voice>
        <type>quarter</type><lyric number="1"><text>la</text></lyric></note>
      <note><chord/><pitch><step>D</step><octave>5</octave></pitch><duration>6</duration><voice>1</voice>
        <type>quarter</type></note>
      <note><pitch><step>C</step><octave>5</octave></pitch><duration>4</duration><voice>1</voice><type>quarter</type>
        <time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification></note>
      <note><pitch><step>F</step><octave>5</octave></pitch><duration>2</duration><tie type="start"/><voice>1</voice>
        <type>eighth</type><time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes>
        </time-modification><notations><tied type="start"/></notations></note>
      <backup><duration>12</duration></backup>
      <note><rest/><duration>12</duration><voice>2</voice></note>
    </measure>
    <measure number="2">
      <barline location="left"><ending number="1" type="start"/></barline>
      <note><pitch><step>F</step><octave>5</octave></pitch><duration>12</duration><tie type="stop"/><voice>1</voice>
        <type>half</type><notations><tied type="stop"/></notations></note>
      <barline location="right"><ending number="1" type="stop"/><repeat direction="backward" times="2"/></barline>
    </measure>
    <measure number="3">
      <barline location="left"><ending number="2" type="start"/></barline>
      <attributes><measure-style><multiple-rest>1</multiple-rest></measure-style></attributes>
      <forward><duration>6</duration></forward>
      <note><pitch><step>G</step><octave>4</octave></pitch><duration>6</duration><voice>1</voice><type>quarter</type>
        </note>
      <barline location="right"><ending number="2" type="stop"/><bar-style>light-heavy</bar-style></barline>
    </measure>
  </part>
  <part id="P2">
    <measure number="1">
      <attributes><divisions>1</divisions><time><beats>2</beats><beat-type>4</beat-type></time></attributes>
      <note><unpitched><display-step>C</display-step><display-octave>5</display-octave></unpitched>
        <duration>2</duration><instrument id="I2"/><voice>1</voice><type>half</type></note>
    </measure>
    <measure number="2"><note><rest measure="yes"/><duration>2</duration></note></measure>
    <measure number="3"><note><rest measure="yes"/><duration>2</duration></note></measure>
  </part>
</score-partwise>
"""

ABC = """%abc-2.1
X:7
T:The Test
C:Trad.
M:6/8
L:1/8
R:jig
Q:3/8=100
V:1 name="Air"
V:2
K:Ddor
V:1
A|"Dm"d>AF (3DFA (5:4:5DEFGA|[M:3/4][K:G]d2 {/cd}e2 !trill!f2|1 [df]2- [df]2 z2:|2 d4- d/2e3/2||
|:g|f2f ^g=fe|d6:|[1,3 d4 c2:|[2 D,4 c'2|]
V:2
D6|D,2 E,2 F,2|G,6:|A,6||
w:la la la
"""

KRN = """!!!OTL: The Test
**kern\t**kern\t**text
*Ivioln\t*Iflt\t*
*k[b-]\t*k[b-]\t*
*F:\t*F:\t*
*M3/4\t*M3/4\t*
*MM96\t*MM96\t*
*>[A,A,B]\t*>[A,A,B]\t*
*>A\t*>A\t*
=1!|:\t=1!|:\t=1!|:
4.FF\t6cc\tla
.\t6dd\t.
.\t6ee\t.
8GG\t8gg 8bb-\t.
[4AA\t4r\t.
=2\t=2\t=2
*^\t*\t*
4AA]\t2C\t4ff#q\t.
4r\t.\t4ff;\t.
*v\t*v\t*\t*
4..BB-\t4cc\tla
16C\t.\t.
=:|!\t=:|!\t=:|!
*>B\t*>B\t*
*M2/4\t*M2/4\t*
2.D\t00ccc\t.
==\t==\t==
*-\t*-\t*-
"""

CONTAINER = '<?xml version="1.0"?><container><rootfiles><rootfile full-path="music.xml"/></rootfiles></container>'
NUMBERS = (
    "0",
    "-1",
    "-7",
    "300",
    "99999",
    "2147483647",
    "999999999999",
    "1" + "0" * 60,
    "1e999",
    "NaN",
    "0.0000001",
)

RECORDS = (
    (b"PK\1\2", (8, 10, 16, 20, 24, 28, 30, 42)),
    (b"PK\3\4", (6, 8, 14, 18, 22, 26)),
    (b"PK\5\6", (8, 10, 12, 16)),
)
"""How the records of a zip begin, and where in them its flags, sizes and places stand."""


def pack(text: bytes) -> bytes:
    """Return a .mxl file; always the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("META-INF/container.xml", CONTAINER.encode()), ("music.xml", text)):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def mutants(suffix: str, count: int, seed: int) -> list[tuple[str, bytes]]:
    """Return damaged copies of a seed file, each with the name of what was done to it."""
    rng = random.Random(f"{suffix} {seed}")  # noqa: S311
    text = {".musicxml": XML, ".mxl": XML, ".abc": ABC, ".krn": KRN}[suffix].encode()
    kinds = [
        _flip,
        _cut,
        _drop_lines,
        _repeat_lines,
        _swap,
        _element,
        _element,
        _number,
        _number,
        _nest,
        _encode,
        _nul,
    ]
    made = []
    for place in range(count):
        kind = kinds[place % len(kinds)]
        if suffix == ".mxl" and place % 2:
            kind = (_flip, _cut, _lie, _lie, _splice)[place // 2 % 5]
            made.append((f"zip {kind.__name__}", kind(pack(text), rng)))
            continue
        data = kind(text, rng)
        made.append((kind.__name__, pack(data) if suffix == ".mxl" else data))
    return made


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 4, 40))):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _pieces(data: bytes, rng: random.Random) -> list[bytes]:
    """Cut into lines, or at the tags."""
    if data.startswith(b"<") and rng.random() < 0.7:
        return re.findall(rb"<[^<]*", data)
    return data.splitlines(keepends=True)


def _drop_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _pieces(data, rng)
    for _ in range(rng.choice((1, 3))):
        del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def _repeat_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _pieces(data, rng)
    at = rng.randrange(len(lines))
    lines[at : at + rng.choice((1, 1, 10))] *= rng.choice((2, 3, 12))
    return b"".join(lines)


def _swap(data: bytes, rng: random.Random) -> bytes:
    lines = _pieces(data, rng)
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


def _element(data: bytes, rng: random.Random) -> bytes:
    """Leave out, repeat or move an element, so that the text stays well-formed."""
    if not data.startswith(b"<"):
        return _swap(data, rng)
    tree = ElementTree.fromstring(data)  # noqa: S314
    parents = [node for node in tree.iter() if len(node)]
    home, new_home = rng.choice(parents), rng.choice(parents)
    child = rng.choice(list(home))
    what = rng.randrange(3)
    if what:
        home.remove(child)
    if what == 0:
        home.extend([child] * rng.choice((1, 30)))
    elif what == 1 and all(node is not new_home for node in child.iter()):
        new_home.insert(rng.randrange(len(new_home) + 1), child)
    return ElementTree.tostring(tree, "utf-8")


def _number(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    for one in sorted(rng.sample(found, rng.choice((1, 1, 2))), key=lambda match: -match.start()):
        data = data[: one.start()] + rng.choice(NUMBERS).encode() + data[one.end() :]
    return data


def _nest(data: bytes, rng: random.Random) -> bytes:
    depth = rng.choice((50, 2000, 20_000))
    opened, closed = rng.choice(
        ((b"<note>", b"</note>"), (b"<measure>", b"</measure>"), (b"[", b"]"), (b"(3", b""))
    )
    if data.startswith((b"**", b"!!!")):
        opened, closed = rng.choice(((b"*^\t*\t*\n", b""), (b"0", b""), (b".", b""), (b"[", b"]")))
    at = rng.choice([match.end() for match in re.finditer(rb">\s*|\n|\|", data)])
    return data[:at] + opened * depth + closed * rng.choice((0, depth)) + data[at:]


def _encode(data: bytes, rng: random.Random) -> bytes:
    text = data.decode()
    name = rng.choice(("utf-16", "latin-1", "utf-32", "utf-8-sig", "cp037"))
    if rng.random() < 0.5:
        said = rng.choice(
            ("UTF-16", "ISO-8859-1", "UTF-7", "idna", "rot13", "none-such", "Shift_JIS")
        )
        text = text.replace('encoding="UTF-8"', f'encoding="{said}"')
    return text.encode(name, "replace")


def _nul(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" * rng.choice((1, 1000)) + data[at:]


def _splice(data: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    return data[:a] + rng.randbytes(rng.randrange(40)) + data[b:]


def _lie(data: bytes, rng: random.Random) -> bytes:
    """Write another number into a record of the archive."""
    sign, offsets = rng.choice(RECORDS)
    at = rng.choice([match.start() for match in re.finditer(re.escape(sign), data)]) + rng.choice(
        offsets
    )
    changed = bytearray(data)
    form = rng.choice(("<H", "<L"))
    most = 2 ** (8 * struct.calcsize(form)) - 1
    struct.pack_into(form, changed, at, rng.choice((0, 1, 9, 100, most // 2, most)))
    return bytes(changed)


SEEDS = {
    ".musicxml": XML.encode(),
    ".mxl": pack(XML.encode()),
    ".abc": ABC.encode(),
    ".krn": KRN.encode(),
}
"""What the mutants are made of."""
