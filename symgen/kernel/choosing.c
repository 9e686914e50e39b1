/* Draw a class from logits: see `Drawing` in symgen/sampling/sampler.py. */

#include <math.h>

#include "layers.h"
#include "network.h"

#define MOST 1024
enum { NONE_ALLOWED = -1, NO_NUMBERS = -2 };

/* Write e to the power of each number, times a scale, of what an array holds above `top`. */
static WIDE void powers(const float *x, int n, double top, double scale, double *out)
{
    for (int i = 0; i < n; i++)
        out[i] = symgen_exp64(((double)x[i] - top) * scale);
}

static double highest(const float *x, const uint8_t *allowed, int n)
{
    double top = -INFINITY;
    for (int i = 0; i < n; i++)
        if ((!allowed || allowed[i]) && (double)x[i] > top)
            top = (double)x[i];
    return top;
}

/* Leave the likeliest classes, those that together hold the share `top_p` of the chances, which sum to 1. */
static void keep_likeliest(double *chances, int n, double top_p, int top_k)
{
    /* All classes below this chance hold less than what is cut off: they cannot be among the likeliest. */
    double least = (1.0 - top_p) / n, left[MOST], sum = 0.0;
    int places[MOST], count = 0, most = top_k > 0 ? top_k : n;
    for (int i = 0; i < n; i++) {
        if (chances[i] > 0.0 && chances[i] >= least) {
            left[count] = chances[i];
            places[count++] = i;
        }
        chances[i] = 0.0;
    }
    for (int kept = 0; kept < most && kept < count; kept++) {
        int best = 0;
        for (int i = 1; i < count; i++)
            if (left[i] > left[best])
                best = i;
        chances[places[best]] = left[best];
        sum += left[best];
        left[best] = -1.0;
        if (sum >= top_p)
            break;
    }
}

/* Return the class that a chance falls on; NONE_ALLOWED, or NO_NUMBERS if the network gives none. */
EXPORT int symgen_choose(
    const float *logits, const uint8_t *allowed, int n, double scale, double top_p, int top_k, double chance)
{
    double chances[MOST], sum = 0.0;
    int last = -1;
    if (n > MOST)
        return NO_NUMBERS;
    powers(logits, n, highest(logits, allowed, n), scale, chances);
    for (int i = 0; i < n; i++) {
        if (allowed[i])
            last = i;
        else
            chances[i] = 0.0;
        sum += chances[i];
    }
    if (last < 0)
        return NONE_ALLOWED;
    if (!(sum > 0.0))
        return NO_NUMBERS;
    for (int i = 0; i < n; i++)
        chances[i] /= sum;
    if (top_p < 1.0 || top_k > 0)
        keep_likeliest(chances, n, top_p, top_k);
    sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += chances[i];
    double wanted = chance * sum, running = 0.0;
    for (int i = 0; i < n; i++) {
        running += chances[i];
        if (chances[i] > 0.0)
            last = i;
        if (running > wanted)
            return i;
    }
    return last;
}

/* Return the log of the probability of a class among all of them, in nats, negative as logs are. */
EXPORT double symgen_log_chance(const float *logits, int n, int chosen)
{
    double top = highest(logits, NULL, n), sum = 0.0, chances[MOST];
    if (n > MOST)
        return NAN;
    powers(logits, n, top, 1.0, chances);
    for (int i = 0; i < n; i++)
        sum += chances[i];
    return (double)logits[chosen] - top - log(sum);
}

/* Draw the class of a field of the event from the logits that were asked for last, let the event have it, and
   add how unlikely the network finds it to `surprise`. `steered`: what the logits became, NULL if the same. */
EXPORT int symgen_draw(struct piece *piece, const float *steered, const uint8_t *allowed, int n, int field,
    double scale, double top_p, int top_k, double chance)
{
    const float *logits = piece->logits;
    int value = symgen_choose(steered ? steered : logits, allowed, n, scale, top_p, top_k, chance);
    if (value < 0)
        return value;
    piece->surprise -= symgen_log_chance(logits, n, value);
    symgen_take(piece, field, value);
    return value;
}
