"""Shards, their parts and the markers that say that these are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgen.system.errors import CheckpointError, ControlError
from symgen.system.shards import Part, Shard, found_parts

MADE_OF = {"options": "abc", "files": 3}


def write(part: Part, data: bytes = b"notes", made_of: dict[str, object] = MADE_OF) -> None:
    with part.writing(made_of) as files:
        with files.file(".bin") as file:
            file.write(data)
        files.told["pieces"] = 2


@pytest.mark.parametrize("text", ["1/1", "3/8", "8/8", " 8 / 8 "])
def test_shards_are_written_as_they_are_read(text: str) -> None:
    assert str(Shard.parse(text)) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["", "3", "0/8", "9/8", "1/0", "a/b", "-1/8", "1/2/3", "1.0/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match="shard"):
        Shard.parse(text)


@pytest.mark.parametrize(("total", "count"), [(0, 1), (0, 5), (3, 5), (100, 7), (1000, 1000)])
def test_shares_cover_all_numbers_once_and_evenly(total: int, count: int) -> None:
    shares = [shard.share(total) for shard in Shard.all(count)]
    assert [number for share in shares for number in share] == list(range(total))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_names_sort_as_numbers() -> None:
    names = [shard.name for shard in Shard.all(120)]
    assert names == sorted(names)


def test_a_part_is_done_when_its_marker_says_so(tmp_path: Path) -> None:
    part = Part(tmp_path, Shard(2, 3))
    assert not part.is_done(MADE_OF)
    write(part)
    assert part.is_done(MADE_OF)
    assert part.told() == {"pieces": 2}
    assert found_parts(tmp_path) == [part]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "part-2-of-3.bin",
        "part-2-of-3.done",
    ]


def test_what_fails_half_way_leaves_no_marker(tmp_path: Path) -> None:
    part = Part(tmp_path, Shard(1, 1))
    with pytest.raises(ZeroDivisionError), part.writing(MADE_OF) as files, files.file(".bin"):
        _ = 1 // 0
    assert list(tmp_path.iterdir()) == []


def test_a_marker_without_its_part_or_with_another_counts_for_nothing(tmp_path: Path) -> None:
    part = Part(tmp_path, Shard(1, 1))
    write(part)
    whole = part.path(".bin").read_bytes()
    for data in (b"", whole[:-1], b"x" * len(whole)):
        part.path(".bin").write_bytes(data)
        assert not part.is_done(MADE_OF)
    part.path(".bin").unlink()
    assert not part.is_done(MADE_OF)
    write(part)
    assert part.is_done(MADE_OF)


def test_a_damaged_marker_counts_for_nothing(tmp_path: Path) -> None:
    part = Part(tmp_path, Shard(1, 1))
    write(part)
    data = part.marker.read_bytes()
    for broken in (b"", data[:-9], data.replace(b"abc", b"abd"), b"[]", b'{"checksum": 1}'):
        part.marker.write_bytes(broken)
        assert not part.is_done(MADE_OF)


def test_a_part_made_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    part = Part(tmp_path, Shard(1, 1))
    write(part)
    with pytest.raises(CheckpointError, match=r"part-1-of-1\.done: was made with other files"):
        part.is_done({**MADE_OF, "files": 4})


def test_parts_of_two_countings_are_refused(tmp_path: Path) -> None:
    write(Part(tmp_path, Shard(1, 2)))
    write(Part(tmp_path, Shard(1, 3)))
    with pytest.raises(CheckpointError, match="2 and 3 shards"):
        found_parts(tmp_path)
