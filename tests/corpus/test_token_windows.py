"""Windows of tokens: each piece by itself, whole, in order, and the same out of a store as out of a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import random_score, tune

from symgen.corpus import Store, TokenWindows
from symgen.formats import save_score
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.tokens import Tokenizer

T = Tokenizer()
SCORES = [random_score(seed, bars=4 + seed) for seed in range(3)]


def joined(windows: TokenWindows) -> list[list[int]]:
    return [row for window in windows for row in window.tolist() if tuple(row) != T.pad]


def test_windows_without_overlap_hold_every_row_once() -> None:
    windows = TokenWindows(SCORES, length=16)
    assert joined(windows) == [row for score in SCORES for row in T.encode(score).tolist()]
    assert {window.shape for window in windows} == {(16, 6)}
    assert {window.dtype for window in windows} == {np.dtype(np.int64)}


def test_the_next_window_begins_a_stride_later() -> None:
    rows = T.encode(SCORES[0])
    windows = TokenWindows(SCORES[0], length=16, stride=5)
    assert len(windows) == -(-(len(rows) - 16) // 5) + 1
    for number, window in enumerate(windows):
        found = rows[5 * number : 5 * number + 16]
        assert window[: len(found)].tolist() == found.tolist()
        assert {tuple(row) for row in window[len(found) :].tolist()} <= {T.pad}
    assert len(rows) <= 5 * (len(windows) - 1) + 16


def test_a_window_as_long_as_the_piece_is_the_only_one() -> None:
    rows = T.encode(SCORES[0])
    assert [len(TokenWindows(SCORES[0], length=len(rows) + more)) for more in (-1, 0, 1)] == [
        2,
        1,
        1,
    ]
    assert TokenWindows(SCORES[0], length=len(rows))[-1].tolist() == rows.tolist()


def test_windows_are_counted_from_both_ends() -> None:
    windows = TokenWindows(SCORES, length=16)
    assert np.array_equal(windows[-1], windows[len(windows) - 1])
    for index in (len(windows), -len(windows) - 1):
        with pytest.raises(IndexError, match=f"window {index}: there are {len(windows)}"):
            windows[index]


def test_a_folder_with_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    save_score(SCORES[0], tmp_path / "b.mid")
    save_score(SCORES[1], tmp_path / "below" / "ä.MID")
    (tmp_path / "a.mid").write_bytes(b"MThd")
    (tmp_path / "notes.txt").write_text("no music")
    windows = TokenWindows(tmp_path, length=16)
    assert joined(windows) == [row for score in SCORES[:2] for row in T.encode(score).tolist()]
    assert [line.partition(":")[0] for line in windows.skipped] == [str(tmp_path / "a.mid")]


def test_a_store_gives_what_its_pieces_are(store_folder: Path) -> None:
    store = Store.open(store_folder)
    for source in (store, store_folder, str(store_folder)):
        windows = TokenWindows(source, split="train", length=64)
        wanted = [T.rows(store.events(record)) for record in store.pieces("train")]
        assert joined(windows) == [row for rows in wanted for row in rows.tolist()]
    plain = TokenWindows(store, length=64, tokenizer=Tokenizer(heading=False))
    assert joined(plain) == store.array.tolist()


def test_pytorch_reads_them(store_folder: Path) -> None:
    torch = pytest.importorskip("torch")
    windows = TokenWindows(store_folder, length=32)
    data = windows.torch()
    assert isinstance(data, torch.utils.data.Dataset)
    batches = list(torch.utils.data.DataLoader(data, batch_size=7))
    assert torch.cat(batches).shape == (len(windows), 32, 6)
    assert batches[0].dtype == torch.int64
    assert batches[0][3].tolist() == windows[3].tolist()


def test_other_processes_open_the_store_themselves(store_folder: Path) -> None:
    pytest.importorskip("torch")
    windows = TokenWindows(store_folder, length=32, split="train")
    sent = pickle.dumps(windows.torch())
    assert len(sent) < windows._pieces._store.array.nbytes  # type: ignore[attr-defined]
    again = pickle.loads(sent)  # noqa: S301 - our own
    assert [row.tolist() for row in again.windows] == [row.tolist() for row in windows]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"length": 1}, "length 1: must be a whole number, 2 or more"),
        ({"length": 8.5}, "length 8.5: must be"),
        ({"stride": 0}, "stride 0: must be a whole number, 1 or more"),
        ({"stride": True}, "stride True: must be"),
        ({"split": "all"}, "split 'all': must be train, valid, test"),
        ({"split": "test"}, "split 'test': only a store has splits; leave it out"),
    ],
)
def test_numbers_that_make_no_windows(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        TokenWindows(SCORES, **more)


def test_sources_without_music(tmp_path: Path, store_folder: Path) -> None:
    with pytest.raises(FormatError, match="no piece to make windows of; name another"):
        TokenWindows(tmp_path)
    with pytest.raises(FormatError, match=r"no piece to make windows of \(.*no such file"):
        TokenWindows(tmp_path / "gone.mid")
    with pytest.raises(FormatError, match=r"no piece to make windows of \(a piece: holds no notes"):
        TokenWindows([tune("-:4")])
    anything: Any = 5
    with pytest.raises(ControlError, match="tokenizer 5: is no Tokenizer"):
        TokenWindows(SCORES, tokenizer=anything)
    with pytest.raises(FormatError, match="5: no store, folder, or list of pieces; name one"):
        TokenWindows(anything)
    with pytest.raises(ControlError, match="tokenizer of 24 steps a quarter: the store has 12"):
        TokenWindows(store_folder, tokenizer=Tokenizer(24))
    (tmp_path / "index.json").write_text("{}")
    with pytest.raises(CheckpointError, match="damaged corpus store"):
        TokenWindows(tmp_path)
