"""What a run holds at its end: samples, what they copy, the card, the report; and what becomes of it elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small import tune
from small_tunes import walks

from symgen.copies.index import CopyIndex
from symgen.copies.report import CopyReport, Floor
from symgen.corpus import Store
from symgen.formats import load_score
from symgen.nets.checkpoint import NetConfig
from symgen.runs import samples
from symgen.runs.card import CARD_HEAD, licence_id, model_card
from symgen.runs.facts import RunFacts
from symgen.runs.samples import Sample, SampleSet, variety, write_samples
from symgen.system.errors import RenderError
from symgen.trainer import train
from symgen.training import TrainOptions, TrainReport
from symgen.writing.model import load_model

NET = NetConfig(hidden=16, head=12, dropout=0.1)
OPTIONS = TrainOptions(
    net=NET, epochs=2, batch=4, steps=64, rate=1e-2, device="cpu", precision="float32", seed=3
)


@pytest.fixture(scope="module")
def run(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    return train(store_folder, tmp_path_factory.mktemp("runs") / "a run", options=OPTIONS)


def head_of(card: str) -> dict[str, object]:
    """Read the metadata at the head of a card: each value is JSON."""
    lines = card.split("---\n")[1].splitlines()
    return {name: json.loads(text) for name, _, text in (line.partition(": ") for line in lines)}


def test_the_samples_are_what_the_model_writes_with_these_seeds(run: TrainReport) -> None:
    model = load_model(run.folder)
    for seed in (1, 2, 3):
        written = load_score(run.folder / "samples" / f"sample-{seed}.mid")
        again = model.generate(bars=16, seed=seed)
        assert [p.notes for p in written.parts] == [p.notes for p in again.parts]
    pictures = sorted((run.folder / "samples").glob("*.png"))
    assert [path.name for path in pictures] == ["sample-1.png", "sample-2.png", "sample-3.png"]


def test_the_card_has_metadata(run: TrainReport) -> None:
    card = (run.folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith(CARD_HEAD)
    head = head_of(card)
    assert (head["library_name"], head["license"]) == ("symgen", "unknown")
    assert {"symgen", "midi"} <= set(head["tags"])  # type: ignore[call-overload]
    assert head["datasets"] == ["tunes"]
    assert head["metrics"] == ["bits_per_note", "bits_per_16th"]
    best = run.metrics["valid_bits_per_note"]
    assert f"| bits a note | {best:.3f} |" in card
    assert "symgen generate --model 'a run' --bars 16" in card
    assert run.told
    assert all(line in card for line in run.told)


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_report_needs_nothing_else(run: TrainReport) -> None:
    text = (run.folder / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    for tag, attributes in page.found:
        for name in ("src", "href"):
            place = attributes.get(name) or "#"
            assert place.startswith(("data:", "#")), (tag, place[:60])
        if tag == "img":
            assert (attributes["alt"] or "").startswith("Bits a note")
    tags = [tag for tag, _ in page.found]
    assert tags.count("article") == 3
    assert tags.count("h1") == tags.count("main") == 1
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    labels = [a["aria-labelledby"] for _, a in page.found if "aria-labelledby" in a]
    assert set(labels) <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_run_names_no_place(run: TrainReport) -> None:
    for path in run.folder.rglob("*"):
        if path.suffix in (".json", ".md", ".html", ".csv"):
            assert str(run.folder.parent) not in path.read_text(encoding="utf-8"), path


def test_a_moved_run_writes_and_goes_on(
    run: TrainReport, store_folder: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copytree(run.folder, tmp_path / "elsewhere" / "Ünser Lauf"))
    assert load_model(moved).generate(bars=4, seed=5).note_count
    more = train(store_folder, moved, options=replace(OPTIONS, net=None, epochs=3), resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2, 3]
    assert "# Ünser Lauf" in (moved / "README.md").read_text(encoding="utf-8")
    assert "Run Ünser Lauf" in (moved / "report.html").read_text(encoding="utf-8")


def test_a_file_of_the_user_stays(run: TrainReport, store_folder: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(run.folder, tmp_path / "run"))
    (moved / "README.md").write_text("my notes")
    done = train(store_folder, moved, options=OPTIONS, resume=True)
    assert (moved / "README.md").read_text() == "my notes"
    assert any("is no card of this run and stays" in line for line in done.told)
    train(store_folder, moved, options=replace(OPTIONS, epochs=1), overwrite=True)
    assert (moved / "README.md").read_text() == "my notes"


def test_without_sound_the_rest_is_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RenderError("no soundfont was found")

    monkeypatch.setattr(samples, "render", fail)
    report = CopyReport(4, 0.0, None)
    found = SampleSet(tuple(Sample(i, tune("C4 D4 E4 F4"), report) for i in (1, 2)), Floor(), 3)
    told: list[str] = []
    write_samples(found, tmp_path, told.append)
    assert told == ["samples are without sound: no soundfont was found"]
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["sample-1.mid", "sample-1.png", "sample-2.mid", "sample-2.png"]


def test_variety_counts_distinct_runs() -> None:
    scale = tune("C4 D4 E4 F4|G4 A4 B4 C5")
    assert variety([scale]) == 1.0
    assert variety([scale, scale]) == 0.5
    assert variety([]) == 0.0


def test_copies_are_counted_by_notes() -> None:
    one, other = walks(2)
    index = CopyIndex.build([(one, "one", "s")], limit=None)
    found = SampleSet(
        (Sample(1, one, index.find(one)), Sample(2, other, index.find(other))), Floor(), 1
    )
    assert found.copied == pytest.approx(0.5, abs=0.05)
    assert found.longest == 64
    assert "50%" in found.told() or "5" in found.told()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CC0", "cc0-1.0"),
        ("cc by 4.0", "cc-by-4.0"),
        ("MIT", "mit"),
        ("", "unknown"),
        ("not stated", "unknown"),
        ("CC0; MIT", "other"),
        ("public domain books", "other"),
    ],
)
def test_licences_by_the_names_of_hubs(text: str, name: str) -> None:
    assert licence_id(text) == name


def test_odd_names_do_not_break_the_card(tmp_path: Path) -> None:
    source = {"name": 'a "b": | c\n---', "licence": "x|y <script>"}
    facts = RunFacts(
        folder=tmp_path / "r\u00fcn: #1",
        config=NET,
        info={"corpus": {"sources": [source], "pieces": 3}, "licence": "x|y", "metrics": {}},
        parameters=10,
        rows=[],
        options=OPTIONS,
        tunes=3,
        is_small=True,
        samples=SampleSet((), Floor(), 0),
    )
    card = model_card(facts)
    assert card.count("\n---\n") == 1
    head = head_of(card)
    assert (head["license"], head["license_name"]) == ("other", "x|y")
    assert head["datasets"] == [source["name"]]
    assert re.search(r"\| a \"b\": \\\| c --- \| x\\\|y &lt;script> \|", card)
