"""The microphone becomes a WAV file: Chromium is given a file to hear."""

from __future__ import annotations

import io
import math
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest
from stage import FLAGS, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

HERTZ = 440


@pytest.fixture
def listening(browser: Browser, address: str, tmp_path: Path) -> Iterator[Page]:
    """A page of a browser whose microphone hears a tone."""
    path = tmp_path / "tone.wav"
    tone = 0.3 * np.sin(2 * math.pi * HERTZ * np.arange(48_000 * 5) / 48_000)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={path}"]
    other = browser.browser_type.launch(executable_path=chromium(), args=flags)
    context = other.new_context()
    context.grant_permissions(["microphone"], origin=address.rstrip("/"))
    page = context.new_page()
    page.goto(address)
    page.evaluate("import('/stage/stage.js')")
    yield page
    other.close()


def test_a_recording_holds_the_tone(listening: Page) -> None:
    data, levels, kind = listening.evaluate(
        """async () => {
          const { Microphone } = await import("/page/sound/mic.js");
          const levels = [];
          const mic = new Microphone({ onLevel: (peak, seconds) => levels.push([peak, seconds]) });
          await mic.start();
          await stage.wait(1500);
          const blob = await mic.stop();
          return [[...new Uint8Array(await blob.arrayBuffer())], levels, blob.type];
        }"""
    )
    with wave.open(io.BytesIO(bytes(data))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        rate, count = file.getframerate(), file.getnframes()
        sound = np.frombuffer(file.readframes(count), "<i2") / 32768
    assert kind == "audio/wav"
    assert 0.8 < count / rate < 2.5
    loud = sound[-rate // 2 :]
    spectrum = np.abs(np.fft.rfft(loud * np.hanning(len(loud))))
    assert abs(np.argmax(spectrum) * rate / len(loud) - HERTZ) < 5
    assert 0.1 < np.abs(loud).max() < 0.5
    assert max(peak for peak, _ in levels) > 0.1
    assert [seconds for _, seconds in levels] == sorted(seconds for _, seconds in levels)


def test_two_minutes_are_the_most(listening: Page) -> None:
    """The recorder is handed an hour at once."""
    size, full = listening.evaluate(
        """async () => {
          const { Microphone } = await import("/page/sound/mic.js");
          let full = 0;
          const mic = new Microphone({ onFull: () => (full += 1) });
          await mic.start();
          const { sampleRate } = mic.context;
          const minute = new Float32Array(60 * sampleRate);
          for (let i = 0; i < 60; i++) mic.node.port.onmessage({ data: minute });
          const blob = await mic.stop();
          return [(blob.size - 44) / 2 / sampleRate, full];
        }"""
    )
    assert size == 120
    assert full == 1


def test_what_the_microphone_lacks_is_said(listening: Page) -> None:
    said = listening.evaluate(
        """async () => {
          const { Microphone } = await import("/page/sound/mic.js");
          const said = () => new Microphone().start().catch((error) => error.message);
          const refuse = (name) => {
            navigator.mediaDevices.getUserMedia = async () => {
              throw new DOMException("no", name);
            };
          };
          refuse("NotAllowedError");
          const refused = await said();
          refuse("NotFoundError");
          const missing = await said();
          delete globalThis.AudioWorkletNode;
          return [refused, missing, await said()];
        }"""
    )
    assert "Allow the microphone" in said[0]
    assert "No microphone" in said[1]
    assert "cannot record" in said[2]


def test_samples_are_written_as_they_are(listening: Page) -> None:
    data = listening.evaluate(
        """async () => {
          const { wavOf } = await import("/page/sound/wav.js");
          const chunks = [Float32Array.of(0, 1, -1), Float32Array.of(0.5, 2)];
          return [...new Uint8Array(wavOf(chunks, 22050))];
        }"""
    )
    with wave.open(io.BytesIO(bytes(data))) as file:
        assert file.getframerate() == 22_050
        samples = np.frombuffer(file.readframes(5), "<i2")
    assert samples.tolist() == [0, 32767, -32767, 16384, 32767]
