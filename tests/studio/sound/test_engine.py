"""The engine of the page's sound, rendered without a clock: the same samples each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from stage import document

from symgen.audio.soundfonts import nearest_program, open_soundfont

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECOND = 960
"""Ticks, at 120 quarters a minute."""


def _parts(*parts: dict[str, Any], bars: int = 2) -> dict[str, Any]:
    """Return a document of several parts."""
    whole = document(bars=bars)
    whole["parts"] = [
        document(part.pop("notes"), id=f"p{number}", **part)["parts"][0]
        for number, part in enumerate(parts, 1)
    ]
    for part in whole["parts"]:
        part["notes"] = [[f"{part['id']}{note[0]}", *note[1:]] for note in part["notes"]]
    return whole


def _run(page: Page, body: str, *arguments: Any) -> Any:
    """Run the body of a function of `engine`, `doc` and what is given, with the sounds loaded."""
    return page.evaluate(
        f"""async ([doc, ...rest]) => {{
          const engine = await stage.engineFor(doc);
          const events = stage.spy(engine);
          const play = (tick, countIn = null) => engine.receive({{ type: "play", tick, countIn }});
          {body}
        }}""",
        list(arguments),
    )


def _onsets(events: list[list[Any]]) -> list[tuple[float, int]]:
    return [(time, pitch) for kind, time, _, pitch in events if kind == "noteOn"]


# -- time ----------------------------------------------------------------------------------


def test_a_tempo_change_places_the_onsets(page: Page) -> None:
    notes = [(240 * i, 60 + i, 120, 90) for i in range(16)]
    tempos = [[0, 500_000], [960, 1_000_000], [1920, 250_000]]
    events, first = _run(
        page,
        "play(0); const sides = stage.run(engine, 4); return [events, stage.firstSound(sides)];",
        document(notes, bars=2, tempos=tempos),
    )
    assert [pitch for _, pitch in _onsets(events)] == [60 + i for i in range(16)]
    for (time, _), (tick, *_) in zip(_onsets(events), notes, strict=True):
        wanted = min(tick, 960) / 960 + max(0, min(tick, 1920) - 960) / 480
        wanted += max(0, tick - 1920) / 1920
        assert abs(time - wanted) < 0.0005
    assert 0 < first < 0.01


def test_a_take_up_in_the_middle_starts_there(page: Page) -> None:
    notes = [(SECOND * i, 60 + i, 480, 90) for i in range(8)]
    events = _run(page, "play(2880); stage.run(engine, 2.4); return events;", document(notes))
    assert [pitch for _, pitch in _onsets(events)] == [63, 64, 65]
    assert _onsets(events)[0][0] == 0


def test_a_loop_goes_round_to_the_sample_grid(page: Page) -> None:
    notes = [(SECOND * i, 60 + i, 940, 90) for i in range(4)]
    events, ticks = _run(
        page,
        """engine.receive({ type: "loop", loop: { start: 960, end: 2880 } });
        play(960);
        stage.run(engine, 6.9);
        const ticks = engine.said.filter((m) => m.type === "place").map((m) => m.tick);
        return [events, ticks];""",
        document(notes, bars=2),
    )
    onsets = _onsets(events)
    assert [pitch for _, pitch in onsets] == [61, 62, 61, 62, 61, 62, 61]
    for place, (time, _) in enumerate(onsets):
        assert abs(time - place) < 0.002
    assert max(ticks) < 2880
    assert min(ticks) >= 960


def test_a_loop_leaves_no_note_behind(page: Page) -> None:
    voices = _run(
        page,
        """engine.receive({ type: "loop", loop: { start: 0, end: 480 } });
        play(0);
        stage.run(engine, 10);
        engine.receive({ type: "stop" });
        stage.run(engine, 3);
        return engine.synth.voiceCount;""",
        document([(0, 60, 7000, 90), (240, 64, 7000, 90)]),
    )
    assert voices == 0


def test_seek_goes_on_elsewhere_and_ends_what_sounds(page: Page) -> None:
    notes = [(0, 60, 7000, 90), (1920, 64, 480, 90), (5760, 67, 480, 90)]
    events = _run(
        page,
        """play(0);
        stage.run(engine, 1.5, { 0.5: () => engine.receive({ type: "seek", tick: 5760 }) });
        return events;""",
        document(notes),
    )
    assert [event[0::3] for event in events[:3]] == [
        ["noteOn", 60],
        ["noteOff", 60],
        ["noteOn", 67],
    ]
    assert abs(events[2][1] - 0.5) < 0.004


def test_it_ends_with_the_piece(page: Page) -> None:
    said, playing = _run(
        page,
        """play(0); stage.run(engine, 1.9);
        const before = engine.sequencer.playing;
        stage.run(engine, 0.2);
        return [engine.said.filter((m) => m.type === "ended").length,
                [before, engine.sequencer.playing]];""",
        document([(0, 60, 480, 90)], bars=1),
    )
    assert said == 1
    assert playing == [True, False]


def test_ten_thousand_notes_all_start_in_time_and_end(page: Page) -> None:
    """Without their sound, which would take long."""
    notes = [(8 * (i // 4), 40 + (i * 7) % 48, 30, 20 + i % 100) for i in range(10_000)]
    events = _run(
        page,
        """engine.synth.processSplit = () => {};
        const quick = stage.spy(engine);
        play(0);
        stage.run(engine, 26);
        return quick;""",
        document(notes, bars=11),
    )
    onsets = _onsets(events)
    assert len(onsets) == 10_000
    assert sum(kind == "noteOff" for kind, *_ in events) == 10_000
    for (time, pitch), (tick, wanted, _, _) in zip(onsets, sorted(notes), strict=True):
        assert pitch == wanted
        assert abs(time - tick / 960) < 0.0005


# -- changes while it plays --------------------------------------------------------------------


def test_a_change_is_heard_at_once_and_the_rest_rings_on(page: Page) -> None:
    before = document([(0, 60, 1920, 90), (0, 72, 1920, 90), (1920, 64, 480, 90)])
    after = document([(0, 60, 1920, 90), (1440, 67, 480, 90), (1920, 65, 480, 90)])
    events, place = _run(
        page,
        """play(0);
        stage.run(engine, 2.5, { 1: () => stage.give(engine, rest[0]) });
        return [events, engine.sequencer.tick];""",
        before,
        after,
    )
    assert [pitch for _, pitch in _onsets(events)] == [60, 72, 67, 65]
    ends = {pitch: time for kind, time, _, pitch in events if kind == "noteOff"}
    assert abs(ends[72] - 1) < 0.004
    assert abs(ends[60] - 2) < 0.001
    assert abs(place - 2400) < 4


def test_another_tempo_keeps_the_place(page: Page) -> None:
    notes = [(480 * i, 60 + i, 240, 90) for i in range(8)]
    events = _run(
        page,
        """play(0);
        stage.run(engine, 2.4, { 0.75: () => stage.give(engine, rest[0]) });
        return events;""",
        document(notes, bars=2),
        document(notes, bars=2, tempos=[[0, 1_000_000]]),
    )
    times = [time for time, _ in _onsets(events)]
    for time, wanted in zip(times, [0, 0.5, 1.25, 2.25], strict=True):
        assert abs(time - wanted) < 0.005


# -- mix -------------------------------------------------------------------------------------


TWO = (
    {"notes": [(0, 48, 1900, 100)], "program": 0},
    {"notes": [(0, 79, 1900, 100)], "program": 73},
)
MEASURE = """
  for (const [channel, gain, pan] of rest) engine.receive({ type: "mix", channel, gain, pan });
  play(0);
  const sides = stage.run(engine, 1.5);
  return sides.map((side) => [48, 79].map((pitch) => stage.tone(side, pitch, 0.3, 1.3)));
