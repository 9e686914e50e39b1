/* Runs of notes hashed, as symgen/music/lines.py does. */

#include "kernel.h"

/* The finaliser of SplitMix64. */
static inline uint64_t mixed(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9) + UINT64_C(0x9E3779B97F4A7C15);
    return (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
}

/* Hash every `size` moves in a row: pairs of interval and time, one beside the other. `codes` is room
   for as many numbers as there are moves. */
WIDE EXPORT void symgen_hash_runs(
    const int64_t *moves, long count, long size, uint64_t *codes, uint64_t *out)
{
    for (long i = 0; i < count; i++) {
        int64_t time = moves[2 * i + 1];
        time = time < 0 ? 0 : time > 4095 ? 4095 : time;
        codes[i] = mixed((uint64_t)(moves[2 * i] + 128) * 4096 + (uint64_t)time);
    }
    for (long i = 0; i + size <= count; i++)
        out[i] = 0;
    for (long k = 0; k < size; k++)
        for (long i = 0; i + size <= count; i++)
            out[i] = mixed(out[i] + codes[i + k]);
}
