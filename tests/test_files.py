"""Atomic files: a reader sees the old file or the new one; refusals name the path and the remedy."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from symgen.errors import ExistsError, FormatError
from symgen.files import atomic_file, check_writable, read_bytes, write_atomic


def test_read_bytes_returns_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x00\x01")
    assert read_bytes(tmp_path / "a") == b"\x00\x01"
    assert read_bytes(str(tmp_path / "a")) == b"\x00\x01"


def test_read_bytes_refuses_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"gone\.mid: no such file; check the name"):
        read_bytes(tmp_path / "gone.mid")
    with pytest.raises(FormatError, match="is a folder, a file is needed"):
        read_bytes(tmp_path)
    with pytest.raises(FormatError, match=r"cannot be read \(.*long"):
        read_bytes(tmp_path / ("x" * 300))


def test_write_atomic_writes_bytes_and_text(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"\xff")
    write_atomic(tmp_path / "b", "naïve")
    assert (tmp_path / "a").read_bytes() == b"\xff"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "naïve"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_the_mode_of_a_new_file_follows_the_umask(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    write_atomic(tmp_path / "atomic", b"")
    assert stat.S_IMODE((tmp_path / "atomic").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_failed_block_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "song.mid"
    target.write_bytes(b"old")

    def fail_halfway() -> None:
        with atomic_file(target) as file:
            file.write(b"half of the n")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_halfway()
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["song.mid"]


def test_write_atomic_makes_the_folder(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "deep" / "file", b"x")
    assert (tmp_path / "new" / "deep" / "file").read_bytes() == b"x"
    with pytest.raises(FormatError, match="cannot be written"):
        write_atomic(tmp_path / "new" / "deep" / "file" / "below", b"")


def test_a_full_disk_is_a_format_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FormatError, match="No space left on device"):
        write_atomic(tmp_path / "a", b"x")
    assert not list(tmp_path.iterdir())


def test_check_writable_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_writable(tmp_path / "new" / "deep" / "x.mid", overwrite=False)
    monkeypatch.chdir(tmp_path)
    check_writable(Path("new") / "x.mid", overwrite=False)
    check_writable("x.mid", overwrite=False)
    assert not list(tmp_path.iterdir())


def test_check_writable_refuses(tmp_path: Path) -> None:
    existing = tmp_path / "x.mid"
    existing.write_bytes(b"kept")
    with pytest.raises(ExistsError, match="exists already; choose another name or pass --overwrite"):
        check_writable(existing, overwrite=False)
    check_writable(existing, overwrite=True)
    assert existing.read_bytes() == b"kept"
    with pytest.raises(FormatError, match="is a folder; name a file"):
        check_writable(tmp_path, overwrite=True)
    with pytest.raises(FormatError, match="cannot be written"):
        check_writable(existing / "below" / "y.mid", overwrite=False)
    with pytest.raises(FormatError, match=r"cannot be written \(.*long"):
        check_writable(tmp_path / ("x" * 300), overwrite=False)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_check_writable_refuses_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FormatError, match="is no regular file"):
        check_writable(tmp_path / "pipe", overwrite=True)
