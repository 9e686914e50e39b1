// What the plug-in does without MuseScore's window: it reads the score, writes MusicXML, and makes a command line.
// Plain ES5 functions: QML engines of Qt 5 and Qt 6 load this file, and so do the tests.

/** Ticks a quarter in MuseScore. */
var DIVISIONS = 480;

/** What can be asked for: the options of each verb, as fields of the dialog. */
var VERBS = {
  "continue": { title: "Continue", fields: ["bars"] },
  infill: { title: "Write the selected bars anew", fields: [] },
  vary: { title: "Vary", fields: ["amount"] },
  harmonize: { title: "Harmonize", fields: ["style"] },
  accompany: { title: "Add a band", fields: ["style"] }
};

function escaped(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;").replace(/[\u0000-\u001f]/g, " ");
}

/** Read the bars of a score: where each begins, how long it is, and its meter. */
function barsOf(score) {
  var bars = [];
  for (var bar = score.firstMeasure; bar; bar = bar.nextMeasure) {
    var meter = bar.timesigActual, nominal = bar.timesigNominal || meter;
    bars.push({
      start: bar.firstSegment.tick,
      length: Math.round(4 * DIVISIONS * meter.numerator / meter.denominator),
      numerator: nominal.numerator,
      denominator: nominal.denominator
    });
  }
  return bars;
}

/** Read what is written on the tracks of a part: chords by voice, in order. */
function voicesOf(score, part, chordType) {
  var voices = [];
  for (var track = part.startTrack; track < part.endTrack; track++) {
    var chords = [], cursor = score.newCursor();
    cursor.staffIdx = Math.floor(track / 4);
    cursor.voice = track % 4;
    cursor.rewind(0);
    while (cursor.segment) {
      var element = cursor.element;
      if (element && element.type === chordType) {
        var length = (element.actualDuration || element.duration).ticks;
        var notes = [];
        for (var i = 0; i < element.notes.length; i++) {
          var note = element.notes[i];
          notes.push({ pitch: note.pitch, stops: !!note.tieBack, starts: !!note.tieForward });
        }
        chords.push({ start: cursor.tick, length: length, notes: notes });
      }
      if (!cursor.next()) break;
    }
    if (chords.length) voices.push(chords);
  }
  return voices;
}

/**
 * Read a score as plain data.
 * Parts with drums are left out, since their notes are no pitches; `drums` counts them.
 */
function readScore(score, chordType) {
  var read = { title: score.title || score.scoreName || "", bars: barsOf(score), parts: [], drums: 0 };
  for (var i = 0; i < score.parts.length; i++) {
    var part = score.parts[i];
    if (part.hasDrumset) {
      read.drums++;
      continue;
    }
    read.parts.push({
      name: part.partName || part.longName || "Part " + (i + 1),
      program: part.midiProgram || 0,
      voices: voicesOf(score, part, chordType)
    });
  }
  var cursor = score.newCursor();
  cursor.rewind(0);
  read.fifths = cursor.keySignature || 0;
  read.tempo = Math.round(60 * (cursor.tempo || 2) * 1000) / 1000;
  return read;
}

/** Return the first and last bar that are selected, counted from 1, or null. */
function selectedBars(score) {
  var selection = score.selection;
  if (!selection || !selection.isRange || !selection.startSegment) return null;
  var from = selection.startSegment.tick;
  var to = selection.endSegment ? selection.endSegment.tick : Infinity;
  var bars = barsOf(score), first = 0, last = 0;
  // A short first bar is a pickup, which symgen counts as bar 0.
  var offset = hasPickup(bars) ? 0 : 1;
  for (var i = 0; i < bars.length; i++) {
    if (bars[i].start + bars[i].length <= from || bars[i].start >= to) continue;
    if (!last && !first) first = i + offset;
    last = i + offset;
  }
  return last >= first ? [first, last] : null;
}

function hasPickup(bars) {
  if (!bars.length) return false;
  var whole = Math.round(4 * DIVISIONS * bars[0].numerator / bars[0].denominator);
  return bars[0].length < whole;
}

var STEPS = ["C", "C", "D", "E", "E", "F", "F", "G", "A", "A", "B", "B"];
var ALTERS = [0, 1, 0, -1, 0, 0, 1, 0, -1, 0, -1, 0];

function pitchXml(pitch) {
  var tone = pitch % 12, alter = ALTERS[tone] ? "<alter>" + ALTERS[tone] + "</alter>" : "";
  return "<pitch><step>" + STEPS[tone] + "</step>" + alter + "<octave>" +
    (Math.floor(pitch / 12) - 1) + "</octave></pitch>";
}

