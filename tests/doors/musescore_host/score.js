// A score as plug-ins see it: a pickup and four bars in 3/4 for a flute in two voices, and drums.

var QUARTER = 480;
var CHORD = 93, REST = 25;

function chord(tick, quarters, pitches, stops, starts) {
  return {
    type: CHORD,
    tick: tick,
    duration: { ticks: quarters * QUARTER },
    notes: pitches.map(function(pitch) {
      return { pitch: pitch, tieBack: stops ? {} : null, tieForward: starts ? {} : null };
    })
  };
}

function tracks() {
  var upper = [chord(0, 1, [67])], tick = QUARTER;
  [72, 76, 74, 72, 76, 74, 72, 69, 67].forEach(function(pitch, number) {
    upper.push(chord(tick, 1, number === 3 ? [pitch, 64] : [pitch]));
    tick += QUARTER;
  });
  upper.push(chord(tick, 2, [72]), { type: REST, tick: tick + 2 * QUARTER, duration: { ticks: QUARTER } });
  var lower = [chord(4 * QUARTER, 3, [60], false, true), chord(7 * QUARTER, 3, [60], true, false)];
  return [upper, lower, [], []];
}

function score(isSelected) {
  var written = tracks(), meter = { numerator: 3, denominator: 4 }, bars = [];
  for (var number = 4; number >= 0; number--) {
    bars.unshift({
      firstSegment: { tick: number ? (3 * number - 2) * QUARTER : 0 },
      timesigActual: number ? meter : { numerator: 1, denominator: 4 },
      timesigNominal: meter,
      nextMeasure: bars[0] || null
    });
  }
  return {
    title: "A & B",
    firstMeasure: bars[0],
    parts: [
      { startTrack: 0, endTrack: 4, partName: "Flute", midiProgram: 73, hasDrumset: false },
      { startTrack: 4, endTrack: 8, partName: "Drums", midiProgram: 0, hasDrumset: true }
    ],
    selection: {
      isRange: isSelected,
      startSegment: { tick: 4 * QUARTER },
      endSegment: { tick: 10 * QUARTER }
    },
    newCursor: function() {
      return {
        staffIdx: 0, voice: 0, place: 0, keySignature: 0, tempo: 1.6,
        rewind: function() { this.place = 0; this.look(); },
        next: function() { this.place++; this.look(); return !!this.segment; },
        look: function() {
          var elements = written[4 * this.staffIdx + this.voice] || [];
          this.element = elements[this.place];
          this.segment = this.element || null;
          this.tick = this.element ? this.element.tick : 0;
        }
      };
    }
  };
}
