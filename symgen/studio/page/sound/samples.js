/**
 * Decode samples of a soundfont by the browser's own decoder, away from the audio thread.
 * @param {{id: number, bytes: ArrayBuffer, rate: number}[]} samples Ogg Vorbis
 * @param {(id: number, frames: Float32Array) => void} done told of each as it comes
 * @throws {Error} if the browser cannot decode them
 */
export async function decodeSamples(samples, done) {
  const contexts = new Map();
  const decode = async ({ id, bytes, rate }) => {
    if (!contexts.has(rate)) contexts.set(rate, new OfflineAudioContext(1, 1, rate));
    const decoded = await contexts.get(rate).decodeAudioData(bytes);
    done(id, decoded.getChannelData(0).slice());
  };
  await Promise.all(samples.map(decode));
}
