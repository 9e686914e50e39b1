"""What is drawn in a studio that runs is heard in its page, under its own content policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from serving import Served

LISTEN = """
  globalThis.analysers = [];
  const Plain = globalThis.AnalyserNode;
  globalThis.AnalyserNode = class extends Plain {
    constructor(...given) {
      super(...given);
      analysers.push(this);
    }
  };
"""
HEARD = """
  async () => {
    const samples = new Float32Array(2048);
    for (let i = 0; i < 1000; i++) {
      analysers[0]?.getFloatTimeDomainData(samples);
      if (Math.max(...samples) > 0.01) return true;
      await new Promise((done) => setTimeout(done, 20));
    }
    return false;
  }
"""


@pytest.fixture
def piece(served: Served) -> str:
    """A project with a note in it: its id."""
    doc = served.ask("POST", "/api/projects", {"title": "A tone", "bars": 4}).json()
    note = {"id": "tone", "onset": 0, "pitch": 60, "duration": 7680, "velocity": 110}
    added = {"op": "add", "notes": [note | {"part": doc["parts"][0]["id"]}]}
    change = {"tab": "test", "base": doc["revision"], "label": "draw", "ops": [added]}
    assert served.ask("POST", f"/api/projects/{doc['id']}/changes", change).status == 200
    return str(doc["id"])


def test_a_drawn_note_is_heard(browser: Browser, served: Served, piece: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda text: complaints.append(text.text) if text.type == "error" else None)
    page.add_init_script(LISTEN)
    answer = page.goto(f"{served.link}&project={piece}")
    assert answer
    assert "unsafe" not in answer.headers["content-security-policy"]
    page.get_by_role("button", name="Play", exact=True).click()
    assert page.evaluate(HEARD)
    assert complaints == []
    page.close()