function chordXml(chord, voice) {
  var text = "";
  for (var i = 0; i < chord.notes.length; i++) {
    var note = chord.notes[i];
    text += "<note>" + (i ? "<chord/>" : "") + pitchXml(note.pitch) + "<duration>" + chord.length +
      "</duration>" + (note.stops ? '<tie type="stop"/>' : "") +
      (note.starts ? '<tie type="start"/>' : "") + "<voice>" + voice + "</voice></note>";
  }
  return text;
}

/** Write the chords of one voice in one bar, with what lies between them. */
function voiceXml(chords, bar, voice) {
  var text = "", place = bar.start;
  for (var i = 0; i < chords.length; i++) {
    var chord = chords[i];
    if (chord.start < bar.start || chord.start >= bar.start + bar.length) continue;
    if (chord.start > place) {
      text += "<forward><duration>" + (chord.start - place) + "</duration></forward>";
    }
    text += chordXml(chord, voice);
    place = chord.start + chord.length;
  }
  var left = bar.start + bar.length - place;
  return left > 0 ? text + "<forward><duration>" + left + "</duration></forward>" : text;
}

function headXml(read, number, bars) {
  var bar = bars[number], before = bars[number - 1], text = "";
  if (!number) {
    text += "<divisions>" + DIVISIONS + "</divisions><key><fifths>" + read.fifths + "</fifths></key>";
  }
  if (!before || before.numerator !== bar.numerator || before.denominator !== bar.denominator) {
    text += "<time><beats>" + bar.numerator + "</beats><beat-type>" + bar.denominator +
      "</beat-type></time>";
  }
  return text ? "<attributes>" + text + "</attributes>" : "";
}

function partXml(read, part, first) {
  var text = "";
  for (var number = 0; number < read.bars.length; number++) {
    var bar = read.bars[number], voices = [];
    for (var voice = 0; voice < part.voices.length; voice++) {
      voices.push(voiceXml(part.voices[voice], bar, voice + 1));
    }
    var isPickup = !number && hasPickup(read.bars);
    text += '<measure number="' + (number + (hasPickup(read.bars) ? 0 : 1)) + '"' +
      (isPickup ? ' implicit="yes"' : "") + ">" + headXml(read, number, read.bars);
    if (!number && first) text += '<sound tempo="' + read.tempo + '"/>';
    text += voices.join("<backup><duration>" + bar.length + "</duration></backup>") + "</measure>";
  }
  return text;
}

/** Write a score that was read as MusicXML. */
function toMusicXml(read) {
  var list = "", parts = "";
  for (var i = 0; i < read.parts.length; i++) {
    var part = read.parts[i], id = "P" + (i + 1);
    list += '<score-part id="' + id + '"><part-name>' + escaped(part.name) + "</part-name>" +
      '<score-instrument id="' + id + '-I1"><instrument-name>' + escaped(part.name) +
      '</instrument-name></score-instrument><midi-instrument id="' + id + '-I1"><midi-program>' +
      (part.program + 1) + "</midi-program></midi-instrument></score-part>";
    parts += '<part id="' + id + '">' + partXml(read, part, i === 0) + "</part>";
  }
  return '<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0"><work><work-title>' +
    escaped(read.title) + "</work-title></work><part-list>" + list + "</part-list>" + parts +
    "</score-partwise>\n";
}

/**
 * Return the words behind `symgen`, or raise what is missing.
 * @param wanted {verb, bars, amount, style, part} as typed; empty text asks for nothing
 */
function words(wanted, selected, source, target) {
  var found = [wanted.verb], verb = VERBS[wanted.verb];
  if (wanted.verb === "infill") {
    if (!selected) throw new Error("select the bars to write anew first");
    found.push("--bars=" + selected[0] + "-" + selected[1]);
  }
  for (var i = 0; i < verb.fields.length; i++) {
    var name = verb.fields[i], value = String(wanted[name] || "").trim();
    if (value) found.push("--" + name + "=" + value);
  }
  if (wanted.verb === "accompany" && !String(wanted.style || "").trim()) {
    throw new Error("name a style, such as rock or bossa");
  }
  return found.concat(["--no-history", "--overwrite", "--output=" + target, "--", source]);
}

/**
 * Return the program and its arguments.
 * Where there is a shell, what symgen complains of is read as well; Windows starts no shell from here.
 */
function program(name, args, system) {
  if (system === "windows") return { name: name, args: args };
  var line = 'PATH="$PATH:$HOME/.local/bin:/opt/homebrew/bin:/usr/local/bin"; exec "$0" "$@" 2>&1';
  return { name: "/bin/sh", args: ["-c", line, name].concat(args) };
}

/** Find in what symgen printed the line that says what is wrong. */
function complaint(printed) {
  var lines = String(printed).split("\n");
  for (var i = lines.length - 1; i >= 0; i--) {
    if (/^symgen: /.test(lines[i])) return lines[i];
  }
  return "symgen wrote nothing; is it installed, and does its name stand in the field Program?";
}
