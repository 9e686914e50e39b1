/** What a player of the missing instrument would take up next, its family holding nothing near. */
const KIN = {
  104: 25,
  105: 25,
  106: 24,
  107: 46,
  108: 11,
  109: 71,
  110: 40,
  111: 71,
  112: 11,
  114: 11,
};

/**
 * Return the program that stands in for one that a soundfont may not hold, as
 * `symgen.audio.soundfonts.nearest_program` chooses it for the command line.
 * @param {number} program General MIDI, 0 to 127
 * @param {Set<number>} present
 * @returns {number|null}
 */
export function nearestProgram(program, present) {
  if (present.has(program)) return program;
  const family = [...present].filter((other) => other >> 3 === program >> 3);
  if (family.length) {
    const far = (other) => Math.abs(other - program);
    return family.reduce((best, other) =>
      far(other) < far(best) || (far(other) === far(best) && other > best) ? other : best,
    );
  }
  if (present.has(KIN[program])) return KIN[program];
  return present.size ? Math.min(...present) : null;
}
