"""Models on a hub: what is sent is what comes back, and what the hub refuses is told in a line."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_stand_in import TOKEN, Hub, running_hub

import symgen
from symgen.cli import main
from symgen.nets.checkpoint import load_model_files
from symgen.nets.hub import pull, push
from symgen.nets.pretrained import hub_files, save_pretrained
from symgen.system.errors import CheckpointError, ExistsError, MissingDependencyError
from symgen.system.resources import data_folder

# Of huggingface_hub's own way to send bytes.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

FOLK = data_folder("models") / "folk"


def file_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub on this machine, and somebody who is logged in there."""
    constants = pytest.importorskip("huggingface_hub.constants")
    with running_hub() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        template = found.address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", found.address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        yield found


# -- the folder, without a network ---------------------------------------------------------


def test_a_folder_serves_hubs_and_symgen(tmp_path: Path) -> None:
    model = symgen.load_model("folk")
    folder = model.save_pretrained(tmp_path / "folk")
    own = load_model_files(FOLK)
    names = {"model.safetensors", "config.json", "README.md", "model.json"}
    assert names <= {path.name for path in folder.iterdir()}
    # Nothing is lost: the weights byte for byte, what ranks takes, and the rest of the card.
    assert (folder / "model.safetensors").read_bytes() == next(FOLK.glob("model-*")).read_bytes()
    found = load_model_files(folder)
    assert (found.config, found.vocabulary, found.info) == (own.config, own.vocabulary, own.info)
    again = symgen.Model.from_pretrained(folder)
    assert again.generate(bars=2, seed=1) == model.generate(bars=2, seed=1)
    assert again.copy_index() is not None
    again.discriminator(continuing=True)


def test_the_layout_of_the_layout_is_the_same(tmp_path: Path) -> None:
    first = save_pretrained(FOLK, tmp_path / "a")
    assert hub_files(first) == file_bytes(first)


def test_the_page_begins_with_what_a_hub_wants_to_know(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    text = (save_pretrained(FOLK, tmp_path / "folk") / "README.md").read_text()
    facts = yaml.safe_load(text.split("---\n")[1])
    assert facts["license"] == "cc-by-4.0"
    assert facts["library_name"] == "symgen"
    assert {"symgen", "midi", "model_hub_mixin"} <= set(facts["tags"])
    assert "Ceol Rince" in text
    assert json.loads((tmp_path / "folk" / "config.json").read_text())["hidden"] == 320


def test_a_model_without_a_page_gets_one(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in FOLK.iterdir():
        if path.name != "README.md":
            (bare / path.name).write_bytes(path.read_bytes())
    text = (save_pretrained(bare, tmp_path / "made") / "README.md").read_text()
    yaml.safe_load(text.split("---\n")[1])
    assert "| music21:oneills1850 | 2508 | 638 | public domain book" in text


def test_a_model_that_is_there_stays(tmp_path: Path) -> None:
    save_pretrained(FOLK, tmp_path)
    with pytest.raises(ExistsError, match="holds a model already"):
        save_pretrained(FOLK, tmp_path)
    save_pretrained(FOLK, tmp_path, overwrite=True)


def test_a_damaged_model_is_not_shared(tmp_path: Path) -> None:
    folder = save_pretrained(FOLK, tmp_path / "folk")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="damaged"):
        save_pretrained(folder, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_folders_need_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    folder = symgen.load_model("folk").save_pretrained(tmp_path / "folk")
    symgen.Model.from_pretrained(folder)
    with pytest.raises(MissingDependencyError, match=r"pip install 'symgen\[hub\]'"):
        symgen.Model.from_pretrained("somebody/folk")


# -- there and back ------------------------------------------------------------------------


def test_what_is_sent_comes_back(hub: Hub, tmp_path: Path) -> None:
    assert push(FOLK, "me/folk") == f"{hub.address}/me/folk"
    assert hub.files("me/folk") == hub_files(FOLK)
    folder = pull("me/folk", tmp_path / "mine")
    assert file_bytes(folder) == hub_files(FOLK)
    assert symgen.load_model(folder).generate(bars=1, seed=1)


def test_a_model_is_read_from_the_hub_and_then_without_it(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    symgen.load_model("folk").push_to_hub("me/folk", private=True)
    assert symgen.load_model("hf:me/folk").styles == symgen.load_model("folk").styles
    fetched = sum("/resolve/" in line for line in hub.asked)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        assert symgen.Model.from_pretrained("me/folk").styles
        with pytest.raises(CheckpointError, match="cannot be reached"):
            symgen.load_model("hf:me/other")
    assert sum("/resolve/" in line for line in hub.asked) == fetched


def test_an_older_commit_can_be_named(hub: Hub, tmp_path: Path) -> None:
    push(FOLK, "me/folk")
    (first,) = hub.repos["me/folk"]
    push(data_folder("models") / "chorale", "me/folk")
    assert symgen.load_model("hf:me/folk").voices == 4
    assert symgen.load_model(f"hf:me/folk@{first}").voices == 0
    with pytest.raises(CheckpointError, match="no such revision"):
        symgen.load_model("hf:me/folk@nothing")


def test_what_is_refused_is_told_in_a_line(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos["me/text"] = {"a" * 40: {"config.json": b"{}", "code.py": b"print()"}}
    hub.repos["me/closed"] = {"b" * 40: {"config.json": b"{}"}}
    hub.gated.add("me/closed")
    with pytest.raises(CheckpointError, match=r"me/text: is no model of symgen \(model.json"):
        pull("me/text", tmp_path / "x")
    assert not any("code.py" in line for line in hub.asked)
    with pytest.raises(CheckpointError, match="me/none: not found on the hub"):
        pull("me/none", tmp_path / "x")
    with pytest.raises(CheckpointError, match="is no name on a hub"):
        pull("a/b/c", tmp_path / "x")
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(CheckpointError, match="refuses this token"):
        push(FOLK, "me/folk")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(CheckpointError, match="nobody is logged in"):
        push(FOLK, "me/folk")
    with pytest.raises(CheckpointError, match="only to those whom its owner lets in"):
        pull("me/closed", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_the_commands(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["push", "folk", "me/folk"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{hub.address}/me/folk\n"
    assert "CC BY 4.0" in said.err
    assert main(["pull", "me/folk"]) == 0
    assert capsys.readouterr().out == "folk\n"
    assert main(["generate", "--model", "./folk", "--bars", "1", "--seed", "1"]) == 0
    assert main(["pull", "me/folk", "-o", "folk"]) == 2
    assert main(["push", "folk", "folk"]) == 2
    assert "write OWNER/NAME" in capsys.readouterr().err


# -- for users of torch --------------------------------------------------------------------


def test_a_module_of_torch_goes_there_and_back(hub: Hub, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from symgen.nets.pretrained_net import PretrainedEventNet

    net = PretrainedEventNet.from_pretrained("folk")
    assert not net.training
    net.push_to_hub("me/net")
    again = PretrainedEventNet.from_pretrained("me/net")
    for name, value in net.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    assert symgen.load_model("hf:me/net").info["licence"] == "CC BY 4.0"
    net.save_pretrained(tmp_path / "net")
    assert symgen.load_model(tmp_path / "net").styles
