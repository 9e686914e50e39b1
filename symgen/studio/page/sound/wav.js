const HEADER = 44;

/**
 * Write samples as a WAV file: mono, 16 bits.
 * @param {Float32Array[]} chunks samples from -1 to 1; what is louder is cut
 * @param {number} rate samples a second
 * @returns {ArrayBuffer}
 */
export function wavOf(chunks, rate) {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const buffer = new ArrayBuffer(HEADER + 2 * count);
  const view = new DataView(buffer);
  writeHeader(view, count, Math.round(rate));
  let place = HEADER;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      view.setInt16(place, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
      place += 2;
    }
  }
  return buffer;
}

function writeHeader(view, count, rate) {
  const word = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * count, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, 2 * count, true);
}
