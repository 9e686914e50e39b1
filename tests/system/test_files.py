"""Atomic files: a reader sees the old file or the new one; refusals name the path and the remedy."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from symgen.system.errors import ExistsError, FormatError
from symgen.system.files import (
    atomic_file,
    check_writable,
    locked_folder,
    read_bytes,
    remove_stale,
    scratch_folder,
    seal_json,
    unseal_json,
    write_atomic,
    write_together,
)


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


def test_read_bytes_stops_at_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", 3) == b"1234"
    assert read_bytes(tmp_path / "a", 5) == b"12345"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(FormatError, match="is no regular file"):
        read_bytes(tmp_path / "pipe.mid")


def test_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FormatError, match="cannot be written"):
        write_together(tmp_path, {"a": b"1", "x" * 300: b"2"})
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
    assert write_together(tmp_path / "new", {"a": b"1", "b": b"2"}) == [
        tmp_path / "new" / "a",
        tmp_path / "new" / "b",
    ]
    assert (tmp_path / "new" / "b").read_bytes() == b"2"


def test_a_file_that_appears_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write() -> None:
        with atomic_file(tmp_path / "a", overwrite=False) as file:
            file.write(b"mine")
            (tmp_path / "a").write_bytes(b"yours")

    def no_links(*_: object) -> None:
        raise PermissionError("no links here")

    for attempt in range(2):
        with pytest.raises(ExistsError, match="exists already"):
            write()
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"yours")]
        (tmp_path / "a").unlink()
        write_atomic(tmp_path / "a", b"first", overwrite=False)
        assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"first")]
        (tmp_path / "a").unlink()
        if attempt == 0:
            monkeypatch.setattr(os, "link", no_links)


def test_two_processes_do_not_write_into_one_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    code = "import sys; from symgen.system.files import locked_folder\nwith locked_folder(sys.argv[1]): print('in')"
    with locked_folder(tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert "another process is writing there" in done.stderr
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, list(tmp_path.iterdir())) == ("in\n", [])


@pytest.mark.parametrize("name", ["a\0b.mid", "\ud800.mid"])
def test_names_that_no_file_can_have(name: str, tmp_path: Path) -> None:
    for write in (
        lambda path: check_writable(path, overwrite=True),
        lambda path: write_atomic(path, b"x"),
    ):
        with pytest.raises(FormatError, match="cannot be written"):
            write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def killed_writer(target: Path) -> None:
    """Be killed while a file is written."""
    code = (
        "import os, signal, sys; from symgen.system.files import atomic_file, scratch_folder\n"
        "with scratch_folder(sys.argv[2]) as folder, atomic_file(sys.argv[1]) as file:\n"
        "    (folder / 'x').touch(); file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(target), str(target.parent)], check=False)


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_what_killed_writers_leave_is_removed_by_the_next(tmp_path: Path) -> None:
    killed_writer(tmp_path / "a")
    left = sorted(tmp_path.iterdir())
    assert len(left) == 2
    check_writable(tmp_path / "b", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_what_others_are_writing_stays(tmp_path: Path) -> None:
    names = (".symgen-00000000-1-abc.tmp", ".symgen-notes.txt", "symgen.tmp", ".symgen-old_one.tmp")
    for name in names:
        (tmp_path / name).touch()
    with atomic_file(tmp_path / "a"), scratch_folder(tmp_path):
        assert remove_stale(tmp_path) == []
        assert len(list(tmp_path.iterdir())) == len(names) + 2
    os.utime(tmp_path / names[0], (1, 1))
    os.utime(tmp_path / names[2], (1, 1))
    assert remove_stale(tmp_path) == [
        tmp_path / names[0]
    ]  # of another machine, and older than a day
    assert remove_stale(tmp_path / "gone") == []


def test_sealed_json_tells_what_is_wrong() -> None:
    data = {"b": [1, None], "a": {"x": 0.1}}
    sealed = seal_json(data).encode()
    assert list(unseal_json(sealed)) == ["b", "a"]
    assert unseal_json(seal_json(data, indent=1).encode()) == data
    for wrong, message in (
        (b"", "Expecting value"),
        (b'{"a": 1}', "checksum is missing"),
        (sealed[:-1], "checksum does not fit"),
        (sealed.replace(b"0.1", b"0.2"), "checksum does not fit"),
    ):
        with pytest.raises(ValueError, match=message):
            unseal_json(wrong)


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
    with pytest.raises(
        ExistsError, match="exists already; choose another name or pass overwrite=True"
    ):
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
