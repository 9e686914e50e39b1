/** The keys of a kit, as `symgen.music.instruments.drum_name` names them (a test compares). */

const FIRST = 35;
const NAMES = [
  "Kick 2", "Kick", "Side stick", "Snare", "Clap", "Snare 2", "Low tom 2", "Hi-hat", "Low tom",
  "Pedal hat", "Mid tom 2", "Open hat", "Mid tom", "High tom 2", "Crash", "High tom", "Ride",
  "China", "Ride bell", "Tambourine", "Splash", "Cowbell", "Crash 2", "Vibraslap", "Ride 2",
  "High bongo", "Low bongo", "Mute conga", "Open conga", "Low conga", "High timbale",
  "Low timbale", "High agogo", "Low agogo", "Cabasa", "Maracas", "Short whistle",
  "Long whistle", "Short guiro", "Long guiro", "Claves", "High block", "Low block", "Mute cuica",
  "Open cuica", "Mute triangle", "Open triangle",
];

/** Keys that a part of drums always shows, from cymbals down to the kick. */
export const USUAL_DRUMS = [49, 51, 53, 46, 42, 44, 50, 47, 43, 37, 38, 36];

/** Name the drum of a key. */
export function drumName(key) {
  return NAMES[key - FIRST] ?? `Drum ${key}`;
}

/**
 * Return the keys of a part of drums, from the top row down: the usual ones, and those it uses.
 * @param {Array[]} notes
 * @param {number} place of the pitch in a note
 */
export function drumRows(notes, place) {
  const used = [...new Set(notes.map((note) => note[place]))];
  const others = used.filter((key) => !USUAL_DRUMS.includes(key));
  return [...others.sort((a, b) => b - a), ...USUAL_DRUMS];
}
