"""A MIDI keyboard, by a stand-in for the browser's MIDI; and notes recorded while the piece plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stage import document

if TYPE_CHECKING:
    from playwright.sync_api import Page

STAND_IN = """
  const access = { inputs: new Map(), onstatechange: null };
  const plug = (name) => {
    access.inputs.set(name, { name, state: "connected", onmidimessage: null });
    access.onstatechange?.({});
  };
  const unplug = (name) => { access.inputs.delete(name); access.onstatechange?.({}); };
  const send = (name, data, timeStamp = 0) =>
    access.inputs.get(name).onmidimessage({ data: new Uint8Array(data), timeStamp });
  navigator.requestMIDIAccess = async () => access;
  const { Recorder, MidiKeyboard, fit } = await import("/page/sound/midi.js");
  const heard = [];
  const devices = [];
  const midi = new MidiKeyboard({
    onNoteOn: (pitch, velocity, moment) => heard.push(["on", pitch, velocity, moment]),
    onNoteOff: (pitch, moment) => heard.push(["off", pitch, moment]),
    onDevices: (names) => devices.push(names),
  });
"""


def test_notes_pedal_and_hot_plug(page: Page) -> None:
    heard, devices = page.evaluate(
        f"""async () => {{
          {STAND_IN}
          await midi.connect();
          plug("Keys");
          send("Keys", [0x90, 60, 100], 5);
          send("Keys", [0x90, 60, 0], 6);
          send("Keys", [0xb3, 64, 127], 7);
          send("Keys", [0x93, 64, 80], 8);
          send("Keys", [0x83, 64, 40], 9);
          send("Keys", [0xb3, 64, 0], 10);
          send("Keys", [0xf8], 11);
          send("Keys", [0x90, 67, 70], 12);
          unplug("Keys");
          return [heard.map((row) => row.slice(0, 3)), devices];
        }}"""
    )
    assert heard[:5] == [
        ["on", 60, 100], ["off", 60, 6], ["on", 64, 80], ["off", 64, 10], ["on", 67, 70],
    ]  # fmt: skip
    assert heard[5][:2] == ["off", 67]
    assert devices == [[], ["Keys"], []]


def test_what_midi_lacks_is_said(page: Page) -> None:
    refused, none = page.evaluate(
        f"""async () => {{
          {STAND_IN}
          const said = () => midi.connect().catch((error) => error.message);
          navigator.requestMIDIAccess = async () => {{ throw new Error("no"); }};
          const refused = await said();
          navigator.requestMIDIAccess = undefined;
          return [refused, await said()];
        }}"""
    )
    assert "Allow it" in refused
    assert "no MIDI" in none


def test_recording_puts_notes_where_they_were_played(page: Page) -> None:
    raw, snapped, looped, after = page.evaluate(
        f"""async (doc) => {{
          {STAND_IN}
          const notes = [];
          let snap = "off";
          const options = {{ document: () => doc, tickAt: (moment) => moment, snap: () => snap,
                            onNote: (note) => notes.push(note) }};
          const recorder = new Recorder(options);
          const play = (down, up) => {{
            recorder.noteOn(60, 90, down);
            recorder.noteOff(60, up);
          }};
          play(10, 20);
          recorder.start();
          play(505.4, 700.2);
          snap = "1/16";
          play(505.4, 700.2);
          play(1900, 30);
          recorder.noteOn(72, 50, 1000);
          recorder.stop(1200);
          play(0, 100);
          return [notes[0], notes[1], notes[2], notes.slice(3)];
        }}""",
        document(),
    )
    assert raw == {"onset": 505, "pitch": 60, "duration": 195, "velocity": 90}
    assert snapped == {"onset": 480, "pitch": 60, "duration": 240, "velocity": 90}
    assert looped == {"onset": 1920, "pitch": 60, "duration": 480, "velocity": 90}
    assert after == [{"onset": 960, "pitch": 72, "duration": 240, "velocity": 50}]


def test_a_note_past_the_end_is_left_out(page: Page) -> None:
    found = page.evaluate(
        f"""async (doc) => {{
          {STAND_IN}
          const note = {{ pitch: 60, velocity: 90, duration: 9000 }};
          return [fit(doc, {{ ...note, onset: 7680 }}, "off"), fit(doc, {{ ...note, onset: 7600 }}, "off")];
        }}""",
        document(),
    )
    assert found[0] is None
    assert found[1]["duration"] == 80


def test_a_key_that_is_played_to_the_piece_is_recorded_near_its_place(page: Page) -> None:
    note, tick = page.evaluate(
        f"""async (doc) => {{
          {STAND_IN}
          const player = await stage.open(doc);
          const notes = [];
          const recorder = new Recorder({{ document: () => doc, snap: () => "off",
            tickAt: (moment) => player.tickAt(moment), onNote: (note) => notes.push(note) }});
          await player.play(0);
          recorder.start();
          await stage.watch(player, 700);
          const tick = player.tickAt();
          recorder.noteOn(60, 90, performance.now());
          await stage.watch(player, 250);
          recorder.noteOff(60, performance.now());
          player.stop();
          return [notes[0], tick];
        }}""",
        document([(0, 48, 7000, 60)]),
    )
    assert abs(note["onset"] - tick) < 20
    assert 200 < note["duration"] < 480