"""


def test_a_part_that_is_muted_is_not_heard_and_the_other_is(page: Page) -> None:
    both = _run(page, MEASURE, _parts(*map(dict, TWO)))
    one = _run(page, MEASURE, _parts(*map(dict, TWO)), [0, 0, 0], [1, 1, 0])
    assert min(both[0]) > 0.001
    assert one[0][0] < 0.02 * both[0][0]
    assert abs(one[0][1] / both[0][1] - 1) < 0.1


def test_all_muted_is_silence(page: Page) -> None:
    most = _run(
        page,
        """for (const channel of [0, 1]) engine.receive({ type: "mix", channel, gain: 0, pan: 0 });
        stage.run(engine, 0.2);
        play(0);
        return Math.max(...stage.peaks(stage.run(engine, 1)));""",
        _parts(*map(dict, TWO)),
    )
    assert most < 1e-4


def test_pan_moves_a_part_to_its_side(page: Page) -> None:
    (left_low, left_high), (right_low, right_high) = _run(
        page, MEASURE, _parts(*map(dict, TWO)), [0, 1, -1], [1, 1, 1]
    )
    assert left_low > 5 * right_low
    assert right_high > 5 * left_high


def test_volume_is_a_factor(page: Page) -> None:
    loud = _run(page, MEASURE, _parts(*map(dict, TWO)), [0, 1, 0], [1, 0, 0])
    soft = _run(page, MEASURE, _parts(*map(dict, TWO)), [0, 0.5, 0], [1, 0, 0])
    assert abs(soft[0][0] / loud[0][0] - 0.5) < 0.02


def test_the_limiter_holds_the_loudest_chord(page: Page) -> None:
    notes = [(0, pitch, 1900, 127) for pitch in range(30, 94)]
    most, quiet = _run(
        page,
        """play(0);
        const sides = stage.run(engine, 1);
        return [Math.max(...stage.peaks(sides)), engine.limiter.gain];""",
        document(notes, bars=1),
    )
    assert 0.9 < most <= 0.9701
    assert quiet < 1


def test_velocity_is_heard(page: Page) -> None:
    peaks = _run(
        page,
        """play(0); const found = stage.peaks(stage.run(engine, 2), 0.5); return found;""",
        document([(0, 60, 200, 30), (1440, 60, 200, 120)], bars=1),
    )
    assert 0 < peaks[0] < peaks[3] / 4


# -- parts and programs ------------------------------------------------------------------------


def test_drums_and_more_parts_than_channels_of_midi(page: Page) -> None:
    parts = [{"notes": [(0, 36, 100, 90)], "is_drum": True, "name": "Drums"}]
    parts += [{"notes": [(0, 40 + i, 400, 90)], "program": i} for i in range(24)]
    found = _run(
        page,
        """play(0); stage.run(engine, 0.2);
        const { midiChannels } = engine.synth;
        return [doc.parts.map((_, i) => midiChannels[i].preset.isDrum),
                new Set(events.map((event) => event[2])).size,
                engine.peaks.length || engine.said.at(-1).peaks.length];""",
        _parts(*parts),
    )
    assert found[0] == [True] + [False] * 24
    assert found[1] == 25
    assert found[2] >= 25


def test_a_program_that_the_font_lacks_is_played_as_the_command_line_does(page: Page) -> None:
    present = sorted(open_soundfont().programs)
    chosen = page.evaluate(
        """async (present) => {
          const { nearestProgram } = await import("/page/sound/programs.js");
          return Array.from({ length: 128 }, (_, i) => nearestProgram(i, new Set(present)));
        }""",
        present,
    )
    assert chosen == [nearest_program(program, frozenset(present)) for program in range(128)]
    assert len(present) < 128


def test_a_note_that_is_struck_before_its_sounds_are_there_sounds_when_they_are(page: Page) -> None:
    before, after, lifted = page.evaluate(
        """async (doc) => {
          const engine = await stage.engineFor(doc, { font: false });
          const strike = (type, pitch) =>
            engine.receive({ type, channel: 0, pitch, velocity: 90 });
          strike("noteOn", 60);
          strike("noteOn", 66);
          strike("noteOff", 66);
          const before = Math.max(...stage.peaks(stage.run(engine, 0.1)));
          const answer = await fetch("/api/soundfont");
          engine.receive({ type: "font", data: await answer.arrayBuffer() });
          await Promise.all(engine.decoding);
          const sides = stage.run(engine, 0.5);
          return [before, stage.tone(sides[0], 60, 0.1, 0.5), stage.tone(sides[0], 66, 0.1, 0.5)];
        }""",
        document(),
    )
    assert before == 0
    assert after > 0.005
    assert lifted < after / 5


# -- metronome -----------------------------------------------------------------------------------


def test_the_metronome_clicks_on_beats_and_stresses_bars(page: Page) -> None:
    doc = document(bars=2)
    doc["meters"] = [[0, "3/4"]]
    doc["bars"] = [[0, 0, 480], [1, 480, 1920], [2, 1920, 3360]]
    doc["length"] = 3360
    clicks = _run(
        page,
        """engine.receive({ type: "metronome", on: true });
        play(0);
        const sides = stage.run(engine, 3.4);
        return [0, 1, 2, 3, 4, 5, 6].map((beat) =>
          [0.25, 0.0].map((into) => stage.firstSound(sides, beat / 2 + into - 0.01, 0.02)));""",
        doc,
    )
    for beat, (_, onset) in enumerate(clicks):
        assert abs(onset - beat / 2) < 0.006
    stresses = _run(
        page,
        """engine.receive({ type: "metronome", on: true });
        play(0);
        const sides = stage.run(engine, 3.4);
        const strength = (beat, hertz) => stage.tone(sides[0], 69 + 12 * Math.log2(hertz / 440),
          beat / 2, beat / 2 + 0.04);
        return [0, 1, 2, 3, 4, 5, 6].map((beat) => strength(beat, 1600) > strength(beat, 1000));""",
        doc,
    )
    assert stresses == [False, True, False, False, True, False, False]


def test_a_bar_is_counted_in_and_the_place_stands_still(page: Page) -> None:
    events, ticks, silence = _run(
        page,
        """const { countInOf } = await import("/page/sound/score.js");
        play(1920, countInOf(doc, 1920));
        const sides = stage.run(engine, 2.2);
        const places = engine.said.filter((m) => m.type === "place");
        return [events, places.filter((m) => m.counting).map((m) => m.tick),
                [0, 0.5, 1, 1.5].map((from) => stage.firstSound(sides, from, 0.02) - from)];""",
        document([(0, 60, 400, 90), (1920, 64, 480, 90)]),
    )
    assert [pitch for _, pitch in _onsets(events)] == [64]
    assert abs(events[0][1] - 2) < 0.004
    assert len(ticks) > 20
    assert set(ticks) == {1920}
    assert max(silence) < 0.006


@pytest.mark.parametrize(
    ("meter", "bar", "beats"),
    [("4/4", 1920, 4), ("3/4", 1440, 3), ("6/8", 1440, 2), ("3/8", 720, 3)],
)
def test_a_count_in_has_the_beats_of_the_bar(page: Page, meter: str, bar: int, beats: int) -> None:
    doc = document()
    doc["meters"] = [[0, meter]]
    doc["bars"] = [[n + 1, n * bar, (n + 1) * bar] for n in range(4)]
    found = page.evaluate(
        "async (doc) => (await import('/page/sound/score.js')).countInOf(doc, 1500)", doc
    )
    assert found == {"step": bar / beats, "beats": beats}


# -- samples -------------------------------------------------------------------------------------


def test_samples_are_whole_and_the_same_by_the_browser_and_by_the_page(page: Page) -> None:
    """Chromium decodes most of them; those that it cuts are decoded by the page."""
    lengths, ours, most, kinds = page.evaluate(
        """async () => {
          const { SoundBankLoader } = await import("/page/vendor/spessasynth_core.js");
          const { decode } = await import("/page/vendor/stb_vorbis.js");
          const { decodeSamples } = await import("/page/sound/samples.js");
          const answer = await fetch("/api/soundfont");
          const bank = SoundBankLoader.fromArrayBuffer(await answer.arrayBuffer());
          const chosen = bank.samples.filter((sample, place) =>
            place % 40 === 0 || sample.name.includes("Wave A"));
          const bytes = chosen.map((sample) => sample.compressedData.slice());
          const frames = [];
          await decodeSamples(
            chosen.map(({ sampleRate }, id) =>
              ({ id, bytes: bytes[id].slice().buffer, rate: sampleRate })),
            (id, found) => (frames[id] = found));
          const ours = bytes.map((each) => decode(each).channels[0]);
          const far = frames.map((each, id) =>
            each.reduce((most, value, i) => Math.max(most, Math.abs(value - ours[id][i])), 0));
          return [frames.map((each) => each.length), ours.map((each) => each.length), far,
                  chosen.map((sample) => sample.loopEnd)];
        }"""
    )
    assert len(lengths) > 12
    assert lengths == ours
    assert all(end <= length for end, length in zip(kinds, lengths, strict=True))
    assert max(most) < 1e-5


def test_a_short_loop_has_its_pitch(page: Page) -> None:
    """A square wave of a few dozen frames: cut, it would be out of tune."""
    tones = _run(
        page,
        """play(0);
        const [side] = stage.run(engine, 1);
        return [81, 80, 82].map((pitch) => stage.tone(side, pitch, 0.2, 0.9));""",
        document([(0, 81, 1900, 100)], bars=1, program=80),
    )
    assert tones[0] > 10 * max(tones[1:])


def test_what_the_notes_need_is_decoded_before_the_rest(page: Page) -> None:
    first, all_ = page.evaluate(
        """async (doc) => {
          const engine = await stage.engineFor(doc);
          const [asked] = engine.said.filter((m) => m.type === "decode");
          return [asked.samples.findIndex((s) => s.id > 2), asked.samples.length];
        }""",
        document([(0, 60, 480, 90)]),
    )
    assert first == 2
    assert all_ > 10
