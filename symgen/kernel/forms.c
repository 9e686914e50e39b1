/* Bars that take up earlier ones, as symgen/tokens/form.py compares them. */

#include "kernel.h"

/* Count for each lag and bar the notes that also stand `lag` bars back. A key is what a note is times
   the number of bars, plus its bar; keys are sorted, so that those of a lag are met in one pass. */
EXPORT void symgen_lag_counts(
    const int64_t *keys, long notes, long bars, const int64_t *lags, long count, int64_t *out)
{
    for (long i = 0; i < count; i++, out += bars) {
        int64_t lag = lags[i];
        long back = 0;
        for (long note = 0; lag < bars && note < notes; note++) {
            int64_t wanted = keys[note] - lag, bar = keys[note] % bars;
            while (keys[back] < wanted)
                back++;
            out[bar] += bar >= lag && keys[back] == wanted;
        }
    }
}
