"""Names, limits and words of the lowest room, each by itself; no process waits, no clock is read."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from symgen.system import folders, inputs, processes, requirements, temporary, worker
from symgen.system.errors import ControlError, FormatError, MissingDependencyError, SymgenError
from symgen.system.files import (
    make_folder,
    new_folder,
    seal_json,
    sha256,
    unseal_json,
    write_atomic,
    write_named,
)
from symgen.system.inputs import check_folder_apart, is_input, keeping
from symgen.system.lazy import lazy_names
from symgen.system.processes import BLOCK_HEAD, FAILED, Worker, child_options
from symgen.system.text import one_line

# -- text and names ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "most", "line"),
    [
        ("a\n b\t\x00c ", None, "a b c"),
        ("abcdef", 4, "abcd"),
        ("abcd", 4, "abcd"),
        ("       a b", 2, "a"),  # of 8 characters
        ("        a b", 2, ""),
        ("", 3, ""),
    ],
)
def test_text_on_one_line(text: str, most: int | None, line: str) -> None:
    assert one_line(text, most) == line


def test_names_are_loaded_when_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lazy_package", ModuleType("lazy_package"))
    found = ModuleType("lazy_package.inner")
    found.b, found.a = 2, 1  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lazy_package.inner", found)
    load, names, every = lazy_names("lazy_package", {"inner": "b a"})
    assert names() == every == ["a", "b"]
    assert load("a") == 1
    assert vars(sys.modules["lazy_package"])["a"] == 1
    with pytest.raises(AttributeError, match="module 'lazy_package' has no attribute 'c'"):
        load("c")


# -- libraries ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError(name="sklearn.svm"),
         r"the library sklearn is not installed; get it with: pip install 'symgen\[bench\]'"),
        (ModuleNotFoundError(name="fluidsynth"), "get it with: pip install pyfluidsynth"),
        (ModuleNotFoundError(name="mido"), "get it with: pip install mido"),
        (ImportError("no symbol", name="fluidsynth"),
         r"fluidsynth cannot be loaded \(no symbol\); get it anew .* --force-reinstall pyfluidsynth"),
        (ModuleNotFoundError("no _lzma", name="lzma"), r"this Python lacks its module lzma \(no _l"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_missing_library(error: ImportError, words: str) -> None:
    found = requirements.missing_library(error)
    assert isinstance(found, MissingDependencyError)
    with pytest.raises(MissingDependencyError, match=words):
        raise found


def test_modules_of_our_own_are_no_libraries() -> None:
    assert requirements.missing_library(ModuleNotFoundError(name="symgen.nothing")) is None
    assert requirements.missing_library(ImportError("nameless")) is None
    assert requirements.require("json") is json
    requirements.need("json", "os")
    with pytest.raises(MissingDependencyError, match="no_such_library is not installed"):
        requirements.need("json", "no_such_library")
    assert requirements.library_folder("json") == Path(json.__file__).parent
    for name in ("no_such_library", "types"):
        with pytest.raises(MissingDependencyError):
            requirements.library_folder(name)


# -- files -------------------------------------------------------------------------------


def test_what_is_read_is_not_written(tmp_path: Path) -> None:
    tune, folder, output = tmp_path / "tune.mid", tmp_path / "in", tmp_path / "in" / "out"
    output.mkdir(parents=True)
    for path in (tune, folder / "one.mid", output / "old.mid"):
        path.write_bytes(b"old")
    (tmp_path / "link.mid").symlink_to(tune)
    assert not is_input(tune)
    with keeping({str(tune): "tune", str(folder): "corpus"}, output):
        for path, role in ((tune, "is the tune itself"), (tmp_path / "link.mid", "is the tune itself"),
                           (folder / "one.mid", f"is a file of {folder}, which is read")):  # fmt: skip
            with pytest.raises(ControlError, match=f"{path}: exists already and {role}; name"):
                write_atomic(path, b"new")
        for path in (output / "old.mid", tmp_path / "other.mid"):
            assert not is_input(path)
            write_atomic(path, b"new")
        with keeping({str(tmp_path / "other.mid"): "prompt"}):
            assert is_input(tmp_path / "other.mid")
            assert is_input(tune)
        assert not is_input(tmp_path / "other.mid")
    assert not is_input(tune)
    assert tune.read_bytes() == b"old"


def test_folders_are_apart_from_what_is_read(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    check_folder_apart(tmp_path / "new", [inside])
    check_folder_apart(inside, [tmp_path / "a"])
    check_folder_apart(tmp_path / "a", [tmp_path / "missing"])
    for may_hold in (False, True):
        with pytest.raises(ControlError, match="is what is to be read"):
            check_folder_apart(inside, [inside], may_hold=may_hold)
    with pytest.raises(ControlError, match=f"a: holds {inside}, which is to be read"):
        check_folder_apart(tmp_path / "a", [inside])
    check_folder_apart(tmp_path / "a", [inside], may_hold=True)


def test_a_new_folder_goes_again_if_the_work_fails(tmp_path: Path) -> None:
    deep = tmp_path / "one" / "two"
    with new_folder(deep) as made:
        assert made == deep
    assert deep.is_dir()
    with pytest.raises(KeyError), new_folder(deep / "three" / "four"):
        raise KeyError
    assert list(deep.iterdir()) == []
    with suppress(KeyError), new_folder(deep / "three" / "four"):
        (deep / "three" / "kept").write_bytes(b"")
        raise KeyError
    assert [path.name for path in (deep / "three").iterdir()] == ["kept"]
    with pytest.raises(FormatError, match="cannot be made a folder"):
        make_folder(deep / "three" / "kept")


def test_a_file_goes_again_if_what_names_it_cannot_be_written(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    with pytest.raises(FormatError):
        write_named(tmp_path / "new", b"data", index, "text")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").write_bytes(b"data")
    with pytest.raises(FormatError):
        write_named(tmp_path / "old", b"data", index, "text")
    assert (tmp_path / "old").read_bytes() == b"data"
    write_named(tmp_path / "new", b"data", tmp_path / "names", "text")
    assert (tmp_path / "names").read_text() == "text"


@pytest.mark.parametrize("indent", [None, 2])
def test_sealed_json_begins_with_its_checksum(indent: int | None) -> None:
    text = seal_json({"a": [1, 2], "b": "x"}, indent=indent)
    head, body = text.split("\n", 1)
    assert head == f'{{"checksum": "{sha256(body.encode())}",'
    assert body == ('"a":[1,2],"b":"x"}\n' if indent is None else
                    '  "a": [\n    1,\n    2\n  ],\n  "b": "x"\n}\n')  # fmt: skip
    assert unseal_json(text.encode()) == {"a": [1, 2], "b": "x"}
    with pytest.raises(ValueError, match="nested too deeply"):
        unseal_json(b"[" * 100_000)


# -- temporary files ---------------------------------------------------------------------


def test_claims_are_kept_until_they_are_released(tmp_path: Path) -> None:
    one, two = tmp_path / "One.mid", tmp_path / "two.mid"
    try:
        assert temporary.claim_names([one, two])
        assert not temporary.claim_names([tmp_path / "one.MID", tmp_path / "three.mid"])
        assert temporary.claim_names([tmp_path / "three.mid"])
        (tmp_path / "four.mid").write_bytes(b"")
        assert not temporary.claim_names([tmp_path / "four.mid"])
        other = tmp_path / "other"
        other.mkdir()
        assert temporary.claim_names([other / "one.mid"])
        assert len(list(tmp_path.glob(".symgen-*.tmp"))) == 2
    finally:
        temporary.release_names()
    assert list(tmp_path.glob(".symgen-*.tmp")) == []
    assert temporary._OWN == {}


def test_claims_of_other_processes_hold_too(tmp_path: Path) -> None:
    host = temporary._host()
    theirs = tmp_path / f".symgen-{host}-{os.getppid()}-abc.tmp"
    theirs.write_bytes(b'symgen claims: ["one.mid"]')
    assert temporary.other_temporaries(tmp_path) == [theirs]
    assert not temporary.claim_names([tmp_path / "ONE.mid"])
    theirs.write_bytes(b'["one.mid"]')
    try:
        assert temporary.claim_names([tmp_path / "one.mid"])
    finally:
        temporary.release_names()


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        (".symgen-{host}-{me}-abc.tmp", False),
        (".symgen-{host}-999999999-abc.tmp", True),
        (".symgen-{host}-99999999999999999999-abc.tmp", True),
        (".symgen-00000000-999999999-abc.tmp", False),
        (".symgen-abc.tmp", False),
        (".symgen-{host}-999999999-abc.tmp.mid", False),
        ("symgen-{host}-999999999-abc.tmp", False),
    ],
)
def test_what_is_left_of_processes_that_are_gone(name: str, stale: bool, tmp_path: Path) -> None:
    path = tmp_path / name.format(host=temporary._host(), me=os.getpid())
    path.write_bytes(b"")
    assert temporary.remove_stale(tmp_path) == ([path] if stale else [])
    assert path.exists() is not stale


@pytest.mark.parametrize(("hours", "stale"), [(23.9, False), (24.1, True)])
def test_what_is_older_than_a_day(
    hours: float, stale: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".symgen-00000000-1-abc.tmp"
    (path / "inside").mkdir(parents=True)
    now = 1e9
    monkeypatch.setattr(temporary, "time", SimpleNamespace(time=lambda: now))
    then = now - 3600 * hours
    os.utime(path, (then, then))
    assert temporary.remove_stale(tmp_path) == ([path] if stale else [])


def test_links_are_as_old_as_they_are_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / ".symgen-00000000-1-abc.tmp"
    link.symlink_to(tmp_path / "nothing")
    monkeypatch.setattr(temporary, "time", SimpleNamespace(time=lambda: 1e12))
    assert temporary.remove_stale(tmp_path) == [link]


def test_own_temporaries_are_removed(tmp_path: Path) -> None:
    handle, mine = temporary.make_temporary(tmp_path)
    os.close(handle)
    assert mine.name.startswith(f".symgen-{temporary._host()}-{os.getpid()}-")
    theirs = tmp_path / f".symgen-{temporary._host()}-1-abc.tmp"
    theirs.write_bytes(b"")
    assert temporary.other_temporaries(tmp_path) == [theirs]
    temporary.remove_own()
    assert not mine.exists()
    assert theirs.exists()
    assert temporary.other_temporaries(tmp_path / "missing") == []
    with temporary.scratch_folder(tmp_path) as made:
        assert made.parent == tmp_path
        (made / "file").write_bytes(b"")
    assert not made.exists()


# -- processes ---------------------------------------------------------------------------


def test_children_find_this_package_and_no_module_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"lib{os.pathsep}")
    options = child_options(EXTRA="1")
    root = Path(processes.__file__).parents[2]
    assert options["cwd"] == str(root)
    env = options["env"]
    assert env["PYTHONPATH"].split(os.pathsep) == [str(root), str(tmp_path / "lib")]
    assert (env["PYTHONSAFEPATH"], env["SYMGEN_PARENT"]) == ("1", str(os.getpid()))
    assert (env["MALLOC_ARENA_MAX"], env["EXTRA"]) == ("1", "1")


def test_answers_are_lines_and_blocks() -> None:
    answers = BytesIO()
    worker.say(answers, {"a": 1})
    worker.say(answers, "[2]")
    worker.say_block(answers, 3, b"abc")
    worker.fail_block(answers, "broken")
    assert answers.getvalue() == (
        b'{"a": 1}\n[2]\n' + BLOCK_HEAD.pack(3) + b"abc" + BLOCK_HEAD.pack(FAILED)
        + b'{"error": "broken"}\n'
    )  # fmt: skip


def asked(answer: bytes, status: int = 0) -> Worker:
    """A worker that has answered already."""
    found = Worker.__new__(Worker)
    found.explain, found._refuse = SymgenError, ControlError
    process: Any = SimpleNamespace(
        kill=lambda: None, wait=lambda *_: status, stdin=BytesIO(), stdout=None
    )
    found.process, found._answers = process, BytesIO(answer)
    return found


@pytest.mark.parametrize(
    ("answer", "status", "most", "fault"),
    [
        (b'{"a": 1}\n', 0, 9, ""),
        (b'{"a": 1}\n', 77, 8, ""),
        (b'{"a": 1}\n', 0, 7, "broken"),
        (b'{"a": 1}\n', 77, 7, "broken"),  # it says too much, and has not ended
        (b'{"a": 1', 0, 99, "broken"),
        (b'{"a": 1', 77, 99, "memory"),
        (b"", 77, 99, "memory"),
        (b"", 1, 99, "broken"),
        (b"[1]\n", 0, 99, "nonsense"),
        (b"{\n", 0, 99, "nonsense"),
    ],
)
def test_answers_of_a_worker(answer: bytes, status: int, most: int, fault: str) -> None:
    found = asked(answer, status)
    if fault:
        with pytest.raises(SymgenError, match=f"^{fault}$"):
            found.ask({"q": 2}, 60, most)
    else:
        assert found.ask({"q": 2}, 60, most) == {"a": 1}
    sent: Any = found.process.stdin
    assert sent.getvalue() == b'{"q": 2}\n'


def test_what_a_worker_refuses() -> None:
    assert asked(b'{"a": 1}\n').hear(60) == {"a": 1}
    with pytest.raises(ControlError, match=r"^no$"):
        asked(b'{"error": "no"}\n').hear(60)


@pytest.mark.parametrize(
    ("answer", "data", "fault"),
    [
        (BLOCK_HEAD.pack(2) + b"abcdefgh", b"abcdefgh", ""),
        (BLOCK_HEAD.pack(0), b"", ""),
        (BLOCK_HEAD.pack(2) + b"abcdefg", b"", "broken"),
        (b"abc", b"", "broken"),
        (BLOCK_HEAD.pack(2**20 + 1), b"", "broken"),
        (BLOCK_HEAD.pack(FAILED) + b'{"error": "no"}\n', b"", "no"),
    ],
)
def test_blocks_of_a_worker(answer: bytes, data: bytes, fault: str) -> None:
    if not fault:
        assert asked(answer).block(4, 60) == data
        return
    with pytest.raises(SymgenError, match=f"^{fault}$"):
        asked(answer).block(4, 60)
    assert len(asked(BLOCK_HEAD.pack(2**20) + bytes(2**20)).block(1, 60)) == 2**20


def test_an_alarm_rings_once_and_not_when_it_is_quiet() -> None:
    killed: list[int] = []
    alarm = processes._Alarm(lambda: killed.append(1))
    alarm.ring()
    assert (alarm.rang, killed) == (True, [1])
    quiet = processes._Alarm(lambda: killed.append(2))
    quiet.quiet()
    quiet.ring()
    assert (quiet.rang, killed) == (False, [1])


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers of work")
def test_work_is_limited_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[tuple[int, float]] = []
    monkeypatch.setattr(signal, "setitimer", lambda *each: asked_for.append(each))
    worker.limit_work(2.5)
    assert asked_for == [(signal.ITIMER_PROF, 2.5)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
def test_memory_and_files_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    worker.limit_memory(1000)
    assert limits == {
        resource.RLIMIT_AS: (1000, 1000),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
    }


class _WaitingError(Exception):
    """Who watches waits."""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
@pytest.mark.parametrize(
    ("platform", "size", "ends"),
    [("linux", 10_239, True), ("linux", 10_240, False), ("darwin", 9, True), ("darwin", 10, False)],
)
def test_a_process_ends_when_its_memory_was_above_its_limit(
    platform: str, size: int, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    def sleep(_: float) -> None:
        raise _WaitingError

    exits: list[int] = []
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(resource, "getrusage", lambda _: SimpleNamespace(ru_maxrss=10))
    monkeypatch.setattr(worker, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(worker.os, "_exit", exits.append)
    with suppress(_WaitingError):
        worker.watch_memory(size)
    assert exits == ([77] if ends else [])


def test_identities_are_found_when_they_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "later.mid"
    with keeping({str(path): "tune"}):
        path.write_bytes(b"")
        assert is_input(path)
    assert inputs._KEPT.get() == ()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_cache_folder(monkeypatch: pytest.MonkeyPatch, platform: str, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    assert folders.cache_folder() == tmp_path
    monkeypatch.delenv("SYMGEN_CACHE")
    monkeypatch.setattr(folders.sys, "platform", platform)
    assert "symgen" in folders.cache_folder().parts
